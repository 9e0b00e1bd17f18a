"""Search among many passages, made of words as often as words are in English."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice

from flask import Flask
from sqlalchemy import insert

from chatkit.content import search
from chatkit.content.models import Page, Passage, Source
from chatkit.content.words import STOP_WORDS
from chatkit.extensions import db, utcnow
from tests.eval.collection import latencies

SEED = 7
VOCABULARY = 60_000
PASSAGES_A_PAGE = 10
QUESTIONS = 100
BATCH = 5_000
SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Outcome:
    """How searching did among so many passages."""

    latencies_ms: list[float]
    build_seconds: float


def run(app: Flask, passages: int) -> Outcome:
    """Store passages as indexing does, then ask; reading Markdown is no part of it."""
    with app.app_context():
        texts = Texts()
        rows = [_passage(number, texts) for number in range(passages)]
        began = time.perf_counter()
        _store(rows)
        built = time.perf_counter() - began
        return Outcome(latencies(list(islice(texts.questions(rows), QUESTIONS))), built)


class Texts:
    """Makes passages and questions; the n-th most frequent word is about 1/n as frequent as the first."""

    def __init__(self) -> None:
        self._random = random.Random(SEED)  # noqa: S311  (no secret)
        made = dict.fromkeys(sorted(STOP_WORDS))
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

    def questions(self, rows: list[dict[str, object]]) -> Iterator[str]:
        """Yield questions, each of words that stand together in some passage."""
        while True:
            body = str(self._random.choice(rows)["body"]).split()
            yield " ".join(self._random.sample(body, k=min(len(body), self._random.randint(6, 14))))


def _passage(number: int, texts: Texts) -> dict[str, object]:
    words = texts.length()
    page, position = divmod(number, PASSAGES_A_PAGE)
    return {
        "stable_id": f"{number:016x}",
        "page_id": page + 1,
        "position": position,
        "anchor": f"section-{position}",
        "heading": texts.prose(6),
        "body": texts.prose(words),
        "unseen": "",
        "word_count": words,
    }


def _store(rows: list[dict[str, object]]) -> None:
    pages = (len(rows) + PASSAGES_A_PAGE - 1) // PASSAGES_A_PAGE
    names = [
        {"id": page, "source_id": 1, "path": f"{page}.md", "url": f"/{page}", "title": str(page), "content_hash": ""}
        for page in range(1, pages + 1)
    ]
    source = {"id": 1, "name": "scale", "base_url": "/", "generator": "chatkit", "indexed_at": utcnow()}
    db.session.execute(insert(Source), source)
    db.session.execute(insert(Page), names)
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(Passage), rows[start : start + BATCH])
    search.refresh()
    db.session.commit()
