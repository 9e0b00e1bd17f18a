"""A passage's sentences; a list, a table or code belongs to the sentence that announces it."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from chatkit.ingest import chunking
from chatkit.ingest.chunking import is_structure
from chatkit.text.markdown import FENCED_CODE
from chatkit.text.sentences import split_sentences

CONTINUES = re.compile(r"\|\s*\|")


@lru_cache(maxsize=2_000)
def sentences(body: str) -> tuple[str, ...]:
    """Return a passage's sentences, in order."""
    return tuple(_sentences(body))


def rows(sentence: str) -> tuple[str, ...]:
    """Return each row of a table and each item of a list with what stands above it: it says one thing.

    Another sentence is returned as it is, and so are numbered steps, which say one thing together.
    """
    above, below = cut(sentence)
    return tuple(f"{above}{row}" for row in below) or (sentence,)


def cut(sentence: str) -> tuple[str, list[str]]:
    """Return what stands above the rows of a sentence's table or the items of its list, and these; none elsewhere."""
    announced, gap, structure = ("", "", sentence) if is_structure(sentence) else sentence.partition("\n\n")
    if structure.startswith("|"):
        head, rule, *below = (*structure.split("\n"), "")
        return f"{announced}{gap}{head}\n{rule}\n", list(_whole(row for row in below if row))
    return f"{announced}{gap}", chunking.items(structure) if structure.startswith("- ") else []


def _whole(rows: Iterable[str]) -> Iterator[str]:
    """Yield rows, those that leave their first cell to the row above together with it."""
    whole = ""
    for row in rows:
        if whole and not CONTINUES.match(row):
            yield whole
            whole = row
        else:
            whole += f"\n{row}" if whole else row
    if whole:
        yield whole


def _sentences(body: str) -> Iterator[str]:
    blocks = _split_outside_fences(body)
    index = 0
    while index < len(blocks):
        block = blocks[index]
        if is_structure(block):
            yield block
            index += 1
            continue
        parts = [part.strip() for part in split_sentences(block.replace("\n", " "))]
        following = blocks[index + 1] if index + 1 < len(blocks) else ""
        if parts[-1].endswith(":") and is_structure(following):
            parts[-1] += "\n\n" + following
            index += 1
        yield from parts
        index += 1


def _split_outside_fences(body: str) -> list[str]:
    code = [fence.span() for fence in FENCED_CODE.finditer(body)]
    blocks, start = list[str](), 0
    for gap in re.finditer("\n\n", body):
        if not any(begin < gap.start() < end for begin, end in code):
            blocks.append(body[start : gap.start()])
            start = gap.end()
    return [*blocks, body[start:]]
