"""Markdown as text: what in it is code, and words written so that they mean nothing but themselves."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote

CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
MARKS = re.compile("`+")
# What no text holds: PostgreSQL does not take it.
BLANK = "\0"
# Code from its marks to a line of as many, or to the end of the text.
FENCED_CODE = re.compile(r"^ *(`{3,})[^`\n]*$.*?(?:^ *\1`* *$|\Z)", re.S | re.M)
# What means something in Markdown; an escaped bar in a table's cell is Markdown already.
SYNTAX = re.compile(r"[\[\]*]|(?<![^\W_])_+|_+(?![^\W_])|<(?=[a-z/!?])|\\(?=[^\w\s|])", re.I)
SIGNS = re.compile(r"[`\[\]*_<\\]")
# What makes a heading, an item or a quotation of a paragraph that begins with it.
OPENING = re.compile(r"#{1,6}(?=\s)|[-+>](?=\s)|(?<=\d)[.)](?=\s)")
# Where a link begins and ends in words that are yet to be escaped: surrogates, which no text holds.
LINK_START, LINK_END = "\ud800", "\ud801"
# What would end a link's address early, or mean something in a row of a table.
UNSAFE_IN_ADDRESS = re.compile(r"[()<>\\`|\s]")


class CodeSpan(NamedTuple):
    """Where a code span stands in a text, and where between its marks the code."""

    start: int
    code_start: int
    code_end: int
    end: int


class LinkSpan(NamedTuple):
    """Where in a text the words of a link stand, and where it leads."""

    start: int
    end: int
    url: str


def code_spans(text: str) -> Iterator[CodeSpan]:
    """Yield the code spans of a text: each ends at the next mark of as many backticks; takes linear time."""
    marks = list(MARKS.finditer(text))
    following = dict[int, list[int]]()
    for place in range(len(marks) - 1, -1, -1):
        following.setdefault(len(marks[place][0]), []).append(place)
    place = 0
    while place < len(marks):
        opening = marks[place]
        later = following[len(opening[0])]
        while later and later[-1] <= place:
            later.pop()
        place += 1
        if later:
            closing = marks[later[-1]]
            yield CodeSpan(opening.start(), opening.end(), closing.start(), closing.end())
            place = later[-1] + 1


def escape_markdown(text: str, links: Sequence[LinkSpan] = ()) -> str:
    """Return words as Markdown that shows them: code spans and links stay, and all else says just what it says."""
    if links:
        return _escape_linked(text, links, escape_markdown)
    if is_plain(text):
        return text
    parts, end = list[str](), 0
    for span in code_spans(text):
        # With the mark that follows, before which a backslash would mean something.
        parts += [_escape_words(text[end : span.start] + "`")[:-1], text[span.start : span.end]]
        end = span.end
    return "".join(parts) + _escape_words(text[end:])


def is_plain(text: str) -> bool:
    """Tell whether a text holds no sign that may mean something in the middle of a line."""
    return SIGNS.search(text) is None


def escape_paragraph(text: str, links: Sequence[LinkSpan] = ()) -> str:
    """Return words likewise, when they may stand at the beginning of a paragraph."""
    if links:
        return _escape_linked(text, links, escape_paragraph)
    opening = OPENING.search(text, 0, 12)
    opens = opening is not None and not text[: opening.start()].strip("0123456789")
    escaped = escape_markdown(text)
    return f"{escaped[: opening.start()]}\\{escaped[opening.start() :]}" if opening and opens else escaped


def plain_text(text: str) -> str:
    """Return words without the marks of their code spans."""
    return text if "`" not in text else blank_marks(text).replace(BLANK, "")


def blank_marks(text: str) -> str:
    """Return words with ``BLANK`` for each sign that only marks a code span, the spaces inside its marks included."""
    if "`" not in text:
        return text
    parts, end = list[str](), 0
    for span in code_spans(text):
        start, stop = span.code_start, span.code_end
        if stop - start > 2 and text[start] == text[stop - 1] == " ":
            start, stop = start + 1, stop - 1
        parts += [text[end : span.start], BLANK * (start - span.start), text[start:stop], BLANK * (span.end - stop)]
        end = span.end
    return "".join(parts) + text[end:]


def link(title: str, url: str) -> str:
    """Return a link to a page whose title is text and nothing else, whatever it holds."""
    label = re.sub(r"([\\`*_<>|\[\]])", r"\\\1", title)
    return f"[{label}]({_address(url)})"


def fence(lines: Sequence[str], language: str) -> tuple[str, str]:
    """Return the lines that open and close a block of code, whatever fences the code itself holds."""
    longest = max((len(marks) for line in lines if "```" in line for marks in MARKS.findall(line)), default=0)
    marks = "`" * max(longest + 1, 3)
    return f"{marks}{language}", marks


def row(cells: Sequence[str]) -> str:
    """Return a row of a table, whose cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Return words as they stand in a table's cell."""
    return text.replace("|", "\\|")


def _escape_words(words: str) -> str:
    return SYNTAX.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), words)


def _escape_linked(text: str, links: Sequence[LinkSpan], escape: Callable[[str], str]) -> str:
    """Return words escaped by ``escape``, with their links, but for those that would change what is code."""
    code = [(span.start, span.end) for span in code_spans(text)]
    parts, addresses, end = list[str](), list[str](), 0
    for link in links:
        if _cuts_code(text, code, link):
            continue
        parts += [text[end : link.start], LINK_START, text[link.start : link.end], LINK_END]
        addresses.append(_address(link.url))
        end = link.end
    # An exclamation mark before a link would make a picture of it.
    escaped = escape("".join(parts) + text[end:]).replace(f"!{LINK_START}", f"\\!{LINK_START}")
    remaining = iter(addresses)
    return re.sub(LINK_END, lambda _: f"]({next(remaining)})", escaped.replace(LINK_START, "["))


def _cuts_code(text: str, code: Sequence[tuple[int, int]], link: LinkSpan) -> bool:
    """Tell whether a link begins or ends within a code span or between backticks, or holds a backtick of no code."""
    if any(text[at - 1 : at + 1] == "``" or any(start < at < end for start, end in code) for at in link[:2]):
        return True
    marks = {mark.start() for mark in MARKS.finditer(text, link.start, link.end)}
    return any(not any(start <= mark < end for start, end in code) for mark in marks)


def _address(url: str) -> str:
    return UNSAFE_IN_ADDRESS.sub(lambda sign: quote(sign[0]), url)
