"""Passages: what is searched and cited. Each stands under one heading and holds whole blocks."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from chatkit.ingest.document import Document, Line, LinkedText, MarkdownBlock, body_of, code_line, prose, words
from chatkit.search.passages import HEADING_SEPARATOR, BlockKind
from chatkit.text.markdown import LinkSpan, plain_text
from chatkit.text.sentences import split_sentences

# Measured: passages of 1,000 to 1,500 characters are found best.
PASSAGE_CHARACTERS = 1_500
# A list, a table, code or a sentence longer than that is a passage of its own, up to this.
MOST_CHARACTERS = 4_000
ANCHOR_LENGTH = 200
GAP = "\n\n"
T = TypeVar("T")


@dataclass(frozen=True)
class Chunk:
    """A passage before it is stored. ``heading`` is the path "Page > Section", ``blocks`` are as they are stored."""

    stable_id: str
    anchor: str
    heading: str
    body: str
    blocks: list[dict[str, Any]]


def chunks(page: str, document: Document) -> list[Chunk]:
    """Return the passages of a page, none across a heading.

    A passage has at most 1,500 characters; only a single list, table, code or sentence may have up to
    4,000, and is cut between items, rows, lines or words beyond that. A passage's id depends on its
    page, anchor and text alone, so it survives re-indexing.
    """
    found: list[Chunk] = []
    seen: set[str] = set()
    anchor = ""
    for section in document.sections:
        # An anchor that does not fit leads to the heading before it.
        anchor = section.anchor if len(section.anchor) <= ANCHOR_LENGTH else anchor
        headings = [document.title, *(words for words in section.headings if plain_text(words) != document.title)]
        for blocks in pack(section.blocks):
            body = join(blocks)
            stable_id = hashlib.sha256(f"{page}\n{anchor}\n{body}".encode()).hexdigest()[:16]
            if stable_id not in seen:
                seen.add(stable_id)
                found.append(Chunk(stable_id, anchor, HEADING_SEPARATOR.join(headings), body, _stored(blocks)))
    return found


def join(blocks: Iterable[MarkdownBlock]) -> str:
    """Return blocks as one text, as it is indexed and as a model reads it."""
    return GAP.join(block.body for block in blocks)


def pack(blocks: Sequence[MarkdownBlock]) -> Iterator[list[MarkdownBlock]]:
    """Gather blocks up to the stated size, none of them cut that fits by itself."""
    packed, size = list[MarkdownBlock](), 0
    for group in _groups(blocks):
        length = len(join(group))
        if packed and size + length > PASSAGE_CHARACTERS:
            yield packed
            packed, size = [], 0
        packed += group
        size += length + len(GAP)
    if packed:
        yield packed


def _stored(blocks: Iterable[MarkdownBlock]) -> list[dict[str, Any]]:
    stored, at = list[dict[str, Any]](), 0
    for block in blocks:
        stored.append(block.stored(at))
        at += len(block.body) + len(GAP)
    return stored


def _groups(blocks: Sequence[MarkdownBlock]) -> Iterator[list[MarkdownBlock]]:
    """Yield what must not be cut; a sentence that announces a list, a table or code stays with it."""
    announcing = list[MarkdownBlock]()
    for block in blocks:
        parts = _cut(block)
        announces = block.kind is BlockKind.PROSE and block.body.endswith(":")
        if announcing and block.kind is not BlockKind.PROSE:
            together = [*announcing, parts[0]]
            if len(join(together)) <= PASSAGE_CHARACTERS:
                yield together
                announcing, parts = [], parts[1:]
        if announcing:
            yield announcing
        announcing = [parts.pop()] if announces else []
        yield from ([part] for part in parts)
    if announcing:
        yield announcing


def _cut(block: MarkdownBlock) -> list[MarkdownBlock]:
    """Return a block whole when it may be, else in parts between sentences, items, rows or lines."""
    if block.kind is BlockKind.PROSE:
        body = block.body
        if len(body) <= PASSAGE_CHARACTERS:
            return [block]
        sentences = _sentences(LinkedText(body, block.lines[0].links))
        return [_paragraph(part) for part in _fill(sentences, PASSAGE_CHARACTERS, lambda part: len(part.text), joint=0)]
    if len(block.body) <= MOST_CHARACTERS:
        return [block]
    frame = len(block.body) - sum(_length(unit) + 1 for unit in block.units) + 1
    if MOST_CHARACTERS - frame < PASSAGE_CHARACTERS:
        # A head that is too long to stand above every part is a row like the others.
        head = [block.head[:1]] if block.head else []
        block, frame = replace(block, head=(), units=(*head, *block.units)), 0
    room = MOST_CHARACTERS - frame
    line = code_line if block.kind is BlockKind.CODE else words
    units = [part for unit in block.units for part in _cut_unit(unit, room, line)]
    return [replace(block, units=tuple(part)) for part in _fill(units, room, _length)]


def _sentences(paragraph: LinkedText) -> Iterator[LinkedText]:
    """Yield the sentences of a paragraph; one that is too long for a passage is cut, and loses its links."""
    end = 0
    for sentence in split_sentences(paragraph.text):
        start, end = end, end + len(sentence)
        if len(sentence) <= MOST_CHARACTERS:
            yield paragraph.part(start, end)
        else:
            yield from map(LinkedText, _cut_text(sentence, MOST_CHARACTERS))


def _paragraph(sentences: Iterable[LinkedText]) -> MarkdownBlock:
    text, links = "", list[LinkSpan]()
    for sentence in sentences:
        links += [LinkSpan(len(text) + start, len(text) + end, url) for start, end, url in sentence.links]
        text += sentence.text
    # No sentence begins with a space but a paragraph's first.
    return prose(text.strip(), tuple(links))


def _cut_unit(unit: tuple[Line, ...], room: int, line_of: Callable[[str], Line]) -> list[tuple[Line, ...]]:
    """Return a unit whole when it may be, else in parts between lines; a line that is too long is cut itself."""
    if _length(unit) <= room:
        return [unit]
    lines = [line if text == line.body else line_of(text) for line in unit for text in _cut_text(line.body, room)]
    return [tuple(part) for part in _fill(lines, room, lambda line: len(line.body))]


def _cut_text(text: str, room: int) -> list[str]:
    """Return a text whole when it may be, else in parts between words."""
    if len(text) <= room:
        return [text]
    pieces = [word[at : at + room] for word in text.split(" ") for at in range(0, max(len(word), 1), room)]
    return [" ".join(part) for part in _fill(pieces, room, len)]


def _fill(parts: Iterable[T], room: int, length: Callable[[T], int], joint: int = 1) -> Iterator[list[T]]:
    """Gather parts as long as they fit into ``room``, a joint between them; a single part may be longer."""
    filled, size = list[T](), 0
    for part in parts:
        if filled and size + length(part) > room:
            yield filled
            filled, size = [], 0
        filled.append(part)
        size += length(part) + joint
    if filled:
        yield filled


def _length(unit: tuple[Line, ...]) -> int:
    return len(body_of(unit))
