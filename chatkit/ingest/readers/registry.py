"""Generators: how a folder's pages become addresses and documents, and which of them made a folder's site."""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from chatkit.ingest.document import Document
from chatkit.ingest.readers import docusaurus, front_matter, markdown, mkdocs

NAMES = ("auto", "chatkit", "docusaurus", "mkdocs")
# A configuration stands in the folder, beside it, or above that for one of several versions.
NEAR = 3
Known = type[docusaurus.Docusaurus] | type[mkdocs.MkDocs]
# What only one generator's pages hold: Python-Markdown's boxes, tabs and attributes; a place in a sidebar, its imports.
MARKS: Mapping[Known, re.Pattern[str]] = {
    mkdocs.MkDocs: re.compile(r"^ {0,3}(?:!!!|\?\?\?\+?) \w|^=== [\"!+]|^#{1,6} .*\{: ?[#.]", re.M),
    docusaurus.Docusaurus: re.compile(
        r"\A---\n(?:(?!---).*\n)*?sidebar_\w+:|^import .* from ['\"]@(?:theme|docusaurus)/", re.M
    ),
}
# So many pages tell, and so much of each.
PAGES_READ, CHARACTERS_READ = 500, 20_000


class Generator(Protocol):
    """Knows one generator's conventions; ``folder`` holds the pages."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    @property
    def site_url(self) -> str | None:
        """Return the site's address, where the generator's configuration says it."""

    @property
    def fingerprint(self) -> str:
        """Return what makes an unchanged file another page when it changes."""

    def skips(self, path: PurePosixPath, matter: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""

    def address(self, path: PurePosixPath, matter: Mapping[str, Any]) -> str:
        """Return a page's address below the base URL."""

    def parse(self, text: str, fallback_title: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""


class ChatKit:
    """Plain Markdown: the anchors most generators make, and addresses without an ending."""

    name = "chatkit"
    fingerprint = name
    site_url = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def skips(self, path: PurePosixPath, matter: Mapping[str, Any]) -> str | None:
        """Return None: no page is left out."""
        return None

    def address(self, path: PurePosixPath, matter: Mapping[str, Any]) -> str:
        """Return a page's address."""
        return page_slug(path)

    def parse(self, text: str, fallback_title: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        return front_matter.split(text)[0], markdown.parse(text, fallback_title)


def page_slug(path: PurePosixPath) -> str:
    """Return a file's place in a site of plain Markdown: `a/index.md` is `a`, `a/b.md` is `a/b`."""
    place = str(path.parent if path.stem == "index" else path.with_suffix(""))
    return "" if place == "." else place


def choose(name: str, folder: Path) -> Generator:
    """Return the generator called ``name``.

    `auto` is the one whose configuration is near, else the one whose marks most pages hold, else plain Markdown.
    """
    for place in [folder, *folder.resolve().parents][:NEAR]:
        for made in (docusaurus.Docusaurus, mkdocs.MkDocs):
            for config in (place / file for file in made.configs):
                if name in {"auto", made.name} and config.is_file():
                    return made.configured(config, folder)
    marked = _marked(folder) if name == "auto" else None
    for known in MARKS:
        if known.name == name or known is marked:
            return known(_pages(folder))
    return ChatKit(folder)


def _marked(folder: Path) -> Known | None:
    """Return the generator whose marks most pages hold, if any page does."""
    found = Counter[Known]()
    pages = (file for file in folder.rglob("*.md*") if file.is_file() and "node_modules" not in file.parts)
    for file in islice(pages, PAGES_READ):
        try:
            with file.open(encoding="utf-8", errors="replace") as page:
                text = page.read(CHARACTERS_READ)
        except OSError:
            continue
        found.update(made for made, mark in MARKS.items() if mark.search(text))
    return next((made for made, _ in found.most_common(1)), None)


def _pages(folder: Path) -> Path:
    """Return where both generators keep pages unless told otherwise, when ``folder`` is a whole site's."""
    inside = folder / "docs"
    return inside if inside.is_dir() and not any(folder.glob("*.md*")) else folder
