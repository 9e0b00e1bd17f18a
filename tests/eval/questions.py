"""Questions about a site, answered by the product without a model, and how good the answers are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatkit.answers import extractive
from chatkit.answers.extractive import Outcome
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from chatkit.search.stated import Stated
from tests.eval import shown
from tests.eval.places import Places

# Readers look at few sections, so a right one must be among the first.
FIRST = 3


@dataclass(frozen=True)
class Line:
    """A question as a file holds it: ``answered_by`` names each place that answers it, none when the pages do not.

    ``shows`` holds alternatives, each the words of the page without which an answer does not help.
    """

    question: str
    answered_by: tuple[str, ...]
    split: str
    shows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Shown:
    """A section as it is shown: where it is, its title, its excerpt, and the lines of the answer that are its own."""

    place: str
    title: str
    excerpt: str
    lines: str

    @property
    def text(self) -> str:
        """All that is shown of it."""
        return f"{self.lines}\n\n{self.excerpt}"


@dataclass(frozen=True)
class Asked:
    """What came of a question: the outcome, the whole text, the sections in the order in which they are shown.

    ``retrieved`` holds the places of all passages that were found, best first, each once.
    """

    line: Line
    right: frozenset[str]
    outcome: Outcome
    text: str
    shown: tuple[Shown, ...]
    retrieved: tuple[str, ...]

    @property
    def place(self) -> int | None:
        """The place of the first right section among those shown, counted from 1."""
        return next((place for place, one in enumerate(self.shown, 1) if one.place in self.right), None)

    @property
    def helps(self) -> bool:
        """Whether the words that decide stand in what is shown of a right section."""
        return any(one.place in self.right and shown.holds(one.text, self.line.shows) for one in self.shown)

    @property
    def satisfies(self) -> bool:
        """Whether it helps, or where no words are given shows a right section first, or rightly claims nothing."""
        if not self.right:
            return self.outcome is not Outcome.ANSWERED
        return self.helps if self.line.shows else self.place == 1

    @property
    def helps_first(self) -> bool:
        """Whether they do in the section that is shown first."""
        return self.place == 1 and shown.holds(self.shown[0].text, self.line.shows)


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    def __str__(self) -> str:
        return f"{self.part / self.whole:.3f} ({self.whole})" if self.whole else "–"


@dataclass(frozen=True)
class Figures:
    """How questions did.

    ``in_three`` and ``first`` tell of the questions with an answer how many show a right section among the first three
    and as the first, whatever the outcome; ``helps`` and ``helps_first`` of those with ``shows`` how many show these
    words. ``answered_rightly`` is the share of what is presented as answered that is right, ``answered_wrongly`` that
    of the questions without an answer that are presented as answered, ``nearest`` that of those with one that are not.
    """

    in_three: Share
    first: Share
    helps: Share
    helps_first: Share
    answered_rightly: Share
    answered_wrongly: Share
    nearest: Share


def read(file: Path) -> list[Line]:
    """Return the questions of a file, a JSON object a line."""
    return [_line(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def figures(asked: Sequence[Asked]) -> Figures:
    """Return how questions did."""
    answerable = [one for one in asked if one.right]
    others = [one for one in asked if not one.right]
    judged = [one for one in answerable if one.line.shows]
    answered = [one for one in asked if one.outcome is Outcome.ANSWERED]
    return Figures(
        Share(sum(one.place is not None and one.place <= FIRST for one in answerable), len(answerable)),
        Share(sum(one.place == 1 for one in answerable), len(answerable)),
        Share(sum(one.helps for one in judged), len(judged)),
        Share(sum(one.helps_first for one in judged), len(judged)),
        Share(sum(one.place == 1 for one in answered), len(answered)),
        Share(sum(one.outcome is Outcome.ANSWERED for one in others), len(others)),
        Share(sum(one.outcome is not Outcome.ANSWERED for one in answerable), len(answerable)),
    )


def ask(line: Line, places: Places, version: str | None = None) -> Asked:
    """Ask about the site that is indexed, in one of its versions if it has any."""
    query = analyze(Question(line.question, stated=Stated(version=version)))
    passages = retrieve(query)
    answer = extractive.compose(query, passages)
    lines = shown.lines_by_source(answer.text)
    return Asked(
        line,
        frozenset(map(places.of_name, line.answered_by)),
        answer.outcome,
        answer.text,
        tuple(
            Shown(places.of_url(source.url), source.title, source.excerpt, lines.get(number, ""))
            for number, source in enumerate(answer.sources, 1)
        ),
        tuple(dict.fromkeys(places.of_url(passage.url) for passage in passages)),
    )


def _line(row: dict[str, Any]) -> Line:
    return Line(
        row["question"],
        tuple(row["answered_by"] if "answered_by" in row else row["sections"]),
        row.get("split", ""),
        tuple(map(tuple, row.get("shows", ()))),
    )
