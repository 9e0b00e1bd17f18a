"""SUMMARY.md: the table of contents that mdBook and GitBook are told which pages there are, in which order."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def chapters(text: str) -> dict[PurePosixPath, str]:
    """Return the path of each page below SUMMARY.md's folder with its title, in order; the first of several counts."""
    found = dict[PurePosixPath, str]()
    heading = False
    for token in _parser().parse(text):
        heading = token.type == "heading_open" or (heading and token.type != "heading_close")
        if token.type != "inline" or heading:
            continue
        for href, title in _links(token.children or []):
            try:
                parts = urlsplit(href)
            except ValueError:
                continue
            path = normpath(unquote(parts.path)) if parts.path and not (parts.scheme or parts.netloc) else ""
            if path and not path.startswith(("../", "/")):
                found.setdefault(PurePosixPath(path), title)
    return found


def _links(inline: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield the address and the words of each link."""
    href, words = "", list[str]()
    for token in inline:
        if token.type == "link_open":
            href, words = str(token.attrGet("href") or ""), []
        elif token.type == "link_close":
            yield href, " ".join("".join(words).split())
        elif token.type in {"text", "code_inline", "text_special"}:
            words.append(token.content)
        elif token.type == "softbreak":
            words.append(" ")
