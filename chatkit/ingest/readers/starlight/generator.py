"""Astro Starlight: the pages of its content collection, with the addresses and anchors that Astro gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import urljoin

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatkit.ingest.document import Document, language_tag
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import Slugger, github_slug, github_slugger
from chatkit.ingest.readers.generator import MARKDOWN_SUFFIXES, Generator
from chatkit.ingest.readers.github_footnotes import use_github_footnotes
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.includes import read_text, site_root
from chatkit.ingest.readers.javascript.config import read
from chatkit.ingest.readers.javascript.module import Call
from chatkit.ingest.readers.markdown import heading_text, parser, to_html
from chatkit.ingest.readers.mdx import make_parser, render_fence
from chatkit.ingest.readers.mdx_imports import Imports
from chatkit.ingest.readers.smartypants import use_smartypants
from chatkit.ingest.readers.starlight.expressive_code import use_expressive_code

INTEGRATION = re.compile(r"@astrojs/starlight['\"]")
CONTENT = Path("src/content/docs")
MARKDOC = ".mdoc"
DEFAULT_LANGUAGE = "en"
# The anchor of a page's title.
TOP = "_top"


class Starlight(Generator):
    """One site's Starlight."""

    name = "starlight"
    config_files = tuple(f"astro.config.{ending}" for ending in ("mjs", "ts", "js", "mts", "cjs", "cts"))
    suffixes = (*MARKDOWN_SUFFIXES, ".mdown", ".mkdn", ".mkd", ".mdwn", MARKDOC)
    signature = re.compile(r"^import .* from ['\"]@astrojs/starlight/components['\"]", re.M)

    def __init__(
        self,
        folder: Path,
        roots: tuple[Path, ...] | None = None,
        site_url: str | None = None,
        fingerprint: str = name,
        slash: str = "/",
        languages: Mapping[str, str] | None = None,
        sidebar: Sequence[str] = (),
        root: Path | None = None,
    ) -> None:
        """``languages`` is the language of each folder of pages, `root` being that of the others."""
        super().__init__(folder, roots)
        self.site_url = site_url
        self.fingerprint = fingerprint
        self._slash = slash
        self._languages = dict(languages or {})
        self._places = {place: number for number, place in reversed(list(enumerate(sidebar)))}
        source = folder.parents[1] if folder.name == "docs" and len(folder.parents) > 1 else folder
        aliases = (("/src/", source), ("~/", source), ("@/", source), ("@components/", source / "components"))
        self._imports = Imports(root or folder, astro_slugger, aliases)

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return Astro's configuration in a folder when it names Starlight, or None."""
        # The folder of pages lies deeper than configurations are looked for.
        site = place.parents[len(CONTENT.parts) - 1] if place.parts[-len(CONTENT.parts) :] == CONTENT.parts else place
        config = super().find_config(site)
        return config if config is not None and INTEGRATION.search(read_text(site, config) or "") else None

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Starlight of a folder of pages, or of a whole site."""
        return cls(folder / CONTENT if (folder / CONTENT).is_dir() else folder)

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Starlight of Astro's configuration; ``folder`` is its pages, some of them, or the whole site."""
        root = site_root(config)
        settings = read(config, root)
        settings = settings if isinstance(settings, dict) else {}
        source = _text(settings.get("srcDir")) or "src"
        pages = (config.parent / source / "content" / "docs").resolve()
        roots = (folder,) if folder.resolve().is_relative_to(pages) else (pages,)
        starlight = _options(settings.get("integrations"))
        locales = starlight.get("locales")
        site, base = _text(settings.get("site")), _text(settings.get("base")) or "/"
        return cls(
            pages,
            tuple(place.resolve() for place in roots),
            f"{urljoin(f'{site}/', base.strip('/')).rstrip('/')}/" if site else None,
            f"{cls.name}\n{read_text(root, config)}",
            "" if settings.get("trailingSlash") == "never" else "/",
            {
                str(place): language_tag(_text(locale.get("lang")) or str(place)) or str(place)
                for place, locale in (locales.items() if isinstance(locales, dict) else ())
                if isinstance(locale, dict)
            },
            tuple(_sidebar(starlight.get("sidebar"))),
            root,
        )

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path.suffix.lower() == MARKDOC:
            return "Markdoc is not read: build the site and index what it is built to"
        if path.name.startswith("_"):
            return "a part of other pages, by its underscore"
        if metadata.get("draft") is True:
            return "a draft"
        is_missing = self._split_language(self._slug(path, metadata))[1] == ["404"]
        return "the page for addresses that lead nowhere" if is_missing else None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        slug = self._slug(path, metadata)
        return f"{slug}{self._slash}" if slug else ""

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language of the folder that a page stands in."""
        if not self._languages:
            return DEFAULT_LANGUAGE
        return self._languages.get(path.parts[0]) or self._languages.get("root")

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what sorts pages as the sidebar does, one language after the other."""
        language, parts = self._split_language(self._slug(path, metadata))
        places = ["/".join(parts[:length]) for length in range(len(parts), -1, -1)]
        position = next((self._places[place] for place in places if place in self._places), len(self._places))
        sidebar = metadata.get("sidebar")
        order = sidebar.get("order") if isinstance(sidebar, dict) else None
        number = order + 1e6 if isinstance(order, (int, float)) else 2e6
        return f"{language}/{position:05}/{'/'.join(parts[:-1])}/{number:014.3f}/{''.join(parts[-1:])}"

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name; one from the root is an address and none of them."""
        if not path.startswith("/"):
            yield from super().linked_files(page, path)

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with the pages that it imports in their places."""
        return self._imports.expand(self.folder / path, text) if path.suffix == ".mdx" else text

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page, which begins with its title, or with its hero."""
        metadata, body = self.split(text)
        is_mdx = path.suffix == ".mdx"
        content = to_html(_mdx() if is_mdx else _markdown(), body, astro_slugger(), (), is_mdx, _heading_text)
        hero = metadata.get("hero")
        top = _top(front_matter.string(metadata, "title") or path.stem, hero if isinstance(hero, dict) else {})
        # The title is what stands above the page, though a hero may have a longer one.
        return metadata, front_matter.document({**metadata, "title": None}, read_sections(top + content), path.stem)

    def _split_language(self, slug: str) -> tuple[str, list[str]]:
        """Return the folder of a page's language, and the rest of its slug."""
        parts = slug.split("/")
        return (parts[0], parts[1:]) if parts[0] in self._languages else ("", parts)

    def _slug(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        stated = front_matter.string(metadata, "slug")
        slug = stated or "/".join([*map(github_slug, path.parts[:-1]), github_slug(path.stem)])
        slug = slug.strip("/")
        return "" if slug == "index" else slug.removesuffix("/index")


def _heading_text(inline: Token) -> str:
    return heading_text(inline, has_images=False)


def astro_slugger() -> Slugger:
    """Return what slugs the headings of one page as Astro does: github-slugger's, without a hyphen at the end."""
    slug = github_slugger()
    return lambda heading: slug(heading).removesuffix("-")


@lru_cache(maxsize=1)
def _mdx() -> MarkdownIt:
    return _as_astro_reads(make_parser())


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = _as_astro_reads(parser(raw_html=True))
    markdown.add_render_rule("fence", render_fence)
    return markdown


def _as_astro_reads(markdown: MarkdownIt) -> MarkdownIt:
    return use_github_footnotes(use_smartypants(use_expressive_code(markdown)))


def _top(title: str, hero: Mapping[str, Any]) -> str:
    """Return what stands above a page's text: its title, or the words of its hero."""
    words = front_matter.string(hero, "title")
    shown = f'<h1 id="{TOP}">{words or escape(title)}</h1>'
    tagline = front_matter.string(hero, "tagline")
    actions = hero.get("actions")
    links = [
        f'<a href="{escape(str(action.get("link", "")))}">{escape(str(action["text"]))}</a>'
        for action in (actions if isinstance(actions, list) else [])
        if isinstance(action, dict) and action.get("text")
    ]
    return f"{shown}<p>{tagline or ''}</p><p>{' '.join(links)}</p>"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _options(integrations: object) -> dict[str, Any]:
    """Return what Starlight is called with, among the integrations of Astro."""
    for one in integrations if isinstance(integrations, list) else []:
        if isinstance(one, list):
            return _options(one)
        if isinstance(one, Call) and one.name == "starlight" and one.arguments and isinstance(one.arguments[0], dict):
            return one.arguments[0]
    return {}


def _sidebar(items: object) -> Iterator[str]:
    """Yield the pages and folders of a sidebar in its order, as slugs."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, str):
            yield item.strip("/")
        elif isinstance(item, dict):
            place = item.get("slug") or item.get("link") or item.get("directory")
            if isinstance(place, str):
                yield place.strip("/")
            yield from _sidebar([item["autogenerate"]] if isinstance(item.get("autogenerate"), dict) else [])
            yield from _sidebar(item.get("items"))
