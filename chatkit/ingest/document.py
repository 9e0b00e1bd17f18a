"""What every kind of page becomes: blocks under headings that have anchors.

A block is kept as its reader found it: what it is, of which units, and each line as it is indexed and as it is
shown. Words are plain Markdown: text whose code stands between backticks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chatkit.search.passages import BlockKind, Unit, store_unit
from chatkit.text import markdown
from chatkit.text.sentences import split_sentences

# No programming language has a longer name.
LANGUAGE_LENGTH = 100
# A tag of BCP 47 such as `de` or `zh-Hant-TW`.
LANGUAGE_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.I)
LANGUAGE_TAG_LENGTH = 35


@dataclass(frozen=True)
class Line:
    """A line of a block: ``body`` is indexed and read by a model, ``parts`` are its words, code or cells.

    A line that only marks, such as a fence, has no parts.
    """

    body: str
    parts: tuple[str, ...] = ()
    is_code: bool = False

    @property
    def markdown(self) -> str:
        """The line as Markdown that shows it."""
        return markdown.escape_markdown(self.body) if self.parts and not self.is_code else self.body

    @property
    def texts(self) -> tuple[str, ...]:
        """What its page shows of it: its words or code, or each of a row's cells; nothing that is blank."""
        parts = [" ".join((part if self.is_code else markdown.plain_text(part)).split()) for part in self.parts]
        return tuple(filter(None, parts))

    def indented(self, indent: str) -> "Line":
        """Return the line behind an indent or an item's mark."""
        return Line((indent + self.body).rstrip(), self.parts, self.is_code)


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
            stored["units"] = _stored_sentences(self.body)
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


def body_of(lines: Iterable[Line]) -> str:
    """Return lines as they are indexed."""
    return "\n".join([line.body for line in lines])


def prose(text: str) -> MarkdownBlock:
    """Return a paragraph."""
    return MarkdownBlock(BlockKind.PROSE, ((words(text),),))


def code(text: str, language: str) -> MarkdownBlock:
    """Return a block of code."""
    lines = tuple((code_line(line),) for line in text.rstrip().split("\n"))
    return MarkdownBlock(BlockKind.CODE, lines, language=language[:LANGUAGE_LENGTH])


def table(rows: Sequence[Sequence[str]]) -> MarkdownBlock:
    """Return a table, its first row being its head; a row that leaves its first cell blank belongs to the one above."""
    width = max(len(row) for row in rows)
    head, *below = ([*row, *[""] * (width - len(row))] for row in rows)
    rule = markdown.row(["---"] * width)
    units = list[list[Line]]()
    for cells in below:
        if units and not cells[0]:
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


def _row(cells: Sequence[str]) -> Line:
    return Line(markdown.row([markdown.cell(cell) for cell in cells]), tuple(cells))


def _stored_sentences(paragraph: str) -> list[int | list[Any]]:
    """Return each sentence as it is stored; code may go on from one to the next, as in `a. B`."""
    stored, at = list[int | list[Any]](), 0
    shown = markdown.blank_marks(paragraph)
    for sentence in split_sentences(paragraph):
        text = shown[at : at + len(sentence)].replace(markdown.BLANK, "")
        at += len(sentence)
        escaped = markdown.escape_paragraph(sentence)
        # Most sentences are what they say, and need not be compared.
        if escaped == sentence and markdown.is_plain(sentence):
            stored.append(len(sentence))
        else:
            stored.append(store_unit(Unit(escaped, ((text,),)), BlockKind.PROSE, sentence))
    return stored


def _stored_unit(unit: tuple[Line, ...], kind: BlockKind) -> int | list[Any]:
    line = unit[0]
    if len(unit) == 1 and (line.is_code or (line.body == f"- {line.parts[0]}" and markdown.is_plain(line.body))):
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
class Document:
    """A parsed page; ``language`` is a tag of BCP 47, none where the page does not say in which language it is."""

    title: str
    sections: tuple[Section, ...]
    language: str | None = None


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
        self._path.append((level, words))
        self._anchor = anchor or self._anchor

    def prose(self, text: str) -> None:
        """Add a paragraph unless it is blank."""
        if text.strip():
            self.block(prose(text))

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
    """Return a page's title: the one it states, else its first heading, else ``fallback``."""
    return stated or next((section.headings[0] for section in sections if section.headings), fallback)


def language_tag(stated: str | None) -> str | None:
    """Return the language that a page says it is in, or None when that is no tag of a language."""
    tag = (stated or "").strip().replace("_", "-")
    return tag if len(tag) <= LANGUAGE_TAG_LENGTH and LANGUAGE_TAG.fullmatch(tag) else None
