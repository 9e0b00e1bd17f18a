"""Search among many passages, made of words as often as words are in English."""

import random
import struct
import time
from dataclasses import dataclass
from itertools import accumulate

from flask import Flask
from sqlalchemy import insert

from chatkit.database.orm import db, utcnow
from chatkit.search import catalog, index
from chatkit.search.models import Embedding, Page, Source
from chatkit.text.analysis import index_terms
from chatkit.text.languages.registry import ENGLISH
from tests.eval.collection import latencies
from tests.factories import API

SEED = 7
VOCABULARY = 60_000
PASSAGES_A_PAGE = 10
QUESTIONS = 100
BATCH = 5_000
# Of a vector of all-MiniLM-L6-v2.
DIMENSIONS = 384
SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Outcome:
    """How searching did among so many passages; ``typed_ms`` are whole calls of /search, one for each text typed."""

    latencies_ms: list[float]
    typed_ms: list[float]
    build_seconds: float


def run(app: Flask, passages: int) -> Outcome:
    """Store passages as indexing does, then ask; reading Markdown is no part of it."""
    with app.app_context():
        texts = Texts()
        rows = texts.passages(passages)
        began = time.perf_counter()
        store(rows)
        built = time.perf_counter() - began
        questions = texts.questions(rows)
        return Outcome(latencies(questions), _typed_latencies(app, questions), built)


def _typed_latencies(app: Flask, questions: list[str]) -> list[float]:
    """Return the milliseconds of GET /search for the beginnings of questions, as they are typed."""
    client, found = app.test_client(), list[float]()
    texts = [question[:length] for question in questions for length in (2, 5, 9, 14, 20, 27)]
    for number, text in enumerate(texts):
        # From another address each time, so that none meets its limit.
        address = {"REMOTE_ADDR": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
        began = time.perf_counter()
        answer = client.get(f"{API}/search", query_string={"q": text}, environ_base=address)
        found.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True))
    return found


class Texts:
    """Makes passages and questions; the n-th most frequent word is about 1/n as frequent as the first."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)  # noqa: S311  (no secret)
        made = dict.fromkeys(ENGLISH.stop_words.split())
        while len(made) < VOCABULARY:
            made["".join(self._random.choices(SYLLABLES, k=self._random.choice((2, 3, 3, 4))))] = None
        self._words = list(made)
        self._weights = list(accumulate(1 / (place + 2.7) for place in range(VOCABULARY)))

    def prose(self, words: int) -> str:
        """Return so many words."""
        return " ".join(self._random.choices(self._words, cum_weights=self._weights, k=words))

    def length(self) -> int:
        """Return how many words a passage has: 120 in the middle, few over 250."""
        return min(max(int(self._random.lognormvariate(4.79, 0.5)), 10), 400)

    def passages(self, number: int) -> list[dict[str, object]]:
        """Return so many passages, as rows."""
        return [self._passage(*divmod(place, PASSAGES_A_PAGE)) for place in range(number)]

    def questions(self, rows: list[dict[str, object]], number: int = QUESTIONS) -> list[str]:
        """Return so many questions, each of words that stand together in some passage."""
        return [self._question(str(self._random.choice(rows)["body"]).split()) for _ in range(number)]

    def _question(self, body: list[str]) -> str:
        return " ".join(self._random.sample(body, k=min(len(body), self._random.randint(6, 14))))

    def _passage(self, page: int, position: int) -> dict[str, object]:
        words = self.length()
        heading, body = self.prose(6), self.prose(words)
        terms = index_terms(heading), index_terms(body)
        return {
            "stable_id": f"{page * PASSAGES_A_PAGE + position:016x}",
            "page_id": page + 1,
            "position": position,
            "anchor": f"section-{position}",
            "heading": heading,
            "body": body,
            "blocks": [{"kind": "prose", "at": 0, "units": [len(body)]}],
            "term_count": sum(map(len, terms)),
            "heading_terms": " ".join(terms[0]),
            "body_terms": " ".join(terms[1]),
            "scope_id": 1,
            "text_hash": f"{page * PASSAGES_A_PAGE + position:032x}",
        }


def store(rows: list[dict[str, object]]) -> None:
    """Write passages and their pages as indexing does, and commit."""
    pages = (len(rows) + PASSAGES_A_PAGE - 1) // PASSAGES_A_PAGE
    names = [
        {"id": page, "source_id": 1, "path": f"{page}.md", "url": f"/{page}", "title": str(page), "content_hash": ""}
        for page in range(1, pages + 1)
    ]
    source = {"id": 1, "name": "scale", "base_url": "/", "generator": "chatkit", "indexed_at": utcnow()}
    db.session.execute(insert(Source), source)
    db.session.execute(insert(Page), names)
    catalog.scope_ids(1, [(None, None)])
    for start in range(0, len(rows), BATCH):
        index.add(rows[start : start + BATCH])
    index.refresh()
    db.session.commit()


def store_vectors(rows: list[dict[str, object]], model: str) -> None:
    """Write vectors of passages as encoding does, as large as those of an encoder but made up, and commit."""
    numbers = random.Random(SEED)  # noqa: S311  (no secret)
    for start in range(0, len(rows), BATCH):
        vectors = [
            {
                "text_hash": row["text_hash"],
                "model": model,
                "vector": numbers.randbytes(DIMENSIONS),
                "tokens": _tokens(str(row["body"]), numbers),
            }
            for row in rows[start : start + BATCH]
        ]
        db.session.execute(insert(Embedding), vectors)
    index.announce_vectors(index.corpus_statistics().state)
    db.session.commit()


def _tokens(body: str, numbers: random.Random) -> bytes:
    """Return vectors of tokens as they are stored, one for each word: where it begins, then its signs."""
    starts = [0]
    for word in body.split()[:-1]:
        starts.append(starts[-1] + len(word) + 1)
    return struct.pack(f"<{len(starts)}H", *starts) + numbers.randbytes(len(starts) * DIMENSIONS // 8)
