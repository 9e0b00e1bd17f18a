"""What every kind of page becomes: blocks under headings that have anchors.

A block is kept as its reader found it: what it is, of which units, and each line as it is indexed and as it is
shown. Words are plain Markdown: text whose code stands between backticks. Links are no part of it but stand beside it.
"""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Any

from chatkit.search.passages import BlockKind, Unit, store_unit
from chatkit.text import markdown
from chatkit.text.markdown import LinkSpan
from chatkit.text.sentences import split_sentences

# No programming language has a longer name.
LANGUAGE_LENGTH = 100
# A tag of BCP 47 such as `de` or `zh-Hant-TW`.
LANGUAGE_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.I)
LANGUAGE_TAG_LENGTH = 35
# What is longer is a heading that was never closed: cut where it stands as one, and a paragraph as well.
HEADING_LENGTH = 300
# No table that is read by people is wider.
MAX_FILLED_CELLS = 100


# Returns the address that a link leads to as readers get it, or None when it leads to no page of the site.
Resolve = Callable[[str], str | None]


@dataclass(frozen=True)
class LinkedText:
    """Words with their links, in order; none overlaps another, and none begins or ends with a space."""

    text: str
    links: tuple[LinkSpan, ...] = ()

    def part(self, start: int, end: int) -> "LinkedText":
        """Return a stretch of the words with what it holds of each link."""
        found = list[LinkSpan]()
        ends, starts = attrgetter("end"), attrgetter("start")
        inside = slice(bisect_right(self.links, start, key=ends), bisect_left(self.links, end, key=starts))
        for link in self.links[inside]:
            first, last = max(link.start, start), min(link.end, end)
            words = self.text[first:last]
            if words and not words.isspace():
                first += len(words) - len(words.lstrip()) - start
                found.append(LinkSpan(first, first + len(words.strip()), link.url))
        return LinkedText(self.text[start:end], tuple(found))


@dataclass(frozen=True)
class Line:
    """A line of a block: ``body`` is indexed and read by a model, ``parts`` are its words, code or cells.

    A line that only marks, such as a fence, has no parts. ``links`` are those of ``body``.
    """

    body: str
    parts: tuple[str, ...] = ()
    is_code: bool = False
    links: tuple[LinkSpan, ...] = ()

    @property
    def markdown(self) -> str:
        """The line as Markdown that shows it."""
        return markdown.escape_markdown(self.body, self.links) if self.parts and not self.is_code else self.body

    @property
    def texts(self) -> tuple[str, ...]:
        """What its page shows of it: its words or code, or each of a row's cells; nothing that is blank."""
        parts = [" ".join((part if self.is_code else markdown.plain_text(part)).split()) for part in self.parts]
        return tuple(filter(None, parts))

    def indented(self, indent: str) -> "Line":
        """Return the line behind an indent or an item's mark."""
        links = tuple([LinkSpan(start + len(indent), end + len(indent), url) for start, end, url in self.links])
        return Line((indent + self.body).rstrip(), self.parts, self.is_code, links)

    def with_links(self, resolve: Resolve) -> "Line":
        """Return the line with its links resolved; those that lead to no page of the site are text."""
        if not self.links:
            return self
        resolved = [LinkSpan(start, end, url) for start, end, link in self.links if (url := resolve(link)) is not None]
        return replace(self, links=tuple(resolved))


@dataclass(frozen=True)
class MarkdownBlock:
    """A paragraph of one line, a list, a table below its ``head``, or code in a ``language``.

    ``units`` are what it may be cut between: items, rows, lines of code.
    """

    kind: BlockKind
    units: tuple[tuple[Line, ...], ...]
    head: tuple[Line, ...] = ()
    language: str = ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, those that frame code included."""
        lines = (*self.head, *(line for unit in self.units for line in unit))
        if self.kind is not BlockKind.CODE:
            return lines
        opening, closing = markdown.fence([line.body for line in lines], self.language)
        return (Line(opening), *lines, Line(closing))

    @cached_property
    def body(self) -> str:
        """The block as Markdown whose words are not escaped, as it is indexed and as a model reads it."""
        return body_of(self.lines)

    def stored(self, at: int) -> dict[str, Any]:
        """Return the block as it is stored beside a body that it begins at; see ``passages.read_blocks``.

        A paragraph is cut into its sentences, and lines are joined to units.
        """
        stored: dict[str, Any] = {"kind": self.kind.value, "at": at}
        if self.kind is BlockKind.PROSE:
            stored["units"] = _stored_sentences(LinkedText(self.body, self.lines[0].links))
            return stored
        if self.kind is BlockKind.CODE:
            # Below the line that opens it.
            stored["at"] += len(self.lines[0].body) + 1
        if self.language:
            stored["language"] = self.language
        if self.head:
            stored["head"] = store_unit(_unit(self.head), self.kind, body_of(self.head))
        stored["units"] = [_stored_unit(unit, self.kind) for unit in self.units]
        return stored

    def with_links(self, resolve: Resolve) -> "MarkdownBlock":
        """Return the block with its links resolved, see ``Line.with_links``."""
        if self.kind is BlockKind.CODE or not any(line.links for unit in (self.head, *self.units) for line in unit):
            return self
        head, *units = (tuple([line.with_links(resolve) for line in lines]) for lines in (self.head, *self.units))
        return replace(self, head=head, units=tuple(units))


def body_of(lines: Iterable[Line]) -> str:
    """Return lines as they are indexed."""
    return "\n".join([line.body for line in lines])


def prose(text: str, links: tuple[LinkSpan, ...] = ()) -> MarkdownBlock:
    """Return a paragraph."""
    return MarkdownBlock(BlockKind.PROSE, ((Line(text, (text,), links=links),),))


def code(text: str, language: str) -> MarkdownBlock:
    """Return a block of code."""
    lines = tuple((code_line(line),) for line in text.rstrip().split("\n"))
    return MarkdownBlock(BlockKind.CODE, lines, language=language[:LANGUAGE_LENGTH])


def table(rows: Sequence[Sequence[LinkedText]]) -> MarkdownBlock:
    """Return a table, its first row being its head; a row that leaves its first cell blank belongs to the one above."""
    width = max(len(row) for row in rows)
    # One wide row does not make the others as wide without measure.
    head, *below = ([*row, *[LinkedText("")] * (min(width, MAX_FILLED_CELLS) - len(row))] for row in rows)
    rule = markdown.row(["---"] * width)
    units = list[list[Line]]()
    for cells in below:
        if units and not cells[0].text:
            units[-1].append(_row(cells))
        else:
            units.append([_row(cells)])
    return MarkdownBlock(BlockKind.TABLE, tuple(map(tuple, units)), (_row(head), Line(rule)))


def listing(kind: BlockKind, items: Iterable[Sequence[Line]]) -> MarkdownBlock:
    """Return a list of items, each with the lines it holds, its mark and its indent among them."""
    return MarkdownBlock(kind, tuple(map(tuple, items)))


def words(text: str) -> Line:
    """Return a line of words."""
    return Line(text, (text,))


def code_line(text: str) -> Line:
    """Return a line of code."""
    return Line(text, (text,), is_code=True)


def _row(cells: Sequence[LinkedText]) -> Line:
    written = [markdown.cell(cell.text) for cell in cells]
    links, at = list[LinkSpan](), len("| ")
    for cell, body in zip(cells, written, strict=True):
        shift = escaped_from = 0
        for link in cell.links:
            # What is escaped in a cell grows by a sign each, whether before the link or in it.
            before = shift + len(markdown.cell(cell.text[escaped_from : link.start])) - (link.start - escaped_from)
            shift = before + len(markdown.cell(cell.text[link.start : link.end])) - (link.end - link.start)
            escaped_from = link.end
            links.append(LinkSpan(at + link.start + before, at + link.end + shift, link.url))
        at += len(body) + len(" | ")
    return Line(markdown.row(written), tuple([cell.text for cell in cells]), links=tuple(links))


def _stored_sentences(paragraph: LinkedText) -> list[int | list[Any]]:
    """Return each sentence as it is stored; what ends within code, as in `a. B`, is no sentence, but links go on."""
    stored, at = list[int | list[Any]](), 0
    shown = markdown.blank_marks(paragraph.text)
    for sentence in _sentences(paragraph.text):
        text = shown[at : at + len(sentence)].replace(markdown.BLANK, "")
        links = paragraph.part(at, at + len(sentence)).links if paragraph.links else ()
        at += len(sentence)
        escaped = markdown.escape_paragraph(sentence, links)
        # Most sentences are what they say, and need not be compared.
        if escaped == sentence and markdown.is_plain(sentence):
            stored.append(len(sentence))
        else:
            stored.append(store_unit(Unit(escaped, ((text,),)), BlockKind.PROSE, sentence))
    return stored


def _sentences(paragraph: str) -> list[str]:
    sentences = split_sentences(paragraph)
    # Marks in pairs leave no code open.
    if "``" not in paragraph and all(sentence.count("`") % 2 == 0 for sentence in sentences):
        return sentences
    ends = [0, *itertools.accumulate(map(len, sentences))]
    code = list(markdown.code_spans(paragraph))
    whole = [end for end in ends if not any(span.start < end < span.end for span in code)]
    return [paragraph[start:end] for start, end in itertools.pairwise(whole)]


def _stored_unit(unit: tuple[Line, ...], kind: BlockKind) -> int | list[Any]:
    line = unit[0]
    says_it = line.parts and line.body == f"- {line.parts[0]}"
    is_plain = line.is_code or (says_it and not line.links and markdown.is_plain(line.body))
    if len(unit) == 1 and is_plain:
        # Most lines are what they say behind an item's mark, and need not be compared.
        return len(line.body)
    return store_unit(_unit(unit), kind, body_of(unit))


def _unit(lines: Sequence[Line]) -> Unit:
    return Unit("\n".join([line.markdown for line in lines]), tuple([texts for line in lines if (texts := line.texts)]))


@dataclass(frozen=True)
class Section:
    """A heading with what follows it up to the next; there may be no blocks."""

    anchor: str
    headings: tuple[str, ...]
    blocks: tuple[MarkdownBlock, ...]


@dataclass(frozen=True)
class Link:
    """The words of a link, and the address it leads to."""

    text: str
    url: str


@dataclass(frozen=True)
class Document:
    """A parsed page; ``language`` is a tag of BCP 47, none where the page does not say in which language it is."""

    title: str
    sections: tuple[Section, ...]
    language: str | None = None

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of its blocks, in reading order; those of its headings are not kept."""
        lines = (line for section in self.sections for block in section.blocks for line in block.lines)
        return tuple(
            Link(markdown.plain_text(line.body[start:end]), url) for line in lines for start, end, url in line.links
        )

    def with_links(self, resolve: Resolve) -> "Document":
        """Return the page with its links resolved, see ``Line.with_links``."""
        sections = [
            replace(section, blocks=tuple([block.with_links(resolve) for block in section.blocks]))
            for section in self.sections
        ]
        return replace(self, sections=tuple(sections))


class Outline:
    """Collects a page's headings and blocks in reading order."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._anchor = ""
        self._blocks: list[MarkdownBlock] = []
        self._done: list[Section] = []

    def heading(self, level: int, words: str, anchor: str) -> None:
        """Begin a section; without an anchor its passages lead to the heading before it."""
        self._close()
        self._path = [(above, heading) for above, heading in self._path if above < level]
        self._path.append((level, cut_heading(words)))
        self._anchor = anchor or self._anchor
        if len(words) > HEADING_LENGTH:
            self.prose(words)

    def prose(self, text: str, links: tuple[LinkSpan, ...] = ()) -> None:
        """Add a paragraph unless it is blank."""
        if text.strip():
            self.block(prose(text, links))

    def block(self, block: MarkdownBlock | None) -> None:
        """Add a list, table or code unless there is none, or nothing in it."""
        if block is not None and (block.units or block.head):
            self._blocks.append(block)

    def sections(self) -> tuple[Section, ...]:
        """Return what was collected, and begin anew."""
        self._close()
        done, self._done = tuple(self._done), []
        self._path, self._anchor = [], ""
        return done

    def _close(self) -> None:
        if self._path or self._blocks:
            headings = tuple(words for _, words in self._path if words)
            self._done.append(Section(self._anchor, headings, tuple(self._blocks)))
        self._blocks = []


def title_of(sections: Sequence[Section], stated: str | None, fallback: str) -> str:
    """Return a page's title: the one it states, else the words of its first heading, else ``fallback``."""
    first = next((section.headings[0] for section in sections if section.headings), None)
    return cut_heading(stated or (markdown.plain_text(first) if first else fallback))


def cut_heading(words: str) -> str:
    """Return a heading or title, one that is too long with an ellipsis."""
    return words if len(words) <= HEADING_LENGTH else f"{words[: HEADING_LENGTH - 2].rstrip()} …"


def language_tag(stated: str | None) -> str | None:
    """Return the language that a page says it is in, or None when that is no tag of a language."""
    tag = (stated or "").strip().replace("_", "-")
    return tag if len(tag) <= LANGUAGE_TAG_LENGTH and LANGUAGE_TAG.fullmatch(tag) else None
