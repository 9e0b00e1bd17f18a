"""Passages: what is searched and cited. Each stands under one heading and holds whole blocks."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatkit.ingest.document import Document
from chatkit.text.sentences import split_sentences

# Measured: passages of 1,000 to 1,500 characters are found best.
PASSAGE_CHARACTERS = 1_500
# A list, a table, code or a sentence longer than that is a passage of its own, up to this.
MOST_CHARACTERS = 4_000
SEPARATOR = " > "
ANCHOR_LENGTH = 200

FENCE = re.compile(r"(`{3,})(.*)\n")
ITEM = re.compile(r"(?:- |\d+\. )")


@dataclass(frozen=True)
class Chunk:
    """A passage before it is stored. ``heading`` is the path "Page > Section"."""

    stable_id: str
    anchor: str
    heading: str
    body: str


def chunks(page: str, document: Document) -> list[Chunk]:
    """Return the passages of a page, none across a heading.

    A passage has at most 1,500 characters; only a single list, table, fence or sentence may have up to
    4,000, and is cut between items, rows, lines or words beyond that. A passage's id depends on its
    page, anchor and text alone, so it survives re-indexing.
    """
    found: list[Chunk] = []
    seen: set[str] = set()
    anchor = ""
    for section in document.sections:
        # An anchor that does not fit leads to the heading before it.
        anchor = section.anchor if len(section.anchor) <= ANCHOR_LENGTH else anchor
        headings = [document.title, *(words for words in section.headings if words != document.title)]
        for body in pack(section.blocks):
            stable_id = hashlib.sha256(f"{page}\n{anchor}\n{body}".encode()).hexdigest()[:16]
            if stable_id not in seen:
                seen.add(stable_id)
                found.append(Chunk(stable_id, anchor, SEPARATOR.join(headings), body))
    return found


def pack(blocks: Sequence[str]) -> Iterator[str]:
    """Join blocks up to the stated size, none of them cut that fits by itself."""
    packed, size = list[str](), 0
    for unit in _units(blocks):
        if packed and size + len(unit) > PASSAGE_CHARACTERS:
            yield "\n\n".join(packed)
            packed, size = [], 0
        packed.append(unit)
        size += len(unit) + 2
    if packed:
        yield "\n\n".join(packed)


def _units(blocks: Sequence[str]) -> Iterator[str]:
    """Yield what must not be cut; a sentence that announces a list, a table or code stays with it."""
    announcing: list[str] = []
    for block in blocks:
        parts = _cut(block)
        if announcing and is_structure(block) and len(announcing[0]) + 2 + len(parts[0]) <= PASSAGE_CHARACTERS:
            parts[0] = f"{announcing.pop()}\n\n{parts[0]}"
        yield from announcing
        announcing = [parts.pop()] if block.endswith(":") and not is_structure(block) else []
        yield from parts
    yield from announcing


def is_structure(block: str) -> bool:
    """Tell whether a block is a list, a table or code."""
    return block.startswith(("```", "|")) or ITEM.match(block) is not None


def items(block: str) -> list[str]:
    """Return a list's top-level items."""
    items: list[str] = []
    for line in block.split("\n"):
        if items and not ITEM.match(line):
            items[-1] += f"\n{line}"
        else:
            items.append(line)
    return items


def _cut(block: str) -> list[str]:
    """Return a block whole when it may be, else in parts between sentences, items, rows or lines."""
    most = MOST_CHARACTERS if is_structure(block) else PASSAGE_CHARACTERS
    if len(block) <= most:
        return [block]
    if fenced := FENCE.match(block):
        marks = fenced.group(1)
        code = block[fenced.end() : -len(marks) - 1].split("\n")
        opening = fenced.group(0)[:200].rstrip("\n") + "\n"
        room = most - len(opening) - len(marks) - 1
        return [f"{opening}{part}\n{marks}" for part in _fill(_short(code, room), room, "\n")]
    if block.startswith("|"):
        head, rule, *rows = block.split("\n")
        room = most - len(head) - len(rule) - 2
        if room < PASSAGE_CHARACTERS:
            return list(_fill(_short([head, *rows], most), most, "\n"))
        return [f"{head}\n{rule}\n{part}" for part in _fill(_short(rows, room), room, "\n")]
    if ITEM.match(block):
        return list(_fill(_short(items(block), most), most, "\n"))
    parts = _short(split_sentences(block), MOST_CHARACTERS)
    return [part.strip() for part in _fill(parts, PASSAGE_CHARACTERS, "")]


def _fill(parts: Sequence[str], room: int, joint: str) -> Iterator[str]:
    """Join parts as long as they fit into ``room``; a single part may be longer."""
    filled, size = list[str](), 0
    for part in parts:
        if filled and size + len(part) > room:
            yield joint.join(filled)
            filled, size = [], 0
        filled.append(part)
        size += len(part) + len(joint)
    if filled:
        yield joint.join(filled)


def _short(parts: Sequence[str], room: int) -> list[str]:
    """Return parts of which none is longer than ``room``: such a one is cut between lines, then words."""
    short: list[str] = []
    for part in parts:
        if len(part) <= room:
            short.append(part)
        elif "\n" in part:
            short += _fill(_short(part.split("\n"), room), room, "\n")
        else:
            words = [word[at : at + room] for word in part.split(" ") for at in range(0, max(len(word), 1), room)]
            short += _fill(words, room, " ")
    return short
