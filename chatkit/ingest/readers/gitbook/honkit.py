"""HonKit, and the GitBook that it goes on with: the pages of SUMMARY.md, at addresses that end in `.html`."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self

from markdown_it import MarkdownIt

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, includes, markdown, summary
from chatkit.ingest.readers.anchors import github_slug
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.liquid import template

SUMMARY, README = "SUMMARY.md", "README.md"
FIRST_HEADING = re.compile(r"\s*<h1\b")


class HonKit(Generator):
    """One book, as its `book.json` configures it."""

    name = "honkit"
    config_files = ("book.json", "book.js")

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None, root: Path | None = None) -> None:
        """``root`` is the folder that pages may include files of."""
        super().__init__(folder)
        settings = settings or {}
        said = settings.get("structure")
        structure = said if isinstance(said, dict) else {}
        self._root = root or folder
        self._readme = PurePosixPath(front_matter.string(structure, "readme") or README)
        self._summary = PurePosixPath(front_matter.string(structure, "summary") or SUMMARY)
        text = includes.read_text(folder, folder / self._summary)
        self._chapters = summary.chapters(text or "")
        self._order = {path: number for number, path in enumerate(self._chapters)}
        self._language = front_matter.string(settings, "language")
        variables = settings.get("variables")
        self._variables = variables if isinstance(variables, dict) else {}
        self.fingerprint = "\n".join([self.name, json.dumps(settings, default=str), text or ""])

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the configuration of a book, which is none without a table of contents."""
        config = super().find_config(place)
        if config is None:
            return None
        return config if any(place.glob(SUMMARY)) or "structure" in _read(config) or "root" in _read(config) else None

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the book of a configuration; one that is a program is not read."""
        settings = _read(config)
        pages = config.parent / (front_matter.string(settings, "root") or ".")
        return cls(pages if pages.is_dir() else config.parent, settings, includes.site_root(config))

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path == self._summary:
            return "it is the table of contents"
        is_chapter = path == self._readme or path in self._chapters or path.suffix not in self.suffixes
        return None if is_chapter else f"{self._summary} does not name it"

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the book's."""
        if path == self._readme:
            return ""
        if path.name.lower() == README.lower():
            return "" if path.parent == PurePosixPath() else f"{path.parent}/"
        return str(path.with_suffix(".html"))

    def language(self, path: PurePosixPath) -> str | None:
        """Return the book's language."""
        return self._language

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the place of a page in the table of contents."""
        return f"{self._order.get(path, -1 if path == self._readme else len(self._order)) + 1:06} {path}"

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, which for a folder is its first page."""
        for place in super().linked_files(page, path):
            yield place
            yield f"{place}/{README}"

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page with its templates rendered, which HonKit does in code too."""
        metadata, body = self.split(text)
        if "{{" not in body and "{%" not in body:
            return text
        whole = text.replace("\r\n", "\n")
        scope = {"book": self._variables, "page": {**metadata, "title": self._chapters.get(path)}}
        return whole[: len(whole) - len(body)] + template.render(body, scope, _Files(self._root, self.folder, path))

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; without a heading in the first place it is titled by its link."""
        metadata, body = self.split(text)
        made = markdown.to_html(_parser(), body, github_slug)
        title = None if FIRST_HEADING.match(made) else self._chapters.get(path)
        return metadata, front_matter.document({"title": title, **metadata}, read_sections(made), path.stem)


class _Files:
    """The files that one page may include, as seen from it."""

    def __init__(self, root: Path, folder: Path, page: PurePosixPath) -> None:
        self._root, self._folder, self._page = root, folder, page

    def included(self, name: str) -> str | None:
        place = PurePosixPath(name.strip("\"'"))
        file = place.relative_to("/") if place.is_absolute() else PurePosixPath(normpath(self._page.parent / place))
        return includes.read_text(self._root, self._folder / file)

    def included_beside(self, name: str) -> str | None:
        return self.included(name)

    def link(self, path: str) -> str | None:
        return None

    def post_link(self, name: str) -> str | None:
        return None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _read(config: Path) -> dict[str, Any]:
    try:
        found = json.loads(includes.read_text(config.parent, config) or "") if config.suffix == ".json" else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
