"""Typographic quotes, dashes and ellipses, as remark-smartypants puts them into the text of a page."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

QUOTE = re.compile("[\"']")
OPENING, CLOSING = {'"': "\u201c", "'": "\u2018"}, {'"': "\u201d", "'": "\u2019"}
DASHES, DOTS = re.compile("(?<!-)--(?!-)"), re.compile(r"\.{3,}")


def use_smartypants(markdown: MarkdownIt) -> MarkdownIt:
    """Have a parser put typographic marks for plain ones."""
    markdown.core.ruler.after("inline", "smartypants", _replace)
    return markdown


def _replace(state: StateCore) -> None:
    for token in state.tokens:
        children = [child for child in token.children or [] if child.type in {"text", "code_inline"}]
        if not children:
            continue
        # A quote is judged by what stands beside it, also beyond the end of bold words or of a link.
        whole = "".join([child.content if child.type == "text" else "A" * len(child.content) for child in children])
        whole, start = QUOTE.sub(_curled, f" {whole} "), 1
        for child in children:
            end = start + len(child.content)
            if child.type == "text":
                child.content = DOTS.sub("\u2026", DASHES.sub("\u2014", whole[start:end]))
            start = end


def _curled(match: re.Match[str]) -> str:
    """Return the typographic quote for one that stands between two characters."""
    text, at, quote = match.string, match.start(), match[0]
    before, after, next_but_one = text[at - 1], text[at + 1], text[at + 2 : at + 3]
    if _is_mark(after):
        opens = after in OPENING and _is_word(next_but_one)
    elif _is_word(before):
        opens = False
    else:
        opens = _is_word(after)
    return (OPENING if opens else CLOSING)[quote]


def _is_word(char: str) -> bool:
    return char.isalnum()


def _is_mark(char: str) -> bool:
    return not char.isalnum() and not char.isspace()
