"""mdBook: the chapters that SUMMARY.md names, at the addresses and with the ids that mdBook gives them."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Self

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, summary
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.mdbook import markdown
from chatkit.ingest.readers.mdbook.includes import Includes

SUMMARY = "SUMMARY.md"
# What mdBook says where its configuration names no language.
DEFAULT_LANGUAGE = "en"


class MdBook(Generator):
    """One book, with the settings that decide addresses, ids and what is shown."""

    name = "mdbook"
    config_files = ("book.toml",)
    # Of those that put other text into a page, what only mdBook has.
    signature = re.compile(r"\{\{#(?:include|rustdoc_include|playground)\s+[\w./]")

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None, root: Path | None = None) -> None:
        """``root`` is the folder that pages may include files of."""
        super().__init__(folder)
        book, build, output = (_table(settings or {}, *names) for names in (("book",), ("build",), ("output", "html")))
        self._root = root or folder
        self._language = front_matter.string(book, "language") or DEFAULT_LANGUAGE
        self.site_url = _site_url(output)
        smart = output.get("smart-punctuation", output.get("curly-quotes"))
        self._smart_punctuation = smart is not False
        hidden_by = _table(output, "code", "hidelines")
        self._hidden_by = {str(language): prefix for language, prefix in hidden_by.items() if isinstance(prefix, str)}
        preprocessors = _table(settings or {}, "preprocessor")
        has_defaults = build.get("use-default-preprocessors") is not False
        self._renames_readme = has_defaults or "index" in preprocessors
        self._has_links = has_defaults or "links" in preprocessors
        text = read_text(folder, folder / SUMMARY)
        # No book is without; a folder of pages alone may be.
        self._chapters = None if text is None else summary.chapters(text)
        self._order = {path: number for number, path in enumerate(self._chapters or ())}
        self.fingerprint = "\n".join([self.name, json.dumps(settings, default=str), text or ""])

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the book of a `book.toml`, whose pages lie in the folder that it names."""
        try:
            settings = tomllib.loads(config.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            settings = {}
        pages = config.parent / (front_matter.string(_table(settings, "book"), "src") or "src")
        made = cls(pages if pages.is_dir() else folder, settings, site_root(config))
        if folder.resolve() != made.folder.resolve() and folder.resolve().is_relative_to(made.folder.resolve()):
            made.roots = (made.folder / folder.resolve().relative_to(made.folder.resolve()),)
        return made

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the book of a folder of pages, or of one that holds it."""
        return cls(folder / "src" if (folder / "src" / SUMMARY).is_file() else folder)

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path == PurePosixPath(SUMMARY):
            return "it is the table of contents"
        is_chapter = self._chapters is None or path in self._chapters or path.suffix not in self.suffixes
        return None if is_chapter else f"{SUMMARY} does not name it"

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        is_home = path.stem == "index" or (self._renames_readme and path.stem.lower() == "readme")
        if is_home:
            return "" if path.parent == PurePosixPath() else f"{path.parent}/"
        return str(path.with_suffix(".html"))

    def language(self, path: PurePosixPath) -> str | None:
        """Return the book's language."""
        return self._language

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the place of a page in SUMMARY.md."""
        return f"{self._order.get(path, len(self._order)):06} {path}"

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with what it includes; the title that it states becomes its front matter."""
        if not self._has_links:
            return text
        includes = Includes(lambda file: read_text(self._root, self.folder / file))
        expanded = includes.expand(text.replace("\r\n", "\n"), path.parent)
        if includes.title is None or expanded.startswith("---"):
            return expanded
        return f"---\ntitle: {json.dumps(includes.title)}\n---\n{expanded}"

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; its title is that of SUMMARY.md unless it states another."""
        metadata, body = front_matter.split(text)
        made = markdown.to_html(body, self._smart_punctuation, self._hidden_by)
        named = {"title": (self._chapters or {}).get(path), **metadata}
        return metadata, front_matter.document(named, read_sections(made), path.stem)


def _site_url(output: Mapping[str, Any]) -> str | None:
    """Return where the book is published, if its host is said: by its address, or by the name of a GitHub page."""
    url, host = front_matter.string(output, "site-url"), front_matter.string(output, "cname")
    if url and url.startswith(("http://", "https://")):
        return f"{url.rstrip('/')}/"
    return f"https://{host}/{url.strip('/') + '/' if url and url.strip('/') else ''}" if host else None


def _table(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return a table of the configuration, empty where there is none."""
    found: object = settings
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}
