"""Questions about the documentation, answered by the product without a model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from chatkit.answers import extractive as answering
from chatkit.answers.extractive import Answer, Outcome
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve

FILE = Path(__file__).with_name("questions.jsonl")
# Written by somebody who saw the documentation alone, with the readers' words instead of its own; never tuned on.
OTHER_WORDS = Path(__file__).with_name("other_words.jsonl")
BASE_URL = "/guide/"
# Answers are read from the top, so the right passage must be among the first.
FIRST = 3


@dataclass(frozen=True)
class Asked:
    """A question, the places that answer it as page#anchor (none: the pages do not), and what came of it.

    ``base_url`` is what the addresses of the site's pages begin with.
    """

    question: str
    answered_by: frozenset[str]
    split: str
    answer: Answer
    base_url: str

    @property
    def right(self) -> bool:
        """Whether a passage that answers is among the first cited, or the answer is rightly declined."""
        if not self.answered_by:
            return self.answer.outcome is not Outcome.ANSWERED
        return bool(self.answered_by & {_place(self.base_url, source.url) for source in self.answer.sources[:FIRST]})


@dataclass(frozen=True)
class Shares:
    """Of questions with an answer: how many cite it, and are declined; of those without: how many are declined.

    ``doubted`` tells how many of the others without an answer were answered with a word of doubt.
    """

    cited: float
    declined: float
    rightly_declined: float
    doubted: float


def run(app: Flask) -> list[Asked]:
    """Index the documentation and ask every question."""
    with app.app_context():
        service.index(Folder(DOCS, BASE_URL))
        return [ask(BASE_URL, **question) for file in (FILE, OTHER_WORDS) for question in read(file)]


def read(file: Path) -> list[dict[str, Any]]:
    """Return the questions of a file, each as it stands on its line."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def shares(asked: Sequence[Asked]) -> Shares:
    """Return how the questions did."""
    answerable = [one for one in asked if one.answered_by]
    others = [one for one in asked if not one.answered_by]
    return Shares(
        sum(one.right for one in answerable) / len(answerable),
        sum(one.answer.outcome is not Outcome.ANSWERED for one in answerable) / len(answerable),
        sum(one.right for one in others) / len(others),
        sum(one.answer.outcome is Outcome.NEAREST for one in others) / len(others),
    )


def ask(base_url: str, question: str, answered_by: Sequence[str] = (), split: str = "", **_: object) -> Asked:
    """Ask about the site that is indexed below ``base_url``; the parameters are what a line of a file holds.

    What else it holds is not looked at: ``shows``, the words without which an answer does not help, and ``source``.
    """
    query = analyze(Question(question))
    answer = answering.compose(query, retrieve(query))
    return Asked(question, frozenset(answered_by), split, answer, base_url)


def _place(base_url: str, url: str) -> str:
    """Return where a source's link leads, as a file of questions names it."""
    page, _, fragment = url.removeprefix(base_url).partition("#")
    return f"{page.rstrip('/') or 'index'}#{fragment.partition(':~:')[0]}"
