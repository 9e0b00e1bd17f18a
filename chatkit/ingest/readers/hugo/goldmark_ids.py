"""The ids of headings as Hugo's goldmark makes them, of each type that a site may choose."""

import re
import unicodedata
from collections.abc import Mapping

from markdown_it.token import Token

from chatkit.ingest.readers.hugo import typographer

LETTERS_AND_DIGITS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
# Where the first part of a text ends: at a mark that may stress, or before a sign that is set.
FIRST_PART = re.compile(r"[*_]+|~~|['\"]|-{2,3}|\.{3}")


def heading_slug(words: str, id_type: str) -> str:
    """Return the id that Hugo makes of a heading's words, empty when none of them is kept."""
    if id_type == "blackfriday":
        kept = "".join(char if unicodedata.category(char)[0] in "LN" else " " for char in words)
        return "-".join(kept.split()).lower()
    if id_type == "github-ascii":
        words = "".join(char for char in without_accents(words).strip() if char.isascii())
        return "".join(_kept(char) for char in words)
    return "".join(_kept(char) for char in words.strip())


def _kept(char: str) -> str:
    """Return what an id has for a character."""
    if char in "- ":
        return "-"
    return char.lower()[:1] if char == "_" or unicodedata.category(char) in LETTERS_AND_DIGITS else ""


def without_accents(text: str) -> str:
    """Return a text whose accents are gone."""
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if unicodedata.category(char) != "Mn"))


def plain_text(inline: Token, signs: Mapping[str, str]) -> str:
    """Return the words that Hugo makes ids of: no tags and no addresses, and of each link or stress the first part."""
    parts, depth, has_first = list[str](), 0, False
    for child in inline.children or []:
        depth += child.nesting
        if child.nesting > 0 and depth == 1:
            has_first = False
        elif child.nesting == 0 and not (depth and has_first):
            parts.append(_leaf_text(child, signs, is_first=depth > 0))
            has_first = True
    return "".join(parts)


def _leaf_text(leaf: Token, signs: Mapping[str, str], is_first: bool) -> str:
    if leaf.type in {"softbreak", "hardbreak"}:
        return "\n"
    if leaf.type != "text":
        return leaf.content if leaf.type in {"code_inline", "image"} else ""
    text = leaf.content
    if is_first and (end := FIRST_PART.search(text)):
        text = text[: end.end() if end[0][0] in "*_~" else end.start()]
    return typographer.DASHES.sub(lambda found: signs.get(found[0], "") or found[0], text)
