"""Quotes: the link that opens one in its page, highlighted.

The link ends in a text fragment, `#anchor:~:text=…`, as https://wicg.github.io/scroll-to-text-fragment/
describes it: a browser finds the first stretch of the page that reads like it. So a fragment is given
only when the quote stands in the passage, and when it is the first that a browser would find.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

# What is longer is named by its beginning and its end. Counted as encoded, where letters of other
# scripts take nine characters.
EXACT_LENGTH = 300
EDGE_WORDS = 6
CONTEXT_WORDS = 4


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


def link(url: str, texts: tuple[str, ...], quote: str, page: Sequence[tuple[str, ...]]) -> str:
    """Return ``url`` with a fragment that opens ``quote`` of a passage, or as it is if that is not sure.

    ``texts`` is what the page shows of the passage, ``page`` what it shows of each passage down to this one, in
    order: what stands below is never the first that a browser finds.
    """
    words = " ".join(quote.split())
    if not words or texts not in page:
        return url
    above = "".join(f"{text}\n" for passage in page[: page.index(texts)] for text in passage)
    text = above + "\n".join(texts)
    lowered = _lower(text.replace("\n", " "))
    start = _find(lowered, words, len(above))
    end = start + len(words)
    if start < 0:
        return url
    for fragment in _fragments(text, start, end):
        if _first_match(lowered, fragment) == (start, end):
            return f"{url}{'' if '#' in url else '#'}:~:text={fragment.encoded()}"
    return url


def _fragments(text: str, start: int, end: int) -> list[_Fragment]:
    """Return the fragments that name a stretch of text, the simplest first; a line of ``text`` is a block."""
    stretch = text[start:end]
    # A browser looks for a prefix within one block: the quote's own, or the one before.
    before = " ".join(text[:start].rstrip().rpartition("\n")[2].split()[-CONTEXT_WORDS:])
    lines = stretch.split("\n")
    if len(lines) == 1 and len(stretch) <= EXACT_LENGTH and len(_encode(stretch)) <= EXACT_LENGTH:
        found = [_Fragment(stretch)]
    else:
        first, last = lines[0].split(" ")[:EDGE_WORDS], lines[-1].split(" ")[-EDGE_WORDS:]
        if len(lines) == 1 and len(lines[0].split(" ")) <= 2 * EDGE_WORDS:
            return []
        found = [_Fragment(" ".join(first), " ".join(last))]
    return found + [_Fragment(one.start, one.end, before) for one in found if before]


def _first_match(lowered: str, fragment: _Fragment) -> tuple[int, int]:
    """Return the stretch that a browser would find first."""
    at = 0
    if fragment.prefix:
        prefix = _find(lowered, f"{fragment.prefix} {fragment.start}", 0)
        if prefix < 0:
            return -1, -1
        at = prefix + len(fragment.prefix) + 1
    start = _find(lowered, fragment.start, at)
    end = start + len(fragment.start)
    if fragment.end:
        last = _find(lowered, fragment.end, end)
        end = last + len(fragment.end) if last >= 0 else -1
    return start, end


def _find(lowered: str, words: str, start: int) -> int:
    """Return where words stand whole in a text that is in lower case, or -1.

    Without a regular expression: each quote would need its own, and compiling it takes longer than the search.
    """
    sought = _lower(words)
    while (start := lowered.find(sought, start)) >= 0:
        end = start + len(sought)
        cut_before = words[:1].isalnum() and start > 0 and _in_word(lowered[start - 1])
        cut_behind = words[-1:].isalnum() and end < len(lowered) and _in_word(lowered[end])
        if not cut_before and not cut_behind:
            return start
        start += 1
    return -1


def _lower(text: str) -> str:
    """Return a text in lower case, as long as it is: one letter becomes two otherwise, and one depends on its place."""
    return text.replace("İ", "i").lower().replace("ς", "σ")


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _encode(text: str) -> str:
    # A hyphen marks a prefix, so it may not stand as it is.
    return percent_encode(text, safe="").replace("-", "%2D")
