"""Docusaurus: pages read as MDX, the anchors of github-slugger, and the addresses Docusaurus gives them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, html
from chatkit.ingest.readers.anchors import github_slugger
from chatkit.ingest.readers.generator import Generator, docs_folder
from chatkit.ingest.readers.markdown import to_html
from chatkit.ingest.readers.mdx import mdx_parser

# `01-intro` and `2. intro` have a number to sort by; `2024-05-01-news` and `7.0-beta` have not.
NUMBERED = re.compile(r"\d+\s*[-_.]+\s*([^-_.\s].*)")
NOT_NUMBERED = re.compile(r"(?:\d{2}|\d{4})[-_.]\d{2}(?:[-_.](?:\d{2}|\d{4}))?.*|\d+[-_.]\d+.*")


class Docusaurus(Generator):
    """One site's Docusaurus, as it reads a folder of docs unless told otherwise."""

    name = "docusaurus"
    config_files = tuple(f"docusaurus.config.{ending}" for ending in ("js", "ts", "mjs", "cjs", "mts", "cts"))
    # A place in a sidebar, or an import of Docusaurus's own.
    signature = re.compile(r"\A---\n(?:(?!---).*\n)*?sidebar_\w+:|^import .* from ['\"]@(?:theme|docusaurus)/", re.M)

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Docusaurus of a configuration file, which is a program and is not read.

        A ``folder`` that holds the configuration stands for its folder of docs.
        """
        return cls(folder / "docs" if folder == config.parent else folder)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Docusaurus of a folder of docs, or of a whole site."""
        return cls(docs_folder(folder))

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if metadata.get("draft") is True:
            return "a draft"
        if metadata.get("unlisted") is True:
            return "unlisted: only who knows its address shall find it"
        if any(part.startswith("_") for part in path.parts):
            return "a part of other pages, by its underscore"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's docs."""
        slug, parts = front_matter.string(metadata, "slug"), path.parts[:-1]
        folder = "/".join(["", *map(unnumbered, parts), ""])
        if slug is None:
            if path.stem.lower() in {"index", "readme", *(part.lower() for part in parts[-1:])}:
                return folder[1:]
            slug = front_matter.string(metadata, "id") or unnumbered(path.stem)
        place = normpath(slug if slug.startswith("/") else folder + slug).lstrip("/")
        return f"{place}/" if slug.endswith("/") and place else place

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name: seen from the page, else from the folder of docs."""
        yield from super().linked_files(page, path)
        yield path.lstrip("/").removeprefix(f"{self.folder.name}/" if path.startswith("/") else "")
        yield path.lstrip("/")

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; its first-level headings have no anchor there."""
        metadata, body = self.split(text)
        sections = html.sections(to_html(mdx_parser(), body, github_slugger(), anchorless=("h1",)))
        return metadata, front_matter.document(metadata, sections, unnumbered(path.stem))


def unnumbered(name: str) -> str:
    """Return a name without the number that sorts it."""
    found = NUMBERED.fullmatch(name)
    return found.group(1) if found and not NOT_NUMBERED.fullmatch(name) else name
