"""Markdown as text: what in it is code, and words written so that they mean nothing but themselves."""

import re

CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
# Code from its marks to a line of as many, or to the end of the text.
FENCED_CODE = re.compile(r"^ *(`{3,})[^`\n]*$.*?(?:^ *\1`* *$|\Z)", re.S | re.M)
# What means something in Markdown; an escaped bar in a table's cell is Markdown already.
SYNTAX = re.compile(r"[\[\]*]|(?<![^\W_])_+|_+(?![^\W_])|<(?=[a-z/!?])|\\(?=[^\w\s|])", re.I)
# What makes a heading, an item or a quotation of a paragraph that begins with it.
OPENING = re.compile(r"#{1,6}(?=\s)|[-+>](?=\s)|(?<=\d)[.)](?=\s)")


def escape_markdown(block: str) -> str:
    """Return a block as Markdown that shows it: code stays code, and all else says just what it says."""
    parts, end = list[str](), 0
    for fence in FENCED_CODE.finditer(block):
        parts += [_escape_line(block[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join(parts) + _escape_line(block[end:])


def escape_paragraph(sentence: str) -> str:
    """Return a sentence likewise, when it may stand at the beginning of a paragraph."""
    opening = OPENING.search(sentence, 0, 12)
    starts = opening is not None and not sentence[: opening.start()].strip("0123456789")
    shown = _escape_line(sentence)
    return f"{shown[: opening.start()]}\\{shown[opening.start() :]}" if opening and starts else shown


def _escape_line(text: str) -> str:
    parts, end = list[str](), 0
    for span in CODE_SPAN.finditer(text):
        parts += [_escape_words(text[end : span.start()]), span[0]]
        end = span.end()
    return "".join(parts) + _escape_words(text[end:])


def _escape_words(words: str) -> str:
    return SYNTAX.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), words)
