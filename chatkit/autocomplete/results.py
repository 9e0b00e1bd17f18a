"""Sections as they are offered while a reader types."""

from dataclasses import dataclass

from chatkit.answers.highlights import mark
from chatkit.search import as_typed
from chatkit.search.as_typed import Section
from chatkit.search.passages import HEADING_SEPARATOR
from chatkit.search.query import Question
from chatkit.text import markdown

MAX_RESULTS = 8
EXCERPT_LENGTH = 200

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Result:
    """A section with its link; the ranges [start, end) of its excerpt and of its last heading were searched for."""

    id: str
    title: str
    path: tuple[str, ...]
    url: str
    excerpt: str
    highlights: Ranges
    heading_highlights: Ranges


def find(question: Question) -> list[Result]:
    """Return the sections that fit a question that is being typed, best first."""
    found = as_typed.find(question, MAX_RESULTS)
    return [_result(section, found.terms) for section in found.sections]


def _result(section: Section, terms: frozenset[str]) -> Result:
    path = tuple(map(markdown.plain_text, section.heading.split(HEADING_SEPARATOR)))
    excerpt = _excerpt(section, terms)
    return Result(
        section.stable_id,
        " › ".join(path),
        path,
        section.url,
        excerpt,
        mark(terms, excerpt, section.language),
        mark(terms, path[-1], section.language),
    )


def _excerpt(section: Section, terms: frozenset[str]) -> str:
    """Return the line that fits best, from the word on that was searched for where that stands too far behind."""
    line = section.line
    if len(line) <= EXCERPT_LENGTH:
        return line
    marked = mark(terms, line, section.language)
    if marked and marked[0][1] > EXCERPT_LENGTH:
        line = f"…{line[marked[0][0] :]}"
    return line if len(line) <= EXCERPT_LENGTH else _cut(line)


def _cut(line: str) -> str:
    begun = line[: EXCERPT_LENGTH - 1]
    return f"{begun.rpartition(' ')[0] or begun}…"
