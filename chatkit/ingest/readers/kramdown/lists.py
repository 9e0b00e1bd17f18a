"""Lists as kramdown nests them: a line that follows on an item's text belongs to the item, however it is indented."""

import re
from dataclasses import dataclass

MARKER = re.compile(r"([*+-]|\d+\.)([ \t]+)(?=\S)|([*+-]|\d+\.)[ \t]*\Z")
FENCE = re.compile(r"(`{3,}|~{3,})[^`]*\Z")
BARE_FENCE = re.compile(r"`{3,}|~{3,}")
# What ends an item's text even without a blank line.
ENDS_TEXT = re.compile(r"\{:|</?[A-Za-z!]|\^\Z")
TAB = 4
# More than this behind a marker is indented code.
MAX_SPACES = 4


@dataclass(frozen=True)
class _Item:
    is_numbered: bool
    # The column at which its text begins.
    column: int


def with_indented_items(text: str) -> str:
    """Return a page whose lines are indented as CommonMark wants them for the lists that kramdown sees."""
    if not re.search(r"^[ \t]*(?:[*+-]|\d+\.)[ \t]", text, re.M):
        return text
    lines, items = list[str](), list[_Item]()
    after_blank, fence, shift = False, "", 0
    given = text.split("\n")
    last_fences = {line.strip()[0]: number for number, line in enumerate(given) if BARE_FENCE.fullmatch(line.strip())}
    for number, line in enumerate(given):
        words = line.lstrip(" \t")
        if not words:
            lines.append(line)
            after_blank = True
            continue
        indent = _width(line[: len(line) - len(words)])
        if fence:
            lines.append(" " * shift + line if shift else line)
            if words.startswith(fence) and not words.strip(fence[0] + " \t"):
                fence, shift = "", 0
            after_blank = False
            continue
        marker = MARKER.match(words) if items or indent < TAB else None
        wanted = _place(items, marker, indent, after_blank, words)
        shift = max(0, wanted - indent)
        lines.append(" " * shift + line if shift else line)
        if marker is not None:
            spaces = _width(marker[2] or " ")
            column = wanted + len(marker[1] or marker[3]) + (spaces if spaces <= MAX_SPACES else 1)
            items.append(_Item((marker[1] or marker[3])[-1] == ".", column))
            words = words[marker.end() :]
        if (opening := FENCE.match(words)) and last_fences.get(words[0], 0) > number:
            fence = opening[1]
        else:
            shift = 0
        after_blank = False
    return "\n".join(lines)


def _place(items: list[_Item], marker: re.Match[str] | None, indent: int, after_blank: bool, words: str) -> int:
    """Return the column at which a line stands, and leave of the items those that hold it."""
    for level, item in enumerate(items):
        if indent >= item.column:
            continue
        is_sibling = marker is not None and item.is_numbered == ((marker[1] or marker[3])[-1] == ".")
        if is_sibling or after_blank or ENDS_TEXT.match(words):
            del items[level:]
            break
        indent = item.column
    return indent


def _width(space: str) -> int:
    return len(space.expandtabs(TAB))
