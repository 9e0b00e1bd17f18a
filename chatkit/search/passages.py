"""Passages as they are found and cited, with the structure that their page's reader found.

A passage holds blocks, a block units, a unit lines. They are stored beside the passage's body, as what is known of
its parts (stand-off annotation), so that a question finds Markdown escaped, sentences cut and code told from words.
What is compared with questions, the stems, is computed when it is first asked for, and at most once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from chatkit.text.analysis import stems
from chatkit.text.language import Language
from chatkit.text.languages.registry import ENGLISH, language_of
from chatkit.text.markdown import escape_paragraph, fence, plain_text

HEADING_SEPARATOR = " > "


class BlockKind(StrEnum):
    """What a block is; the items of ``LIST`` are independent of each other, those of ``STEPS`` are numbered."""

    PROSE = "prose"
    LIST = "list"
    STEPS = "steps"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True)
class Unit:
    """What a block says at once: a sentence, an item, a row, a line of code.

    ``markdown`` shows it: its words are escaped, its code is marked, its links lead to pages of its site. ``lines``
    holds what its page shows of it, line by line, a line of a table as its cells; nothing that is blank. A sentence
    keeps the space that follows it, so that a paragraph is its sentences joined. ``language`` is the one that its
    words are analysed in.
    """

    markdown: str
    lines: tuple[tuple[str, ...], ...]
    language: Language = ENGLISH

    @cached_property
    def text(self) -> str:
        """Its words as its page shows them, in one line: no marks, and no addresses."""
        return " ".join(" ".join(text for line in self.lines for text in line).split())

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return stems(self.text, self.language)


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, a table with its ``head``, or code in a ``language``."""

    kind: BlockKind
    units: tuple[Unit, ...]
    head: Unit | None = None
    language: str = ""

    @property
    def markdown(self) -> str:
        """The block as Markdown that shows it."""
        lines = [unit.markdown for unit in (self.head, *self.units) if unit is not None]
        if self.kind is BlockKind.CODE:
            opening, closing = fence(lines, self.language)
            lines = [opening, *lines, closing]
        return ("" if self.kind is BlockKind.PROSE else "\n").join(lines)

    @property
    def texts(self) -> tuple[str, ...]:
        """What the page shows of it: a whole paragraph, or each line and cell."""
        units = [self.head, *self.units] if self.head is not None else self.units
        texts = [text for unit in units for line in unit.lines for text in line]
        return ("".join(texts),) if self.kind is BlockKind.PROSE else tuple(texts)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words, of its head's and of its language's name."""
        head = self.head.stems if self.head is not None else frozenset[str]()
        return stems(self.language) | head.union(*(unit.stems for unit in self.units))


@dataclass(frozen=True)
class Passage:
    """A passage that matched, with its link; ``rank`` is BM25 of it and some of its page's, higher is better.

    ``heading`` is the path "Page > Section", ``body`` what the index and a model read, ``blocks`` its structure.
    ``site`` is that of its page, ``version`` its version, if it has one, ``language`` its tag of BCP 47, if known.
    ``meaning`` is how well it answers by its meaning, 0 to 1, and ``unit_scores`` how well each unit of each block
    does; both are None where meaning is not compared.
    """

    stable_id: str
    heading: str
    body: str
    url: str
    rank: float
    blocks: tuple[Block, ...] = ()
    language: str | None = None
    meaning: float | None = None
    unit_scores: tuple[tuple[float, ...], ...] | None = None
    site: str = ""
    version: str | None = None

    @cached_property
    def section(self) -> str:
        """The last of its headings."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2]

    @cached_property
    def heading_stems(self) -> frozenset[str]:
        """The stems of all its headings."""
        return stems(self.heading, self.analyzed_as)

    @cached_property
    def section_stems(self) -> frozenset[str]:
        """The stems of the last of its headings."""
        return stems(self.section, self.analyzed_as)

    @cached_property
    def analyzed_as(self) -> Language:
        """The language that its words are analysed in."""
        return language_of(self.language, self.body)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its headings and of everything below them."""
        return self.heading_stems.union(*(block.stems for block in self.blocks))

    @cached_property
    def contexts(self) -> tuple[tuple[frozenset[str], ...], ...]:
        """The stems of what each unit of each block is read with.

        They are its headings, and of a list, a table or code its head and the sentence above, which may announce it.
        """
        found, sentence = [], frozenset[str]()
        for block in self.blocks:
            above = self.heading_stems | block.head.stems if block.head else self.heading_stems
            if block.kind is BlockKind.PROSE:
                found.append((above,) * len(block.units))
                sentence = block.units[-1].stems
            else:
                found.append((above | sentence,) * len(block.units))
                sentence = frozenset()
        return tuple(found)

    def facts(self, among: frozenset[str]) -> Iterator[frozenset[str]]:
        """Yield those of the stems ``among`` that stand in each unit with what it is read with."""
        for block, contexts in zip(self.blocks, self.contexts, strict=True):
            for unit, context in zip(block.units, contexts, strict=True):
                yield (among & context) | (among & unit.stems)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What its page shows of it: each paragraph, line and cell."""
        return texts_of(self.blocks)


def by_section(passages: Iterable[Passage]) -> list[list[Passage]]:
    """Return passages by the section they stand in, in the order of the first of each."""
    sections = dict[str, list[Passage]]()
    for passage in passages:
        sections.setdefault(passage.url, []).append(passage)
    return list(sections.values())


def join_passages(passages: Sequence[Passage]) -> Passage:
    """Return passages of one section as one passage, by the id and the rank of the first."""
    body = "\n\n".join(passage.body for passage in passages)
    blocks = tuple(block for passage in passages for block in passage.blocks)
    scores = [passage.unit_scores for passage in passages]
    joined = None if None in scores else tuple(block for units in scores for block in units or ())
    return replace(passages[0], body=body, blocks=blocks, unit_scores=joined)


def texts_of(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return what a page shows of blocks: each paragraph, line and cell."""
    return tuple(text for block in blocks for text in block.texts)


def store_unit(unit: Unit, kind: BlockKind, source: str) -> int | list[Any]:
    """Return a unit as it is stored beside its passage's body, of which ``source`` is its part.

    It is the length of the source when all else follows from that, and else a list of the length, the Markdown
    and, unless they follow from the source, the lines; one that holds nothing stands for none.
    """
    if unit.lines == _implied_lines(source, kind):
        return len(source) if unit.markdown == source else [len(source), unit.markdown]
    lines = [line[0] if len(line) == 1 else list(line) for line in unit.lines]
    return [len(source), unit.markdown, *(lines or [[]])]


def read_blocks(stored: Sequence[Mapping[str, Any]], body: str, language: Language = ENGLISH) -> tuple[Block, ...]:
    """Return the blocks of a passage as they were stored beside its body; ``language`` is that of its words.

    A block has a ``kind``, ``units`` as ``store_unit`` returns them, whether there is one a ``head`` and a
    ``language``, and ``at``, where in the body its head or first unit begins. Between units is a line break,
    between sentences nothing. A passage from before blocks were stored is one paragraph.
    """
    if not stored:
        return (Block(BlockKind.PROSE, (Unit(escape_paragraph(body), ((_unread_text(body),),), language),)),)
    blocks = []
    for block in stored:
        kind = BlockKind(block["kind"])
        units = [
            Unit(source if isinstance(unit, int) else unit[1], _lines(unit, source, kind), language)
            for unit, source in _stored_units(block, body)
        ]
        head = units.pop(0) if "head" in block else None
        blocks.append(Block(kind, tuple(units), head, block.get("language", "")))
    return tuple(blocks)


def read_texts(stored: Sequence[Mapping[str, Any]], body: str) -> tuple[str, ...]:
    """Return what a page shows of a passage, as ``texts_of`` its blocks, from what was stored beside its body."""
    if not stored:
        return (_unread_text(body),)
    found: list[str] = []
    for block in stored:
        kind = BlockKind(block["kind"])
        lines = (line for unit, source in _stored_units(block, body) for line in _lines(unit, source, kind))
        texts = [text for line in lines for text in line]
        found += ["".join(texts)] if kind is BlockKind.PROSE else texts
    return tuple(found)


def unit_spans(stored: Sequence[Mapping[str, Any]], body: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return where in the body each unit of each block begins and ends, in the order of ``read_blocks``."""
    if not stored:
        return (((0, len(body)),),)
    return tuple(_unit_spans(block) for block in stored)


def _unit_spans(block: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    position, joint, spans = block["at"], int(block["kind"] != BlockKind.PROSE), []
    for unit in [block["head"], *block["units"]] if "head" in block else block["units"]:
        end = position + (unit if isinstance(unit, int) else unit[0])
        spans.append((position, end))
        position = end + joint
    return tuple(spans[1:] if "head" in block and len(spans) > 1 else spans)


def _unread_text(body: str) -> str:
    return " ".join(plain_text(body).split())


def _stored_units(block: Mapping[str, Any], body: str) -> Iterator[tuple[int | list[Any], str]]:
    """Yield the head and the units of a block as they are stored, each with its part of the body."""
    position, joint = block["at"], int(block["kind"] != BlockKind.PROSE)
    for unit in [block["head"], *block["units"]] if "head" in block else block["units"]:
        length = unit if isinstance(unit, int) else unit[0]
        yield unit, body[position : position + length]
        position += length + joint


def _lines(unit: int | list[Any], source: str, kind: BlockKind) -> tuple[tuple[str, ...], ...]:
    if isinstance(unit, int) or len(unit) == 2:
        return _implied_lines(source, kind)
    return tuple((line,) if isinstance(line, str) else tuple(line) for line in unit[2:] if line)


def _implied_lines(source: str, kind: BlockKind) -> tuple[tuple[str, ...], ...]:
    """Return what a page mostly shows of a part of a body: it without the marks of code, items and cells."""
    if kind is BlockKind.CODE:
        words = " ".join(source.split())
        return ((words,),) if words else ()
    source = source.replace("`", "")
    if kind is BlockKind.PROSE:
        return ((source,),)
    lines = source.split("\n")
    if kind is BlockKind.TABLE:
        return tuple(tuple(line[2:-2].split(" | ")) for line in lines)
    mark = "- " if kind is BlockKind.LIST else f"{lines[0].partition('. ')[0]}. "
    return tuple((line.strip().removeprefix(mark),) for line in lines)
