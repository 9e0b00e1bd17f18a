"""What an answer shows of each of its sources, and whether the words that decide stand in it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import unescape

MARK = re.compile(r"(?<!\\)\[(\d+)\](?!\()")
FENCE = re.compile(r"\s*(`{3,}|~{3,})")
LINK = re.compile(r"!?\[((?:\\.|[^\]\\])*)\]\([^)\s]*\)")
# The sections that come nearest are a numbered list, each with its link and its lines.
ITEM = re.compile(r"^(\d+)\. (?=\[)", re.M)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# Taken from both sides of a comparison, so that it does not matter which of them are marks and which are text.
MARKS = str.maketrans(dict.fromkeys("*_`~#|>", " ") | {"’": "'", "‘": "'", "“": '"', "”": '"'})


def lines_by_source(text: str) -> dict[int, str]:
    """Return what an answer's Markdown shows of each source, by the number of its mark.

    A block belongs to the mark that stands in it, else to the last one above it. What stands before the first mark
    belongs to that one. Of a list of sections each item belongs to its number.
    """
    if listed := ITEM.split(text)[1:]:
        return {int(number): lines for number, lines in zip(listed[::2], listed[1::2], strict=True)}
    shown = defaultdict[int, list[str]](list)
    waiting, number = list[str](), None
    for block in _blocks(text):
        marks = [] if FENCE.match(block) else MARK.findall(block)
        if marks:
            number = int(marks[0])
        if number is None:
            waiting.append(block)
        else:
            shown[number] += [*waiting, block]
            waiting = []
    return {number: "\n\n".join(blocks) for number, blocks in shown.items()}


def holds(text: str, shows: Sequence[Sequence[str]]) -> bool:
    """Tell whether for one of the alternatives all its strings stand in a text."""
    plain = plain_words(text)
    return any(all(plain_words(string) in plain for string in strings) for strings in shows)


def plain_words(text: str) -> str:
    """Return a text as it is compared: lower case, one space between words, no Markdown."""
    text = LINK.sub(r"\1", MARK.sub(" ", text))
    return " ".join(unescape(ESCAPED.sub(r"\1", text)).translate(MARKS).casefold().split())


def _blocks(text: str) -> Iterator[str]:
    """Yield the blocks of a Markdown text that blank lines separate; a fence is one block."""
    block, fence = list[str](), ""
    for line in text.splitlines():
        found = FENCE.match(line)
        if not fence and not line.strip():
            if block:
                yield "\n".join(block)
            block = []
            continue
        block.append(line)
        if found and not fence:
            fence = found[1]
        elif fence and line.strip() == fence:
            fence = ""
    if block:
        yield "\n".join(block)
