"""Quotes, dashes and dots as goldmark's typographer sets them, and so as the pages of Hugo show them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from markdown_it.token import Token

DASHES = re.compile(r"-{2,3}|\.{3}")
SIGN = re.compile(r"-{2,3}|\.{3}|<<|>>|['\"]")
# What is set for each, by what stands in the source, or by what the signs of quotes are unless the site has others.
SIGNS = {"--": "–", "---": "—", "...": "…", "<<": "«", ">>": "»", "‘": "‘", "’": "’", "“": "“", "”": "”"}
OPENING, CLOSING = {"'": "‘", '"': "“"}, {"'": "’", '"': "”"}
# What a site's configuration calls them.
NAMES = {
    "endash": "--", "emdash": "---", "ellipsis": "...", "leftanglequote": "<<", "rightanglequote": ">>",
    "leftsinglequote": "‘", "rightsinglequote": "’", "leftdoublequote": "“", "rightdoublequote": "”",
}  # fmt: skip
DECADE = re.compile(r"'\d\ds(?!\w)")
# Behind an apostrophe that a letter need not precede: 'twas, 'em, and the ends of I'm, you'd, we've.
SHORTENED, ENDINGS = "tenl", re.compile(r"'(?:[smtd]|ve|ll|re)(?!\w)")


def replace(children: Sequence[Token], signs: Mapping[str, str]) -> None:
    """Set the signs in the text of one paragraph or heading; one whose sign is empty stays as it is."""
    # How many quotes of each kind are open.
    opened = {"'": 0, '"': 0}
    before = "\n"
    for at, token in enumerate(children):
        if token.type == "text":
            after = _mark(children[at + 1]) if at + 1 < len(children) else ""
            source = token.content
            if SIGN.search(source):
                token.content = _set(before, source, after, opened, signs)
            before = source[-1:] or before
        else:
            before = _mark(token)


def _mark(token: Token) -> str:
    """Return a character for what stands in the source where a token that is no text is."""
    return "\n" if token.type in {"softbreak", "hardbreak"} else "*"


def _set(before: str, source: str, after: str, opened: dict[str, int], signs: Mapping[str, str]) -> str:
    def one(found: re.Match[str]) -> str:
        sign = found[0]
        if sign not in opened:
            return signs[sign] or sign
        place = found.start()
        quote = _quote(sign, source[place - 1] if place else before, source[place : place + 6] + after, opened)
        return signs.get(quote, quote) or sign

    return SIGN.sub(one, source)


def _quote(sign: str, before: str, line: str, opened: dict[str, int]) -> str:
    """Return a quote as it is set; ``line`` begins with it."""
    after = line[1:2] or " "
    opens = not after.isspace() and (not _is_sign(after) or before.isspace() or _is_sign(before))
    closes = not before.isspace() and (not _is_sign(before) or after.isspace() or _is_sign(after))
    if sign == "'":
        is_apostrophe = (
            (opens and not closes and DECADE.match(line))
            or ((before.isspace() or _is_sign(before)) and after in SHORTENED)
            or (before.isalnum() and after.isalpha())
            or (opens and not closes and ENDINGS.match(line))
            or (not (opens and not closes) and len(line) > 2 and not after.isdigit())
        )
        if is_apostrophe and (opens or closes):
            return CLOSING[sign]
    if opens and not closes:
        opened[sign] += 1
        return OPENING[sign]
    if closes and opened[sign] and (not opens or _is_sign(after)):
        opened[sign] -= 1
        return CLOSING[sign]
    return sign


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
