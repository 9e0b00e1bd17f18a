"""Typographic punctuation, as generators set it in place of what is typed."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

TYPED = re.compile(r"-{2,}|\.{3}|[\"']")
QUOTATION_MARK = re.compile("[\"']")
QUOTES = {'"': "“”", "'": "‘’"}
# Behind these, or at the start, a quotation mark opens.
OPENS_QUOTE = re.compile(r"[\s(\[{<\-–—/“‘]\Z")


def set_punctuation(inline: Sequence[Token], only_quotes: bool = False, escaped: bool = False) -> None:
    """Set quotation marks, and dashes and ellipses, in a run of text, with ``escaped`` what is escaped; code stays."""
    typed = QUOTATION_MARK if only_quotes else TYPED
    before = ""
    for token in inline:
        if token.type == "text" or (escaped and token.type == "text_special"):
            token.content = _typographic(token.content, before, typed)
        if token.type in {"text", "text_special", "code_inline"}:
            before = token.content[-1:] or before
        elif token.type in {"softbreak", "hardbreak"}:
            before = " "


def _typographic(text: str, before: str, typed: re.Pattern[str]) -> str:
    def replacement(found: re.Match[str]) -> str:
        if found[0] in QUOTES:
            left = text[found.start() - 1] if found.start() else before
            return QUOTES[found[0]][0 if not left or OPENS_QUOTE.match(left) else 1]
        return "…" if found[0] == "..." else _dashes(len(found[0]))

    return typed.sub(replacement, text)


def _dashes(count: int) -> str:
    if count % 3 == 0:
        return "—" * (count // 3)
    if count % 2 == 0:
        return "–" * (count // 2)
    return "—" * (count // 3 - 1) + "––" if count % 3 == 1 else "—" * (count // 3) + "–"
