"""Quotes: what of a passage can be quoted, and the link that opens it in the page, highlighted.

The link ends in a text fragment, `#anchor:~:text=…`, as https://wicg.github.io/scroll-to-text-fragment/
describes it: a browser finds the first stretch of the page that reads like it. So a fragment is given
only when the quote stands in the passage, and when it is the first that a browser would find.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote as percent_encode

from chatkit.ingest.chunking import is_structure

# What is longer is named by its beginning and its end. Counted as encoded, where letters of other
# scripts take nine characters.
EXACT_LENGTH = 300
EDGE_WORDS = 6
CONTEXT_WORDS = 4
# Fewer announce nothing: "Example:" stands above many blocks of code.
FEW_WORDS = 3
FENCE = re.compile(r"\s*(`{3,})")
CODE = re.compile(r"(?<!`)(`+)(?!`)( ?)(.+?)\2(?<!`)\1(?!`)")
RULE = re.compile(r"^\s*\|[\s|:-]+\|\s*$")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class _Fragment:
    start: str
    end: str = ""
    prefix: str = ""

    def encoded(self) -> str:
        parts = [f"{_encode(self.prefix)}-"] if self.prefix else []
        parts.append(_encode(self.start))
        parts += [_encode(self.end)] if self.end else []
        return ",".join(parts)


def quotable(sentence: str, coverage_of: Callable[[str], float]) -> str:
    """Return the words of a sentence; of a list, a table or code hardly announced, those of the line that fits best."""
    if not is_structure(sentence):
        announced, _, structure = sentence.partition("\n\n")
        if not structure or len(announced.split()) >= FEW_WORDS:
            return " ".join(" ".join(rendered(announced)).split())
        sentence = structure
    if FENCE.match(sentence):
        return max(rendered(sentence), key=coverage_of, default="")
    return max((" ".join(rendered(line)) for line in sentence.split("\n")), key=coverage_of)


@lru_cache(maxsize=5_000)
def rendered(body: str) -> tuple[str, ...]:
    """Return what a page shows of Markdown, as indexing keeps it: each block, item, cell and line of code."""
    shown, marks = list[str](), ""
    for line in body.split("\n"):
        fence = FENCE.match(line)
        if marks:
            closed = fence is not None and line.strip() == marks
            shown += [] if closed else [line]
            marks = "" if closed else marks
        elif fence:
            marks = fence[1]
        elif line.lstrip().startswith("|"):
            if not RULE.match(line):
                shown += [_prose(cell.replace("\\|", "|")) for cell in CELL.split(line.strip().strip("|"))]
        else:
            shown.append(_prose(ITEM.sub("", line)))
    return tuple(folded for text in shown if (folded := " ".join(text.split())))


def stands(body: str, quote: str) -> bool:
    """Tell whether a quote stands in a passage, word for word as its page shows it."""
    return bool(quote) and _find(" ".join(rendered(body)), " ".join(quote.split()), 0) >= 0


def link(url: str, body: str, quote: str, page: Sequence[str]) -> str:
    """Return ``url`` with a fragment that opens ``quote`` of the passage ``body``, or as it is if that is not sure.

    ``page`` holds the texts of the page in order, ``body`` among them.
    """
    if not stands(body, quote) or body not in page:
        return url
    blocks = [block for text in page for block in rendered(text)]
    before = sum(len(rendered(text)) for text in page[: page.index(body)])
    text, place = "\n".join(blocks), len("\n".join([*blocks[:before], ""]))
    flat = text.replace("\n", " ")
    start = _find(flat, " ".join(quote.split()), place)
    end = start + len(" ".join(quote.split()))
    if start < 0:
        return url
    for fragment in _fragments(text, start, end):
        if _first_match(flat, fragment) == (start, end):
            return f"{url}{'' if '#' in url else '#'}:~:text={fragment.encoded()}"
    return url


def markdown_link(title: str, url: str) -> str:
    """Return a link to a page whose title is text and nothing else, whatever it holds."""
    label = re.sub(r"([\\`*_<>|])", r"\\\1", title.replace("[", "(").replace("]", ")"))
    return f"[{label}]({re.sub(r'[()<> ]', lambda sign: f'%{ord(sign[0]):02X}', url)})"


def _fragments(text: str, start: int, end: int) -> list[_Fragment]:
    """Return the fragments that name a stretch of text, the simplest first; a line of ``text`` is a block."""
    stretch = text[start:end]
    # A browser looks for a prefix within one block: the quote's own, or the one before.
    before = " ".join(text[:start].rstrip().rpartition("\n")[2].split()[-CONTEXT_WORDS:])
    lines = stretch.split("\n")
    if len(lines) == 1 and len(_encode(stretch)) <= EXACT_LENGTH:
        found = [_Fragment(stretch)]
    else:
        first, last = lines[0].split(" ")[:EDGE_WORDS], lines[-1].split(" ")[-EDGE_WORDS:]
        if len(lines) == 1 and len(lines[0].split(" ")) <= 2 * EDGE_WORDS:
            return []
        found = [_Fragment(" ".join(first), " ".join(last))]
    return found + [_Fragment(one.start, one.end, before) for one in found if before]


def _first_match(flat: str, fragment: _Fragment) -> tuple[int, int]:
    """Return the stretch that a browser would find first."""
    at = 0
    if fragment.prefix:
        prefix = _find(flat, f"{fragment.prefix} {fragment.start}", 0)
        if prefix < 0:
            return -1, -1
        at = prefix + len(fragment.prefix) + 1
    start = _find(flat, fragment.start, at)
    end = start + len(fragment.start)
    if fragment.end:
        last = _find(flat, fragment.end, end)
        end = last + len(fragment.end) if last >= 0 else -1
    return start, end


def _find(text: str, words: str, start: int) -> int:
    """Return where words stand whole in a text, whatever their case, or -1."""
    boundary = (r"(?<!\w)" if words[:1].isalnum() else "", r"(?!\w)" if words[-1:].isalnum() else "")
    match = re.compile(re.escape(words).join(boundary), re.I).search(text, start)
    return match.start() if match else -1


def _prose(markdown: str) -> str:
    return CODE.sub(r"\3", markdown)


def _encode(text: str) -> str:
    # A hyphen marks a prefix, so it may not stand as it is.
    return percent_encode(text, safe="").replace("-", "%2D")
