"""A site as its generator built it: nothing but HTML, at the addresses that its folders give it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from chatkit.ingest.document import Document
from chatkit.ingest.readers.generator import MARKDOWN_SUFFIXES, Generator
from chatkit.ingest.readers.html.cost import TooComplexError, is_bounded

HOME = "index.html"
DOCUMENT = re.compile(r"\ufeff?\s*+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype html|html)\b", re.I | re.S)
# As much of the first page is read to find its canonical address.
HEAD_CHARACTERS = 100_000


class BuiltHtml(Generator):
    """A folder of HTML that needs no generator any more."""

    name = "html"
    suffixes: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def is_built(cls, folder: Path) -> bool:
        """Tell whether a folder is a built site: its first page is a whole document, and no page is Markdown.

        Folders that begin with an underscore are looked past; Sphinx keeps its sources in one.
        """
        if not DOCUMENT.match(_head(folder / HOME)):
            return False
        for _, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(("_", ".")) and name != "node_modules"]
            if any(name.lower().endswith(MARKDOWN_SUFFIXES) for name in names):
                return False
        return True

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the reader of a folder of HTML, whose first page may say where it is published."""
        made = cls(folder)
        # The rest of a page may take long to parse, which its head does not.
        head = _head(folder / HOME).partition("<body")[0]
        link = LexborHTMLParser(head).css_first('link[rel="canonical"]') if _is_bounded(head) else None
        canonical = link.attributes.get("href") if link is not None else None
        if canonical and urlsplit(canonical).scheme in {"http", "https"}:
            made.site_url = canonical.removesuffix(HOME)
        return made

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address, which is its path."""
        return str(path)

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Refuse: no file is a source here."""
        raise ValueError("it is no HTML")


def _is_bounded(head: str) -> bool:
    try:
        return is_bounded(head)
    except TooComplexError:
        return False


def _head(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as page:
            return page.read(HEAD_CHARACTERS)
    except OSError:
        return ""
