"""A collection of documents, queries and judgements, indexed and searched by the product itself."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.search import retrieval
from chatkit.search.passages import Passage
from tests.eval.metrics import Quality, quality

# A document may be several passages, so more passages are asked for than documents are judged.
PASSAGES = 50
ROUNDS = 3
# Indexing needs a title for every page. This one is in no query.
NO_TITLE = "Untitled"


@dataclass(frozen=True)
class Outcome:
    """How a collection did on one database."""

    quality: Quality
    latencies_ms: list[float]
    build_seconds: float


def run(app: Flask, collection: Path, folder: Path) -> Outcome:
    """Write the collection's documents into ``folder``, index it, and ask every judged query."""
    _write_pages(collection / "corpus.jsonl", folder)
    judged = _judgements(collection / "qrels.tsv")
    queries = {row["_id"]: row["text"] for row in _rows(collection / "queries.jsonl") if row["_id"] in judged}
    with app.app_context():
        began = time.perf_counter()
        service.index(Folder(folder, "/"))
        built = time.perf_counter() - began
        rankings = {query: _documents(retrieval.search(text, PASSAGES)) for query, text in queries.items()}
        return Outcome(quality(rankings, judged), latencies(list(queries.values())), built)


def latencies(questions: list[str]) -> list[float]:
    """Return the milliseconds that searching takes, for every question in every round."""
    found = []
    for question in questions * ROUNDS:
        began = time.perf_counter()
        retrieval.search(question, PASSAGES)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _write_pages(corpus: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for row in _rows(corpus):
        title = " ".join((row.get("title") or NO_TITLE).split())
        text = " ".join(row["text"].split())
        (folder / f"{row['_id']}.md").write_text(f"---\ntitle: {title}\n---\n{text}\n", encoding="utf-8")


def _judgements(file: Path) -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        judged[query][document] = int(grade)
    return judged


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _documents(passages: list[Passage]) -> list[str]:
    """Return the documents of passages, best first, each once."""
    return list(dict.fromkeys(passage.url.partition("#")[0].removeprefix("/") for passage in passages))
