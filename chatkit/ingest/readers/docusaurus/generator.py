"""Docusaurus: pages read as MDX, the anchors of github-slugger, and the addresses Docusaurus gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from os.path import commonpath
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self

from markdown_it import MarkdownIt

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import github_slugger
from chatkit.ingest.readers.docusaurus.sidebar import Sidebar, is_index, unnumbered
from chatkit.ingest.readers.docusaurus.site import Docs, Site, read_site
from chatkit.ingest.readers.generator import Generator, docs_folder
from chatkit.ingest.readers.github_footnotes import use_github_footnotes
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.markdown import parser, to_html
from chatkit.ingest.readers.mdx import make_parser, render_fence
from chatkit.ingest.readers.mdx_imports import Imports

# What a page begins with that has its title in its text.
FIRST = re.compile(r"<(h[1-6r])\b")
CODE_BLOCK = re.compile(r"[ ]*(?P<fence>`{3,4})[ ]*mdx-code-block[ ]*$")


class Docusaurus(Generator):
    """One site's Docusaurus, all of its docs or one folder of them."""

    name = "docusaurus"
    suffixes = (".md", ".mdx")
    config_files = tuple(f"docusaurus.config.{ending}" for ending in ("js", "ts", "mjs", "cjs", "mts", "cts"))
    # A place in a sidebar, or an import of Docusaurus's own.
    signature = re.compile(r"\A---\n(?:(?!---).*\n)*?sidebar_\w+:|^import .* from ['\"]@(?:theme|docusaurus)/", re.M)

    def __init__(self, folder: Path, site: Site | None = None, docs: Sequence[Docs] = ()) -> None:
        """``docs`` are the folders of docs at or below ``folder``, or else the one that ``folder`` is or lies in."""
        own = docs if docs else (Docs(folder),)
        # What Docusaurus reads of a page is what lies deepest.
        self._docs = sorted(own, key=lambda one: len(one.folder.parts), reverse=True)
        self._found = dict[PurePosixPath, Docs | None]()
        super().__init__(folder, tuple(dict.fromkeys(one.folder for one in own if one.folder.is_dir())) or (folder,))
        self._slash = site.slash if site is not None else None
        self._is_markdown_plain = site is not None and site.is_markdown_plain
        self._root = site.root if site is not None else folder
        self._imports = Imports(self._root, github_slugger, (("@site/", site.folder),) if site is not None else ())
        self._sidebars = {one: Sidebar(self._root, one.original or one.folder, one.sidebar) for one in own}
        if site is not None:
            self.site_url = site.url
            self.fingerprint = f"{self.name}\n{site.texts}"

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Docusaurus of a configuration; ``folder`` holds it, or is a folder of docs, or lies in one.

        One folder of docs is published at its own address, several at their site's.
        """
        site, given = read_site(config), folder.resolve()
        there = [one for one in site.docs if one.folder.is_dir()]
        holding = [one for one in there if given.is_relative_to(one.folder)]
        if holding:
            (*_, one) = sorted(holding, key=lambda one: len(one.folder.parts))
            alone = cls(one.folder, site, (replace(one, prefix="", home=""),))
            alone.roots = (given,)
            alone.site_url = f"{site.url}{one.prefix}" if site.url else None
            return alone
        chosen = [one for one in there if given == site.folder or one.folder.is_relative_to(given)] or there
        return cls(Path(commonpath([one.folder for one in chosen])), site, chosen) if chosen else cls(folder, site)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Docusaurus of a folder of docs, or of a whole site."""
        return cls(docs_folder(folder))

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        docs, place = self._place(path)
        if metadata.get("draft") is True:
            return "a draft"
        if metadata.get("unlisted") is True:
            return "unlisted: only who knows its address shall find it"
        if any(part.startswith("_") for part in place.parts):
            return "a part of other pages, by its underscore"
        if docs.original is not None and not (docs.original / place).is_file():
            return "a translation of a page that there is not"
        translations = (one for one in self._docs if one.original == docs.folder and one.prefix == docs.prefix)
        if docs.original is None and any((one.folder / place).is_file() for one in translations):
            return "another version of it is published in its place"
        return docs.skip_reason

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's, or below that of its docs when only those are read."""
        docs, place = self._place(path)
        slug, folder = front_matter.string(metadata, "slug"), self._folder_of(docs, place, metadata)
        if slug is None:
            slug = "" if is_index(place) else self._identifier(docs, place, metadata)
        found = normpath(slug if slug.startswith("/") else folder + slug).lstrip("/")
        if docs.prefix + found == docs.home:
            return docs.home
        address = f"{docs.prefix}{found}".rstrip("/")
        ends_in_slash = slug.endswith("/") or not slug if self._slash is None else self._slash
        return f"{address}/" if ends_in_slash and address else address

    def version(self, path: PurePosixPath) -> str | None:
        """Return the version that a page belongs to, as `versions.json` calls it."""
        return self._place(path)[0].version

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language that a page is translated to, or that of the site."""
        return self._place(path)[0].language

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what sorts pages as the sidebar does, one version and language after the other."""
        docs, place = self._place(path)
        identifier = (self._folder_of(docs, place, metadata) + self._identifier(docs, place, metadata)).lstrip("/")
        return f"{docs.prefix} {self._sidebars[docs].order_key(place, identifier, metadata)}"

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name: seen from the page, else from the folder of docs."""
        docs, place = self._place(page)
        if path.startswith("@site/"):
            path = f"/{path.removeprefix('@site/')}"
        yield from super().linked_files(page, path)
        # A page that is not translated is that of the original.
        for folder in filter(None, (docs.folder, docs.original)):
            below = path.lstrip("/")
            named = below.removeprefix(f"{folder.name}/") if path.startswith("/") else below
            for file in (folder / place.parent / path.lstrip("/"), folder / named, folder / below):
                whole = Path(normpath(file))
                if whole.is_relative_to(self.folder):
                    yield whole.relative_to(self.folder).as_posix()

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with the pages that it imports in their places."""
        return self._imports.expand(self.folder / path, _without_code_blocks(text))

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; its first-level headings have no anchor there."""
        docs, place = self._place(path)
        metadata, body = self.split(text)
        is_plain = self._is_markdown_plain and path.suffix == ".md"
        content = to_html(_markdown() if is_plain else _mdx(), body, github_slugger(), anchorless=("h1",))
        first = FIRST.search(content)
        title = front_matter.string(metadata, "title")
        if first is None or first[1] != "h1":
            title = title or self._identifier(docs, place, metadata)
            # The site shows the title above a text that does not begin with one.
            content = content if metadata.get("hide_title") is True else f"<h1>{escape(title)}</h1>\n{content}"
        return metadata, front_matter.document({**metadata, "title": title}, read_sections(content), place.stem)

    def _place(self, path: PurePosixPath) -> tuple[Docs, PurePosixPath]:
        """Return the docs that a page belongs to, and its path there."""
        if path.parent not in self._found:
            folder = self.folder / path.parent
            self._found[path.parent] = next((one for one in self._docs if folder.is_relative_to(one.folder)), None)
        docs = self._found[path.parent]
        return (docs, PurePosixPath((self.folder / path).relative_to(docs.folder))) if docs else (self._docs[-1], path)

    def _folder_of(self, docs: Docs, place: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the address of a page's folder, between slashes."""
        return "/".join(["", *(self._named(docs, part, metadata) for part in place.parts[:-1]), ""])

    def _identifier(self, docs: Docs, place: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what a page is called within its folder."""
        return front_matter.string(metadata, "id") or self._named(docs, place.stem, metadata)

    def _named(self, docs: Docs, name: str, metadata: Mapping[str, Any]) -> str:
        return unnumbered(name) if docs.has_numbers and metadata.get("parse_number_prefixes") is not False else name


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = use_github_footnotes(parser(raw_html=True))
    markdown.add_render_rule("fence", render_fence)
    return markdown


@lru_cache(maxsize=1)
def _mdx() -> MarkdownIt:
    return use_github_footnotes(make_parser())


def _without_code_blocks(text: str) -> str:
    """Return a page without the fences around MDX that is hidden from other readers of Markdown."""
    if "mdx-code-block" not in text:
        return text
    lines, fence = list[str](), ""
    for line in text.split("\n"):
        if fence and line.strip() == fence:
            fence = ""
        elif not fence and (found := CODE_BLOCK.match(line)) is not None:
            fence = found["fence"]
        else:
            lines.append(line)
    return "\n".join(lines)
