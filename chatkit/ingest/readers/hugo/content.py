"""The content of a site of Hugo: where each file stands in it, in which language, and what pages call each other."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

from chatkit.ingest.readers.hugo import front_matter
from chatkit.ingest.readers.hugo.config import TOP, HugoConfig, Mount
from chatkit.ingest.readers.includes import read_text

HTML_SUFFIXES = (".html", ".htm")
SUFFIXES = (".md", ".markdown", ".mdown", *HTML_SUFFIXES)
# From this version on names become paths by other rules: any case of a language, spaces as hyphens.
NEW_PATHS = 123
# What a reference may end in beside the name of a page or a folder.
INDEX = re.compile(r"(?:^|/)_?index\Z")


@dataclass(frozen=True)
class Place:
    """Where a file stands in all content: its folder, its name without ending and language, its language."""

    folder: PurePosixPath
    name: str
    language: str

    @property
    def kind(self) -> str:
        """Hugo's word for what becomes of it."""
        if self.name == "_index":
            return "section" if self.folder.parts else "home"
        return "page"

    @property
    def is_bundle(self) -> bool:
        """Whether it is the page of its folder, whose other files are parts of it."""
        return self.name == "index"

    @property
    def reference(self) -> str:
        """What other pages call it."""
        return str(self.folder if self.is_bundle or self.kind != "page" else self.folder / self.name)

    @property
    def parent(self) -> PurePosixPath:
        """The folder that the page is in."""
        return self.folder.parent if self.is_bundle else self.folder


class Content:
    """The content of a site as far as ``folder`` holds it, or lies in it. Paths of files are relative to the folder."""

    def __init__(self, folder: Path, config: HugoConfig) -> None:
        self._folder, self._config = folder, config
        self._mounts, self.roots = _seen_from(folder, config)
        self._files = dict[tuple[str, str], str]()
        self._named = dict[tuple[str, str], str]()
        # Folders that are one page, and those that are sections.
        self.bundles, self.sections = set[PurePosixPath](), set[PurePosixPath]()
        # The front matter of sections, as far as it has been asked for.
        self._section_pages = dict[str, Mapping[str, Any]]()
        for path in self._pages():
            self._add(path)

    @property
    def within(self) -> PurePosixPath:
        """Where the folder lies in all content, when it lies in it."""
        return next((target for inside, target, _ in self._mounts if not inside.parts), TOP)

    def place(self, path: PurePosixPath) -> Place:
        """Return where a file stands."""
        inside, target, language = next(
            (mount for mount in self._mounts if path.is_relative_to(mount[0])), (TOP, TOP, None)
        )
        within = target / path.relative_to(inside)
        name, _, suffix = within.stem.rpartition(".")
        known = suffix if self._config.version < NEW_PATHS else suffix.lower()
        if name and known in self._config.languages:
            return Place(within.parent, name, suffix.lower())
        return Place(within.parent, within.stem, language or self._config.default_language)

    def find(self, page: PurePosixPath, reference: str) -> str | None:
        """Return the file of a page that another names by its path, with or without its ending, or by its name."""
        place, name = self.place(page), unquote(reference).strip().lower()
        name = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name).rstrip("/")
        name = INDEX.sub("", name)
        starts = ["/"] if reference.startswith("/") else [f"/{place.folder}/", f"/{place.parent}/", "/"]
        for language in dict.fromkeys((place.language, self._config.default_language)):
            for start in starts:
                key = normpath(f"{start}{name.lstrip('/')}").strip("/") or "."
                if (found := self._files.get((language, key.lower()))) is not None:
                    return found
            if "/" not in name and (found := self._named.get((language, name))) is not None:
                return found
        return None

    def section_metadata(self, folder: PurePosixPath, language: str) -> Mapping[str, Any]:
        """Return the front matter of a section, empty when it has no page."""
        file = self._files.get((language, str(folder).lower())) if folder in self.sections else None
        if file is None:
            return {}
        if file not in self._section_pages:
            text = read_text(self._folder, self._folder / file) or ""
            self._section_pages[file] = front_matter.split(text)[0]
        return self._section_pages[file]

    def with_cascade(self, place: Place, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page's front matter with what the site's configuration and its sections hand down to it."""
        path = f"/{place.reference}"
        handed = front_matter.cascaded(self._config.settings, place.kind, path)
        for folder in [*reversed(place.folder.parents), place.folder]:
            section = self.section_metadata(folder, place.language)
            handed |= front_matter.cascaded(section, place.kind, path)
        return {**handed, **metadata}

    def section_of(self, place: Place) -> list[str]:
        """Return the names of the sections that a page is in, the outermost first."""
        deepest = next(
            (one for one in (place.parent, *place.parent.parents) if one.parts and one in self.sections), None
        )
        return list((deepest or PurePosixPath(*place.parent.parts[:1])).parts)

    def _pages(self) -> Iterator[PurePosixPath]:
        for root in self.roots:
            for folder, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    if name.lower().endswith(SUFFIXES):
                        yield PurePosixPath((Path(folder) / name).relative_to(self._folder).as_posix())

    def _add(self, path: PurePosixPath) -> None:
        place = self.place(path)
        self._files.setdefault((place.language, place.reference.lower()), str(path))
        self._named.setdefault((place.language, PurePosixPath(place.reference).name.lower()), str(path))
        if place.is_bundle and place.folder.parts:
            self.bundles.add(place.folder)
        if place.kind != "page":
            self.sections.add(place.folder)


_Mount = tuple[PurePosixPath, PurePosixPath, str | None]


def _seen_from(folder: Path, config: HugoConfig) -> tuple[list[_Mount], tuple[Path, ...]]:
    """Return the content that a folder holds or lies in, as paths below the folder and below all content; its roots."""
    here, found, roots = folder.resolve(), list[_Mount](), list[Path]()
    mounts = [mount for mount in config.mounts() if mount.source.is_dir()]
    for mount in mounts:
        source = mount.source.resolve()
        if source != here and source.is_relative_to(here):
            inside = source.relative_to(here)
            found.append((PurePosixPath(inside.as_posix()), mount.target, mount.language))
            roots.append(folder / inside)
    around = [mount for mount in mounts if here.is_relative_to(mount.source.resolve())]
    if around or not found:
        nearest = max(around, key=lambda mount: len(mount.source.resolve().parts), default=Mount(here, TOP))
        target = nearest.target / here.relative_to(nearest.source.resolve()).as_posix()
        found.append((TOP, target, nearest.language))
        roots = [folder]
    outer = [root for root in roots if not any(other != root and root.is_relative_to(other) for other in roots)]
    return sorted(found, key=lambda mount: -len(mount[0].parts)), tuple(dict.fromkeys(outer))
