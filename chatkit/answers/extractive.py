"""Answering without a model: the lines of the site's own section that answer, and where else to look."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from chatkit.answers import text_fragments
from chatkit.answers.confidence import weigh
from chatkit.answers.highlights import highlights
from chatkit.answers.lines import Lines, choose
from chatkit.answers.phrases.languages import phrases_in
from chatkit.search.passages import HEADING_SEPARATOR, Passage, by_section
from chatkit.search.query import Query
from chatkit.search.retrieval import page_texts
from chatkit.text import markdown

MODEL = "extractive"
MAX_SOURCES = 5
EXCERPT_LENGTH = 200
# So many of the sections that come nearest are shown with lines.
LISTED = 3
# Sections that share so many of their words say the same, as those of two versions do.
SAME = 0.8


class Outcome(StrEnum):
    """What an answer claims: that the pages say it, that these sections come nearest, that nothing does, or nothing."""

    ANSWERED = "answered"
    NEAREST = "nearest"
    NOT_COVERED = "not_covered"
    GREETING = "greeting"


@dataclass(frozen=True)
class CitedPassage:
    """A passage that an answer shows; ``score`` is how well it fits, 0 to 1.

    ``path`` holds the headings from its page's title down, ``highlights`` the ranges [start, end) of ``excerpt``,
    in code points, that were asked for.
    """

    id: str
    title: str
    url: str
    excerpt: str
    score: float
    path: tuple[str, ...] = ()
    language: str | None = None
    highlights: tuple[tuple[int, int], ...] = ()
    site: str = ""
    version: str | None = None


@dataclass(frozen=True)
class Answer:
    """Markdown text with marks such as [1], counting ``sources`` from 1; ``citations`` are the ids it rests on.

    ``nearest`` is the text that only lists the sections, for when a model finds no answer in them. ``opening`` is what
    the text begins with where the pages are not those of the reader's scope.
    """

    outcome: Outcome
    text: str
    sources: tuple[CitedPassage, ...] = ()
    citations: tuple[str, ...] = ()
    nearest: str = ""
    opening: str = ""


def compose(query: Query, passages: Sequence[Passage]) -> Answer:
    """Answer from passages, or show which sections come nearest, or say that none does."""
    phrases = phrases_in(query.language)
    sections = _sections(passages)[:MAX_SOURCES]
    if not sections:
        return Answer(Outcome.NOT_COVERED, phrases.declined)
    chosen = [
        max((choose(query, passage) for passage in section), key=lambda found: found.score) for section in sections
    ]
    evidence = weigh(query, chosen)
    if not evidence.is_near:
        return Answer(Outcome.NOT_COVERED, phrases.declined)
    sources = tuple(_cite(query, chosen))
    nearest = "\n\n".join([phrases.nearest, _list(chosen, sources)])
    if not evidence.is_sure:
        return Answer(Outcome.NEAREST, nearest, sources, nearest=nearest)
    return Answer(Outcome.ANSWERED, _text(chosen[0]), sources, (sources[0].id,), nearest)


def quote(query: Query, section: Sequence[Passage]) -> Answer:
    """Answer from the passages of one section, whatever speaks for it: somebody has chosen it."""
    lines = max((choose(query, passage) for passage in section), key=lambda found: found.score)
    sources = tuple(_cite(query, [lines]))
    return Answer(Outcome.ANSWERED, _text(lines), sources, (sources[0].id,))


def cite(query: Query, passages: Sequence[Passage]) -> list[CitedPassage]:
    """Return passages as sources of an answer that is yet to be written, each quoting the line that fits best."""
    return _cite(query, [choose(query, passage) for passage in passages])


def _sections(passages: Sequence[Passage]) -> list[list[Passage]]:
    """Return passages by the section they stand in, best first; of those that say the same only the first."""
    kept = list[list[Passage]]()
    for own in by_section(passages):
        others = (other[0] for other in kept if other[0].section == own[0].section)
        if not any(_alike(own[0], other) for other in others):
            kept.append(own)
    return kept


def _alike(one: Passage, other: Passage) -> bool:
    return len(one.stems & other.stems) >= SAME * len(one.stems | other.stems)


def _text(lines: Lines) -> str:
    """Return the lines with their mark; a list, a table or code that opens them is named by its section."""
    if not lines.opens_with_prose:
        return f"{markdown.escape_paragraph(f'{lines.passage.section}:')} [1]\n\n{lines.markdown}"
    first, gap, rest = lines.markdown.partition("\n\n")
    return f"{first} [1]{gap}{rest}"


def _list(chosen: Sequence[Lines], sources: Sequence[CitedPassage]) -> str:
    """Return the first sections as a numbered list: the first one's lines, and fewer of each other's."""
    items = []
    for number, (lines, source) in enumerate(zip(chosen[:LISTED], sources, strict=False), 1):
        shown = lines.shortened.unmarked if number > 1 else lines.unmarked
        items.append(f"{number}. {markdown.link(source.title, source.url)}\n\n{textwrap.indent(shown, '   ')}")
    return "\n\n".join(items)


def _cite(query: Query, chosen: Sequence[Lines]) -> list[CitedPassage]:
    """Return each as a source whose link opens its best line on its page, if it stands there."""
    texts = page_texts([lines.passage.stable_id for lines in chosen])
    return [_source(query, lines, texts.get(lines.passage.stable_id, [lines.passage.texts])) for lines in chosen]


def _source(query: Query, lines: Lines, page: Sequence[tuple[str, ...]]) -> CitedPassage:
    passage = lines.passage
    url = text_fragments.link(passage.url, passage.texts, lines.quote, page)
    score = round(min(max(passage.rank, 0.0), 1.0) if passage.meaning else query.coverage(passage.stems), 3)
    path = tuple(map(markdown.plain_text, passage.heading.split(HEADING_SEPARATOR)))
    excerpt = lines.excerpt(EXCERPT_LENGTH)
    marks = highlights(query, excerpt, passage.analyzed_as)
    return CitedPassage(
        passage.stable_id,
        " › ".join(path),
        url,
        excerpt,
        score,
        path,
        passage.language,
        marks,
        passage.site,
        passage.version,
    )
