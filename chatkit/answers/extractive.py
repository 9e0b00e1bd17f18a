"""Answering without a model: the site's own sentences, each marked with the passage it stands in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from chatkit.answers import text_fragments
from chatkit.search.passages import HEADING_SEPARATOR, BlockKind, Passage, Statement, Unit
from chatkit.search.query import Query
from chatkit.search.reranking import best_coverage
from chatkit.search.retrieval import page_texts
from chatkit.text import markdown

MODEL = "extractive"
MAX_SOURCES = 5
WIRE_FIELDS = ("id", "title", "url", "excerpt", "score")
MAX_STATEMENTS = 4
EXCERPT_LENGTH = 200
# The pages cover a question when one of the first passages holds this share of the query, its
# heading's own share counting a little more.
COVERED = 0.54
HEADING = 0.2
FIRST = 5
# What another passage must hold to be cited beside the first: the better the first fits, the more.
BESIDE = 0.4
FIRST_SECTIONS = 3
# Of the best statement's score, what a further one must have, and what the first of another section must.
WORTH_ADDING = 0.6
WORTH_A_SOURCE = 0.3
# A longer table or list is shown with as many of its rows or items.
MAX_ROWS = 4
# What says little beside its code, such as the caption of an example.
FEW_WORDS = 4
CAPTION = 0.5
# Statements that share so many of their words say the same.
SAME = 0.8
NOT_COVERED = "The pages do not cover this."
NEAREST = "These sections come nearest."


class Outcome(StrEnum):
    """What an answer claims: that the pages say it, that these sections come nearest, that nothing does, or nothing."""

    ANSWERED = "answered"
    NEAREST = "nearest"
    NOT_COVERED = "not_covered"
    GREETING = "greeting"


@dataclass(frozen=True)
class CitedPassage:
    """A passage that an answer shows; ``score`` is how much of the query it covers, 0 to 1.

    ``path`` holds the headings from its page's title down, ``highlights`` the ranges [start, end) of ``excerpt``
    that decide.
    """

    id: str
    title: str
    url: str
    excerpt: str
    score: float
    path: tuple[str, ...] = ()
    language: str | None = None
    highlights: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as it is sent and stored."""
        return {name: value for name, value in asdict(self).items() if name in WIRE_FIELDS}


@dataclass(frozen=True)
class Answer:
    """Markdown text with marks such as [1], counting ``sources`` from 1; ``citations`` are the ids it rests on."""

    outcome: Outcome
    text: str
    sources: tuple[CitedPassage, ...] = ()
    citations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    """A statement that may be shown, by the numbers of its passage and of itself in it."""

    passage: Passage
    number: int
    position: int
    statement: Statement
    score: float


def compose(query: Query, passages: Sequence[Passage]) -> Answer:
    """Answer from passages, or say that they do not cover the question, and where to look."""
    fit = max((_fit(query, passage) for passage in passages[:FIRST]), default=0.0)
    if not passages:
        return Answer(Outcome.NOT_COVERED, NOT_COVERED)
    if fit < COVERED:
        nearest = dict[str, Passage]()
        for passage in passages:
            nearest.setdefault(passage.url, passage)
        return Answer(Outcome.NEAREST, NEAREST, tuple(cite(query, list(nearest.values())[:MAX_SOURCES])))
    coverages = [best_coverage(query, passage) for passage in passages]
    least = BESIDE * coverages[0] ** 2
    fitting = [passage for passage, coverage in zip(passages, coverages, strict=True) if coverage >= least]
    # In reading order.
    chosen = sorted(_choose(query, fitting[:MAX_SOURCES]), key=lambda found: (found.number, found.position))
    # Passages of one section are one source: a reader follows both links to the same place.
    sections = list(dict.fromkeys(found.passage.url for found in chosen))
    paragraphs, cited = [], []
    for number, url in enumerate(sections, 1):
        own = [found for found in chosen if found.passage.url == url]
        paragraphs.append(_join([_shorten(found.statement, query) for found in own], number, own[0].passage.section))
        cited.append(max(own, key=lambda found: found.score))
    texts = page_texts([found.passage.stable_id for found in cited])
    sources = tuple(_cite(query, found.passage, found.statement, texts) for found in cited)
    return Answer(Outcome.ANSWERED, "\n\n".join(paragraphs), sources, tuple(source.id for source in sources))


def cite(query: Query, passages: Sequence[Passage]) -> list[CitedPassage]:
    """Return passages as sources of an answer that is yet to be written, each quoting its best statement."""
    texts = page_texts([passage.stable_id for passage in passages])
    return [
        _cite(query, passage, max(passage.statements, key=lambda said: query.coverage(said.stems)), texts)
        for passage in passages
    ]


def _cite(
    query: Query, passage: Passage, statement: Statement, texts: dict[str, list[tuple[str, ...]]]
) -> CitedPassage:
    """Return a passage as a source whose link opens a quote of the statement on its page, if it stands there.

    ``texts`` maps the passage's id to the texts of its page, as ``page_texts`` returns them.
    """
    quote = text_fragments.quotable(statement, query.coverage_of)
    url = text_fragments.link(passage.url, passage.texts, quote, texts.get(passage.stable_id, [passage.texts]))
    excerpt = quote if len(quote) <= EXCERPT_LENGTH else quote[: EXCERPT_LENGTH - 1].rstrip() + "…"
    score = round(best_coverage(query, passage), 3)
    path = tuple(passage.heading.split(HEADING_SEPARATOR))
    return CitedPassage(passage.stable_id, _title(passage), url, excerpt, score, path)


def _fit(query: Query, passage: Passage) -> float:
    """Return how much of the query a passage covers, with its heading, whose own coverage counts more."""
    return query.coverage(passage.stems) + HEADING * query.coverage(passage.heading_stems)


def _title(passage: Passage) -> str:
    return passage.heading.replace(HEADING_SEPARATOR, " › ")


def _choose(query: Query, fitting: Sequence[Passage]) -> list[_Candidate]:
    """Return the statements that answer best, among them the best one of each of the first passages."""
    candidates = []
    best_rank = max(passage.rank for passage in fitting) or 1.0
    for number, passage in enumerate(fitting):
        heading, weight = query.coverage(passage.heading_stems), max(passage.rank / best_rank, 0.0)
        for position, statement in enumerate(passage.statements):
            # A statement that opens with what was asked about tends to say what it is.
            score = max(map(query.coverage, statement.facts)) + 0.5 * heading + 0.25 * query.coverage(statement.opening)
            if statement.sentence is not None and len(statement.sentence.markdown.split()) < FEW_WORDS:
                score *= CAPTION
            candidates.append(_Candidate(passage, number, position, statement, score * weight))
    ordered = sorted(candidates, key=lambda found: (-found.score, found.number, found.position))
    firsts = {found.passage.url: found for found in reversed(ordered)}
    sections = list(dict.fromkeys(passage.url for passage in fitting))[:FIRST_SECTIONS]
    best = ordered[0].score
    leading = [firsts[url] for url in sections if firsts[url].score >= best * WORTH_A_SOURCE]
    rest = [found for found in ordered if found.score >= best * WORTH_ADDING]
    return _different([*leading, *rest])[:MAX_STATEMENTS]


def _different(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the candidates without those that say the same as one before."""
    kept: list[_Candidate] = []
    for candidate in candidates:
        held = candidate.statement.stems
        others = (other.statement.stems for other in kept)
        if all(len(held & other) < SAME * len(held | other) for other in others):
            kept.append(candidate)
    return kept


def _shorten(statement: Statement, query: Query) -> Statement:
    """Return a statement with only the fitting rows of a long table, or the fitting items of a long list."""
    block = statement.structure
    if block is None or block.kind not in {BlockKind.LIST, BlockKind.TABLE} or len(block.units) <= MAX_ROWS:
        return statement

    def coverage(unit: Unit) -> float:
        return query.coverage(unit.stems)

    best = sorted(block.units, key=coverage, reverse=True)[:MAX_ROWS]
    kept = [unit for unit in best if coverage(unit) >= WORTH_ADDING * coverage(best[0])]
    return statement.with_units([unit for unit in block.units if unit in kept])


def _join(statements: Sequence[Statement], number: int, section: str) -> str:
    """Join statements of one section with their mark; a list, a table or code that opens them is named by it."""
    blocks = list[str]()
    ends_in_prose = False
    for statement in statements:
        prose = statement.sentence.markdown.rstrip() if statement.sentence else ""
        if not prose and not blocks:
            prose = markdown.escape_paragraph(f"{section}:")
        if prose and ends_in_prose:
            blocks[-1] += f" {prose} [{number}]"
        elif prose:
            blocks.append(f"{prose} [{number}]")
        if statement.structure:
            blocks.append(statement.structure.markdown)
        ends_in_prose = statement.structure is None
    return "\n\n".join(blocks)
