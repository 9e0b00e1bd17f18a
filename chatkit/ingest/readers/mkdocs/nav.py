"""The order and the titles that MkDocs's navigation gives to pages."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

import yaml

from chatkit.ingest.readers import includes, summary
from chatkit.ingest.readers.mkdocs import config

INDEXES = ("index", "README")
# The rest of a folder, in a list that names some of its pages.
REST = "..."


class Navigation:
    """What `nav`, the file that a plugin reads in its place, or the lists of single folders say.

    Paths are relative to ``docs``, the folder of all pages.
    """

    def __init__(self, docs: Path, settings: Mapping[str, Any]) -> None:
        self.titles = dict[PurePosixPath, str]()
        self._order = dict[PurePosixPath, int]()
        self._docs = docs
        # The list that stands in a folder, of the plugins that have such lists.
        folder_list = None
        if config.plugin(settings, "awesome-pages") is not None:
            folder_list = ".pages"
        elif config.plugin(settings, "awesome-nav") is not None:
            folder_list = ".nav.yml"
        self._folder_list = folder_list
        self._listed = dict[PurePosixPath, list[str]]()
        literate = config.plugin(settings, "literate-nav")
        nav_file = str((literate or {}).get("nav_file") or "SUMMARY.md")
        contents = None if literate is None else includes.read_text(docs, docs / nav_file)
        found = summary.chapters(contents).items() if contents else _entries(settings.get("nav"))
        for path, title in found:
            self._order.setdefault(path, len(self._order))
            if title:
                self.titles.setdefault(path, title)
        lists = sorted(docs.rglob(folder_list)) if folder_list is not None else []
        self.fingerprint = "\n".join([contents or "", *(includes.read_text(docs, file) or "" for file in lists)])

    def key(self, path: PurePosixPath) -> str:
        """Return what sorts a page by its place in the navigation, or behind it by its folder's own order."""
        if path in self._order:
            return f"0{self._order[path]:06}"
        folder, parts = PurePosixPath(), []
        for name in path.parts[:-1]:
            parts.append(f"{self._place(folder, name)}1{name}")
            folder /= name
        is_first = path.stem in INDEXES
        parts.append(f"{self._place(folder, path.name)}0{'' if is_first else path.name}")
        return "1" + "/".join(parts)

    def _place(self, folder: PurePosixPath, name: str) -> str:
        """Return the place of a page or a folder in the list of the folder that it lies in."""
        listed = self._list_of(folder)
        place = listed.index(name) if name in listed else listed.index(REST) if REST in listed else len(listed)
        return f"{place:04}"

    def _list_of(self, folder: PurePosixPath) -> list[str]:
        if self._folder_list is None:
            return []
        if folder not in self._listed:
            text = includes.read_text(self._docs, self._docs / folder / self._folder_list)
            entries = _folder_entries(text) if text else []
            self._listed[folder] = [name.strip("/") for name, _ in entries]
            for name, title in entries:
                if title and name.endswith(".md"):
                    self.titles.setdefault(folder / name, title)
        return self._listed[folder]

    def title(self, path: PurePosixPath) -> str | None:
        """Return the title that a page has by its place in the navigation, or None."""
        self._list_of(path.parent)
        return self.titles.get(path)


def _entries(nav: object) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the pages of a navigation in order, with their titles, which may be empty."""
    for entry in nav if isinstance(nav, list) else []:
        for title, held in entry.items() if isinstance(entry, dict) else [("", entry)]:
            if isinstance(held, list):
                yield from _entries(held)
            elif isinstance(held, str) and "://" not in held:
                yield PurePosixPath(normpath(held)), str(title or "")


def _folder_entries(text: str) -> list[tuple[str, str]]:
    """Return what the list of a folder names, with the titles it gives."""
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    said = said if isinstance(said, dict) else {}
    listed = said.get("nav") or said.get("arrange")
    found = list[tuple[str, str]]()
    for entry in listed if isinstance(listed, list) else []:
        named = entry.items() if isinstance(entry, dict) else [("", entry)]
        found += [(str(name), str(title or "")) for title, name in named if isinstance(name, str)]
    return found
