"""Nextra: MDX below `content`, `app` or `pages`, at the routes of Next.js, with the ids of github-slugger."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self
from urllib.parse import urljoin

from chatkit.ingest.document import Document, language_tag, title_of
from chatkit.ingest.readers.anchors import github_slugger
from chatkit.ingest.readers.front_matter import string
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.javascript import config as javascript_config
from chatkit.ingest.readers.javascript.module import Call
from chatkit.ingest.readers.mdx_imports import Imports
from chatkit.ingest.readers.nextra.headings import to_html
from chatkit.ingest.readers.nextra.meta import Meta, filename_title

NEXTRA = re.compile(r"""['"]nextra['"]""")
ENDINGS = ("js", "mjs", "ts", "cjs", "mts")
# Where pages lie: every file of `content` and `pages` is one, of `app` those that are called `page`.
PLACES = ("content", "src/content", "app", "src/app", "pages", "src/pages")
APP = {"app", "src/app"}
NOT_PAGES = {"404", "500"}
GROUP, CATCH_ALL = re.compile(r"\(.*\)|@.*"), re.compile(r"\[\[?\.\.\.\w+\]\]?")
REQUIRED = Call("require", ("nextra",))
DYNAMIC = re.compile(r"\[.*\]")


class Nextra(Generator):
    """One site's Nextra, of version 2 to 4; the paths of pages are seen from the folder of its configuration."""

    name = "nextra"
    config_files = tuple(f"next.config.{ending}" for ending in ENDINGS)
    suffixes = (".md", ".mdx")
    signature = re.compile(r"^import .* from ['\"]nextra(?:-theme-\w+)?(?:/components)?['\"]", re.M)
    has_relative_addresses = False
    has_links_from_base = True

    def __init__(
        self,
        folder: Path,
        roots: tuple[Path, ...] | None = None,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        root: Path | None = None,
    ) -> None:
        """``settings`` are those of Next.js, ``options`` those of Nextra; pages may import files of ``root``."""
        super().__init__(folder, roots)
        settings, options = settings or {}, options or {}
        i18n = settings.get("i18n")
        locales = i18n.get("locales") if isinstance(i18n, dict) else None
        self._locales = [locale for locale in locales if isinstance(locale, str)] if isinstance(locales, list) else []
        self._default_locale = i18n.get("defaultLocale") if isinstance(i18n, dict) else None
        self._slash = "/" if settings.get("trailingSlash") is True else ""
        self._base = _text(settings.get("basePath")).strip("/")
        self._content_base = _text(options.get("contentDirBasePath")).strip("/") or self._catch_all()
        # Up to the third version a theme was named.
        self._has_tab_anchors = "theme" not in options
        self._imports = Imports(root or folder, github_slugger, (("@/", folder),))
        self._meta = Meta(folder)
        self.site_url = _site_url(folder, self._base)
        self.fingerprint = f"{self.name}\n{settings}\n{options}\n{self.site_url}"

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the configuration of Next.js in a folder when it names Nextra, or None."""
        config = super().find_config(place)
        return config if config is not None and NEXTRA.search(read_text(place, config) or "") else None

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Nextra of a whole site, or of a folder of pages."""
        return cls(folder, _roots(folder) or (folder,))

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Nextra of a configuration; a ``folder`` of its pages stands for what it holds."""
        place = config.parent
        roots = _roots(place)
        is_inside = any(folder.resolve().is_relative_to(root.resolve()) for root in roots)
        inside = (place / folder.resolve().relative_to(place.resolve()),) if is_inside else roots
        root = site_root(config)
        settings, options = javascript_config.read(config, root), _options(javascript_config.evaluate(config, root))
        return cls(place, inside, settings if isinstance(settings, dict) else {}, options, root)

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        place, inside = _split(path)
        if path.suffix.lower() not in self.suffixes or (place in APP and path.stem != "page"):
            return "Nextra makes no page of it"
        if any(part.startswith("_") for part in inside.parts):
            return "a part of other pages, by its underscore"
        if any(DYNAMIC.fullmatch(part) for part in inside.with_suffix("").parts):
            return "a program makes pages of it, which is not run"
        if self._unlocalized(inside.with_suffix("").as_posix()) in NOT_PAGES:
            return "the page for addresses that lead nowhere"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's, by the rules of Next.js."""
        place, inside = _split(path)
        parts = list(inside.with_suffix("").parts)
        if place in APP:
            parts = [part for part in parts[:-1] if not GROUP.fullmatch(part)]
        else:
            locale = self._locale(inside)
            name, _, suffix = parts[-1].rpartition(".")
            if name and suffix == locale:
                parts[-1] = name
                parts[:0] = [locale] if locale != self._default_locale else []
            if parts[-1] == "index":
                parts.pop()
            if self._content_base and "content" in place:
                parts.insert(1 if locale and parts[:1] == [locale] else 0, self._content_base)
        address = "/".join(parts)
        return f"{address}{self._slash}" if address else ""

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language of the folder that a page stands in, or of the end of its name."""
        return language_tag(self._locale(_split(path)[1]) or self._default_locale)

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the page's place among the keys of the files `_meta` above it."""
        place, inside = _split(path)
        parts = list((inside.parent if place in APP else inside.with_suffix("")).parts)
        return self._meta.order_key(place, parts, self._locale(inside) or "")

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the file of the page that a link leads to, as a browser follows it, else the file it names."""
        own = self.address(page, {})
        # A link from the root stays within the page's locale.
        locale = self._locale(_split(page)[1]) or ""
        for base in (locale, "") if path.startswith("/") else (own.rpartition("/")[0], own):
            place = normpath(f"{base}/{path}").strip("/").removesuffix(".mdx").removesuffix(".md")
            yield self._files.get("" if place == "." else place, "")
        yield from super().linked_files(page, path)

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with the pages that it imports in their places."""
        return self._imports.expand(self.folder / path, text) if path.suffix.lower() == ".mdx" else text

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = self.split(text)
        heading, content = to_html(body, path.suffix.lower() == ".mdx", self._has_tab_anchors)
        sections = read_sections(content)
        place, inside = _split(path)
        name = inside.parent if path.stem in {"index", "page"} and len(inside.parts) > 1 else inside.with_suffix("")
        stated = string(metadata, "title") or heading or self._meta.title(place, list(name.parts))
        return metadata, Document(title_of((), stated, filename_title(name.name)), sections)

    def _locale(self, inside: PurePosixPath) -> str | None:
        """Return the locale that a page's folder or the end of its name says, or None."""
        stated = (inside.parts[0], inside.with_suffix("").suffix.removeprefix("."))
        return next((locale for locale in stated if locale in self._locales), None)

    def _unlocalized(self, place: str) -> str:
        return next((place.removesuffix(f".{one}") for one in self._locales if place.endswith(f".{one}")), place)

    def _catch_all(self) -> str:
        """Return the route below which the pages of `content` are shown, as the folder of its program says."""
        for place in (self.folder / name for name in APP):
            for file in sorted(place.rglob("page.*s*")):
                *above, name = file.parent.relative_to(place).parts or ("",)
                if CATCH_ALL.fullmatch(name):
                    return "/".join(part for part in above if not (GROUP.fullmatch(part) or DYNAMIC.fullmatch(part)))
        return ""

    @cached_property
    def _files(self) -> dict[str, str]:
        """The files of the pages, by their addresses."""
        found = dict[str, str]()
        for root in _roots(self.folder):
            for file in sorted(root.rglob("*.md*")):
                path = PurePosixPath(file.relative_to(self.folder).as_posix())
                if self.skip_reason(path, {}) is None:
                    found.setdefault(self.address(path, {}).strip("/"), str(path))
        return found


def _roots(place: Path) -> tuple[Path, ...]:
    return tuple(place / name for name in PLACES if (place / name).is_dir())


def _split(path: PurePosixPath) -> tuple[str, PurePosixPath]:
    """Return which folder of pages a file stands in, and where in it."""
    place = next((name for name in PLACES if path.is_relative_to(name)), "")
    return place, path.relative_to(place)


def _options(config: object) -> dict[str, Any]:
    """Return what a configuration says to Nextra, whose call wraps that of Next.js or makes what wraps it."""
    calls = [config]
    while calls:
        call = calls.pop()
        if isinstance(call, Call):
            if call.arguments and (call.callee == REQUIRED or (call.name == "nextra" and call.callee is None)):
                stated = call.arguments[0]
                # The second version took the name of the theme, too.
                return stated if isinstance(stated, dict) else {"theme": stated}
            calls += [*call.arguments, call.callee]
    return {}


def _site_url(place: Path, base: str) -> str | None:
    """Return the site's address as next-sitemap is told it, or None."""
    files = (place / f"next-sitemap.config.{ending}" for ending in ENDINGS)
    settings = next((javascript_config.read(file) for file in files if file.is_file()), None)
    url = _text(settings.get("siteUrl")) if isinstance(settings, dict) else ""
    if not url:
        return None
    url = f"{url.rstrip('/')}/"
    return url if not base or url.endswith(f"/{base}/") else urljoin(url, f"{base}/")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
