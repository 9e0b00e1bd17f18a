"""What the two generators of MyST share: which labels and titles their pages have, and how a page is read."""

import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any, ClassVar

from markdown_it.token import Token

from chatkit.ingest.document import Section
from chatkit.ingest.page_source import MAX_PAGE_BYTES
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.includes import read_text
from chatkit.ingest.readers.myst import notebook
from chatkit.ingest.readers.myst.includes import Includes, code_lines
from chatkit.ingest.readers.myst.markdown import TARGET, to_html
from chatkit.ingest.readers.myst.page import Page

NOTEBOOK = ".ipynb"
SUFFIXES = (".md", NOTEBOOK)
HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*\Z")
# What of a heading's marks are no words.
MARKS = re.compile(r"\{[\w:+-]+\}|[`*]|\[([^\]]*)\]\([^)]*\)")
NAME_OPTION = re.compile(r":(?:name|label):[ \t]+(\S.*)\Z")
# No line that names something is longer.
MAX_LINE = 1_000
NOT_FOLDERS = {"_build", "node_modules", ".ipynb_checkpoints"}


class MystSite(Generator):
    """A site of MyST, with the labels and titles that its pages refer to each other by."""

    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    # Whether the code of a file that is included gets its language from the file's name.
    guesses_language: ClassVar[bool] = True

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        """``root`` is the folder that pages may include files of."""
        super().__init__(folder)
        self._root = root or folder
        # Which pages there are in their order, where each label leads, and the title of each page.
        self._pages: Mapping[PurePosixPath, int] = {}
        self._labels: dict[str, tuple[str, str]] = {}
        self._titles: dict[str, str] = {}

    def _index(self, pages: Iterable[PurePosixPath]) -> None:
        """Note the order of the pages, and their titles and labels, which other pages show."""
        self._pages = {path: number for number, path in enumerate(dict.fromkeys(pages))}
        for path in self._pages:
            text = read_text(self._root, self.folder / path, MAX_PAGE_BYTES)
            if text is not None:
                # What is no notebook is reported when it is read.
                with suppress(ValueError):
                    self._index_page(path, text)
        self.fingerprint += f"\n{sorted(self._titles.items())}\n{sorted(self._labels.items())}"

    def _index_page(self, path: PurePosixPath, text: str) -> None:
        metadata, body = front_matter.split(notebook.to_markdown(text) if path.suffix == NOTEBOOK else text)
        lines = body.split("\n")
        waiting, title = list[str](), self._stated_title(metadata)
        for line, is_code in zip(lines, code_lines(lines), strict=True):
            stripped = line.strip()
            if is_code or not stripped or len(stripped) > MAX_LINE:
                continue
            if target := TARGET.match(stripped):
                waiting.append(target[1])
                continue
            heading = HEADING.match(stripped)
            words = " ".join(MARKS.sub(r"\1", heading[2]).split()) if heading else ""
            title = title or words
            for label in waiting:
                self._labels.setdefault(_key(label), (f"{path}#{self.fragment(label)}", words))
            if heading and (anchor := self.fragment(words)):
                self._labels.setdefault(anchor, (f"{path}#{anchor}", words))
            if named := NAME_OPTION.match(stripped):
                # Of a figure, which is referred to by its number; that only a build knows.
                self._labels.setdefault(_key(named[1]), (f"{path}#{self.fragment(named[1])}", ""))
            waiting = []
        self._titles[str(path)] = title

    @abstractmethod
    def fragment(self, label: str) -> str:
        """Return the id that a label has in the page."""

    @abstractmethod
    def _stated_title(self, metadata: Mapping[str, Any]) -> str:
        """Return the title that the front matter of a page gives it, or nothing."""

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the place of a page in the table of contents."""
        return f"{self._pages.get(path, len(self._pages)):06} {path}"

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text, that of a notebook as Markdown, with what it includes."""
        markdown = notebook.to_markdown(text) if path.suffix == NOTEBOOK else text.replace("\r\n", "\n")
        includes = Includes(lambda file: read_text(self._root, self.folder / file), self.guesses_language)
        return includes.expand(markdown, path.parent)

    def _sections(self, path: PurePosixPath, body: str, title: str | None, **page: Any) -> tuple[Section, ...]:
        """Read Markdown; ``title`` is what the page states, ``page`` what ``Page`` takes beside what its site tells."""
        return read_sections(
            to_html(
                body,
                Page(
                    give_ids=partial(self.give_ids, title),
                    label=lambda label: self._target(path, self._labels.get(_key(label))),
                    page=lambda target: self._target(path, self._page(path, target)),
                    **page,
                ),
            )
        )

    @abstractmethod
    def give_ids(self, title: str | None, tokens: Sequence[Token]) -> None:
        """Give the headings of a page that states a title, or none, and its footnotes the ids that they have there."""

    def _page(self, path: PurePosixPath, target: str) -> tuple[str, str] | None:
        """Return the path and the title of the page that another names, with or without the ending of its file."""
        name, _, fragment = target.partition("#")
        place = normpath(name.lstrip("/") if name.startswith("/") else str(path.parent / name))
        for file in (place, *(place + suffix for suffix in SUFFIXES)):
            if (title := self._titles.get(file)) is not None:
                labelled = self._labels.get(_key(fragment)) if fragment else None
                return (f"{file}#{fragment}" if fragment else file, labelled[1] if labelled else title)
        return None

    def _target(self, path: PurePosixPath, found: tuple[str, str] | None) -> tuple[str, str] | None:
        """Return where something leads, seen from a page, with its title."""
        if found is None:
            return None
        file, mark, fragment = found[0].partition("#")
        return ("" if file == str(path) else relpath(file, str(path.parent))) + mark + fragment, found[1]


def targets(tokens: Sequence[Token]) -> dict[int, str]:
    """Return the label that stands before each heading, by the place of the heading among the tokens."""
    found, label = dict[int, str](), None
    for place, token in enumerate(tokens):
        if token.type == "myst_target":
            label = token.content
        elif label is not None:
            if token.type == "heading_open":
                found[place] = label
            label = None
    return found


def site_files(folder: Path) -> list[PurePosixPath]:
    """Return the pages of MyST below a folder, those of hidden and built folders left out."""
    found = list[PurePosixPath]()
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in NOT_FOLDERS]
        inside = PurePosixPath(Path(place).relative_to(folder).as_posix())
        found += [inside / name for name in names if name.endswith(SUFFIXES) and not name.startswith(".")]
    return sorted(found)


def _key(label: str) -> str:
    return " ".join(label.lower().split())
