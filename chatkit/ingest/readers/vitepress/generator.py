"""VitePress: pages read as its Markdown, the anchors of @mdit-vue, and the addresses that its configuration gives."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self
from urllib.parse import urljoin

from pathspec import GitIgnoreSpec

from chatkit.ingest.document import Document, language_tag, title_of
from chatkit.ingest.readers.front_matter import string
from chatkit.ingest.readers.generator import Generator, docs_folder
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.javascript import config as javascript_config
from chatkit.ingest.readers.javascript.module import member
from chatkit.ingest.readers.vitepress import attributes
from chatkit.ingest.readers.vitepress.includes import Includes
from chatkit.ingest.readers.vitepress.markdown import plain_words, to_html
from chatkit.ingest.readers.vitepress.rewrites import Rewrites

CONFIG_FOLDER = ".vitepress"
# A page that a program makes many of: `[name].md`.
DYNAMIC = re.compile(r"\[\w+\]")
NEVER_READ = ("**/node_modules/**", "**/dist/**")
MAX_PATTERN = 200
BRACES = re.compile(r"\{([^{}]*)\}")
ENDING = re.compile(r"(?:(?<![^/])index)?(?:\.md|\.html)?$")
# A plugin that shows the title of every block of code, by its name in a configuration.
TITLE_PLUGIN = "groupIconMdPlugin"
# Sorts behind the pages that the sidebar lists.
UNLISTED = "~"


class VitePress(Generator):
    """One site's VitePress, with the settings that decide addresses and languages."""

    name = "vitepress"
    config_files = tuple(
        f"{CONFIG_FOLDER}/{name}.{ending}"
        for name in ("config", "config/index")
        for ending in ("js", "ts", "mjs", "mts")
    )
    suffixes = (".md",)
    # Its boxes with a title would be Docusaurus's too.
    signature = re.compile(r"^<!--\s*@include:|^<<< ?[@.]|^\[\[toc\]\]$|^:::+ ?code-group\b", re.M)
    has_relative_addresses = False
    has_links_from_base = True

    def __init__(
        self,
        folder: Path,
        roots: tuple[Path, ...] | None = None,
        settings: Mapping[str, Any] | None = None,
        root: Path | None = None,
        text: str = "",
    ) -> None:
        """``settings`` are the configuration's, which reads ``text``; pages may include files of ``root``."""
        super().__init__(folder, roots)
        self.fingerprint = f"{self.name}\n{settings}\n{text}"
        self._settings = dict(settings or {})
        self._root = root or folder
        self._attributes = attributes.of_settings(self._settings)
        self._has_code_titles = TITLE_PLUGIN in text
        self._clean_urls = self._settings.get("cleanUrls") is True
        self._rewrites = Rewrites(self._settings.get("rewrites"))
        self._excluded = GitIgnoreSpec.from_lines([*NEVER_READ, *_globs(self._settings.get("srcExclude"))])
        self._languages = dict(_languages(self._settings))
        self.site_url = _site_url(self._settings)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the VitePress of a folder of pages, or of a whole site."""
        return cls(docs_folder(folder))

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the VitePress of a configuration; a ``folder`` inside that of the pages stands for what it holds."""
        place = next(parent for parent in config.parents if parent.name == CONFIG_FOLDER).parent
        root = site_root(place / CONFIG_FOLDER)
        found = javascript_config.read(config, root)
        settings = found if isinstance(found, dict) else {}
        source = settings.get("srcDir")
        pages = place / source if isinstance(source, str) else place
        inside = folder.resolve()
        chosen = pages / inside.relative_to(pages.resolve()) if inside.is_relative_to(pages.resolve()) else pages
        return cls(pages, (chosen,), settings, root, read_text(root, config) or "")

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path.suffix != ".md":
            return "VitePress makes no page of it"
        if self._excluded.match_file(path):
            return "VitePress leaves it out"
        if DYNAMIC.search(str(path)):
            return "a program makes pages of it, which is not run"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        place = self._rewrites.apply(str(path)).removesuffix(".md")
        if place == "index" or place.endswith("/index"):
            return place.removesuffix("index")
        return place if self._clean_urls else f"{place}.html"

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language of the page's locale."""
        place = self._rewrites.apply(str(path))
        locales = (key for key in self._languages if place.startswith(f"{key}/"))
        return self._languages.get(next(locales, ""))

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the page's place in the sidebars."""
        place = _place(self._rewrites.apply(str(path)))
        at = 0 if not place else self._order.get(place)
        return f"{UNLISTED}{path}" if at is None else f"{at:05}"

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, which is an address with or without its ending."""
        published = PurePosixPath(self._rewrites.apply(str(page)))
        place = normpath(path.lstrip("/") if path.startswith("/") else f"{published.parent}/{path}")
        stem = place.removesuffix(".md").removesuffix(".html")
        for name in (f"{stem}.md", f"{stem}/index.md" if stem != "." else "index.md"):
            yield self._rewritten.get(name, name)

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with the pages and the code that it includes."""
        return Includes(self._root, self.folder).expand(text, (self.folder / path).resolve())

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = self.split(text)
        heading, content = to_html(body, self._attributes, self._has_code_titles)
        sections = read_sections(_home(metadata) + content)
        stated = string(metadata, "title")
        title = (plain_words(stated) if stated else None) or heading or None
        return metadata, Document(title_of(sections, title, path.stem), sections)

    @cached_property
    def _order(self) -> dict[str, int]:
        """The places of the pages that the sidebars list."""
        themes = [self._settings, *_values(self._settings.get("locales"))]
        links = [link for theme in themes for link in _links(member(member(theme, "themeConfig"), "sidebar"), "")]
        return {place: at for at, place in reversed(list(enumerate(map(_place, links), start=1)))}

    @cached_property
    def _rewritten(self) -> dict[str, str]:
        """The files of the pages that are rewritten, by their paths after it."""
        return {self._rewrites.apply(file): file for file in _files(self.folder)} if self._rewrites else {}


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of the Markdown in a folder, but in those that no page is read of."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in names if name.endswith(".md"))


def _globs(patterns: object) -> Iterator[str]:
    """Yield patterns of a configuration as those of a .gitignore, where none has braces."""
    for pattern in patterns if isinstance(patterns, list) else []:
        if isinstance(pattern, str):
            yield from (f"/{one.removeprefix('/')}" for one in _without_braces(pattern))


def _without_braces(pattern: str) -> Iterator[str]:
    found = BRACES.search(pattern)
    if found is None or len(pattern) > MAX_PATTERN:
        yield pattern
        return
    for choice in found[1].split(","):
        yield from _without_braces(pattern[: found.start()] + choice + pattern[found.end() :])


def _languages(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the language of each locale by its folder, that of all others by no folder."""
    default = language_tag(_text(settings.get("lang")))
    locales = settings.get("locales")
    for key, locale in (locales if isinstance(locales, dict) else {}).items():
        if language := language_tag(_text(member(locale, "lang"))) or default:
            yield ("" if key == "root" else key.strip("/")), language
    if default and not isinstance(member(locales, "root"), dict):
        yield "", default


def _site_url(settings: Mapping[str, Any]) -> str | None:
    """Return the site's address as its sitemap has it, where the host is said."""
    host, base = _text(member(settings.get("sitemap"), "hostname")), _text(settings.get("base")) or "/"
    if not host:
        return None
    url = host if host.endswith("/") else f"{host}/"
    return url if url.endswith(base) else urljoin(url, base)


def _links(items: object, base: str) -> Iterator[str]:
    """Yield the links of a sidebar, in its order."""
    if isinstance(items, list):
        for item in items:
            yield from _links(item, base)
    elif isinstance(items, dict):
        base = _text(items.get("base")) or base
        if link := _text(items.get("link")):
            yield base + link
        if "items" in items:
            yield from _links(items["items"], base)
        elif not link and "text" not in items:
            # A sidebar of each part of the site.
            for value in items.values():
                yield from _links(value, "")


def _place(link: str) -> str:
    """Return the place of a page in the site that a link or a path leads to: no ending and no slash around it."""
    return ENDING.sub("", link.partition("#")[0].partition("?")[0]).strip("/")


def _values(mapping: object) -> list[object]:
    return list(mapping.values()) if isinstance(mapping, dict) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _home(metadata: Mapping[str, Any]) -> str:
    """Return what the default theme shows of the front matter of a first page, which it takes for HTML."""
    if metadata.get("layout") != "home":
        return ""
    hero, features = metadata.get("hero"), metadata.get("features")
    shown = dict(hero) if isinstance(hero, dict) else {}
    name, tagline = " ".join(filter(None, (string(shown, "name"), string(shown, "text")))), string(shown, "tagline")
    parts = [f"<h1>{name}</h1>" if name else "", f"<p>{tagline}</p>" if tagline else ""]
    for feature in features if isinstance(features, list) else []:
        if isinstance(feature, dict):
            parts.append(f"<h2>{string(feature, 'title') or ''}</h2><p>{string(feature, 'details') or ''}</p>")
    return "\n".join(parts)
