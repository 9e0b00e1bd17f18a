"""Markdown as text: what in it is code, and words written so that they mean nothing but themselves."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

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


class CodeSpan(NamedTuple):
    """Where a code span stands in a text, and where between its marks the code."""

    start: int
    code_start: int
    code_end: int
    end: int


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


def escape_markdown(text: str) -> str:
    """Return words as Markdown that shows them: code spans stay code, and all else says just what it says."""
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


def escape_paragraph(text: str) -> str:
    """Return words likewise, when they may stand at the beginning of a paragraph."""
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
    label = re.sub(r"([\\`*_<>|])", r"\\\1", title.replace("[", "(").replace("]", ")"))
    return f"[{label}]({re.sub(r'[()<> ]', lambda sign: f'%{ord(sign[0]):02X}', url)})"


def fence(lines: Sequence[str], language: str) -> tuple[str, str]:
    """Return the lines that open and close a block of code, whatever fences the code itself holds."""
    marks = "```"
    while any(marks in line for line in lines):
        marks += "`"
    return f"{marks}{language}", marks


def row(cells: Sequence[str]) -> str:
    """Return a row of a table, whose cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Return words as they stand in a table's cell."""
    return text.replace("|", "\\|")


def _escape_words(words: str) -> str:
    return SYNTAX.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), words)
