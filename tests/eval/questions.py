"""Questions about the documentation, answered by the product without a model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from chatkit.chat import answer as answering
from chatkit.chat.answer import Answer
from chatkit.content import service
from chatkit.paths import DOCS

FILE = Path(__file__).with_name("questions.jsonl")
BASE_URL = "/guide/"
# Answers are read from the top, so the right passage must be among the first.
FIRST = 3


@dataclass(frozen=True)
class Asked:
    """A question, the places that answer it as page#anchor (none: the pages do not), and what came of it."""

    question: str
    answered_by: frozenset[str]
    split: str
    answer: Answer

    @property
    def right(self) -> bool:
        """Whether a passage that answers is among the first cited, or the answer is rightly declined."""
        if not self.answered_by:
            return not self.answer.covered
        return bool(self.answered_by & {place(source.url) for source in self.answer.sources[:FIRST]})


@dataclass(frozen=True)
class Shares:
    """Of questions with an answer: how many cite it, and are declined; of those without: how many are declined."""

    cited: float
    declined: float
    rightly_declined: float


def run(app: Flask) -> list[Asked]:
    """Index the documentation and ask every question."""
    with app.app_context():
        service.index(DOCS, BASE_URL)
        return [_ask(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


def shares(asked: Sequence[Asked]) -> Shares:
    """Return how the questions did."""
    answerable = [one for one in asked if one.answered_by]
    others = [one for one in asked if not one.answered_by]
    return Shares(
        sum(one.right for one in answerable) / len(answerable),
        sum(not one.answer.covered for one in answerable) / len(answerable),
        sum(one.right for one in others) / len(others),
    )


def place(url: str) -> str:
    """Return where a source's link leads, as the file of questions names it."""
    page, _, fragment = url.removeprefix(BASE_URL).partition("#")
    return f"{page or 'index'}#{fragment.partition(':~:')[0]}"


def _ask(question: str, answered_by: Sequence[str], split: str) -> Asked:
    asked = answering.Question(question)
    return Asked(question, frozenset(answered_by), split, answering.compose(asked, answering.find(asked)))
