"""MkDocs: pages read by Python-Markdown, as MkDocs reads them, and the addresses MkDocs gives them."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import quote

from markdown import Markdown
from pathspec import GitIgnoreSpec

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, includes
from chatkit.ingest.readers.generator import Generator, docs_folder
from chatkit.ingest.readers.html import apart
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.mkdocs import config as mkdocs_config
from chatkit.ingest.readers.mkdocs import snippets as mkdocs_snippets
from chatkit.ingest.readers.mkdocs.blog import Blog
from chatkit.ingest.readers.mkdocs.directives import UnresolvedDirectives, is_bounded, without_includes
from chatkit.ingest.readers.mkdocs.languages import Languages
from chatkit.ingest.readers.mkdocs.nav import Navigation

# What MkDocs always loads; what adds boxes and tabs, whose marks no other page holds; and what most sites use.
BUILT_IN = ("toc", "tables", "fenced_code")
BOXES = ("admonition", "pymdownx.details", "pymdownx.tabbed")
COMMON = ("attr_list", "def_list", "footnotes", "md_in_html", "pymdownx.keys", "pymdownx.superfences")
# Those that read nothing but the page. Any other may read files, run programs or need what is not here.
SUPPORTED = frozenset(
    """
    abbr admonition attr_list def_list extra fenced_code footnotes legacy_attrs legacy_em md_in_html nl2br sane_lists
    smarty tables toc wikilinks pymdownx.betterem pymdownx.blocks.admonition pymdownx.blocks.definition
    pymdownx.blocks.details pymdownx.blocks.html pymdownx.blocks.tab pymdownx.caret pymdownx.critic pymdownx.details
    pymdownx.escapeall pymdownx.extra pymdownx.inlinehilite pymdownx.keys pymdownx.magiclink pymdownx.mark
    pymdownx.saneheaders pymdownx.smartsymbols pymdownx.superfences pymdownx.tabbed pymdownx.tasklist pymdownx.tilde
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# The options that decide anchors, and what they must be; those of other extensions change how a page looks.
TOC_OPTIONS: Mapping[str, Callable[[object], bool]] = {
    "slugify": callable,
    "separator": lambda value: isinstance(value, str),
    "baselevel": lambda value: isinstance(value, int),
}
# What MkDocs publishes only when it is told to.
EXCLUDED_BY_DEFAULT = (".*", "/templates/")
# Colours would take the names of languages away.
HIGHLIGHT = "pymdownx.highlight"
SUPERFENCES = "pymdownx.superfences"
# A page without one in the first place is titled by the name of its file.
FIRST_HEADING = re.compile(r"\s*<h1\b")
# A page's first heading, which a post is published by.
HEADING = "(heading)"
META_LINE = re.compile(r" {0,3}([A-Za-z0-9_-]+):\s*(.*)")
META_CONTINUED = re.compile(r"(?: {4}|\t)\s*(.*)")


def _code(
    source: str,
    language: str | None,
    _class: str,
    options: Mapping[str, str],
    _md: Markdown,
    attrs: Mapping[str, str] | None = None,
    **_: object,
) -> str:
    named = f' class="language-{escape(language.lstrip("."))}"' if language else ""
    title = options.get("title") or (attrs or {}).get("title")
    shown = f'<span class="filename">{escape(title)}</span>' if title else ""
    return f'<div class="highlight">{shown}<pre><code{named}>{escape(source)}</code></pre></div>'


def _keep_title(_language: str, inputs: Mapping[str, str], options: dict[str, str], *_: object) -> bool:
    if "title" in inputs:
        options["title"] = inputs["title"]
    return True


# Whatever else is said beside a fence's language changes how its code looks.
FENCE = {"name": "*", "class": "", "format": _code, "validator": _keep_title}


class MkDocs(Generator):
    """One site's MkDocs, with the settings that decide addresses and anchors."""

    name = "mkdocs"
    config_files = ("mkdocs.yml", "mkdocs.yaml")
    # Python-Markdown's boxes, tabs and attributes.
    signature = re.compile(r"^ {0,3}(?:!!!|\?\?\?\+?) \w|^=== [\"!+]|^#{1,6} .*\{: ?[#.]", re.M)

    def __init__(self, folder: Path, config: Path | None = None, fingerprint: str = name) -> None:
        """``config`` is the site's configuration, which says where all pages are that the folder holds some of."""
        settings, text = mkdocs_config.read(config) if config is not None else ({}, fingerprint)
        docs = config.parent / str(settings.get("docs_dir") or "docs") if config is not None else folder
        if config is not None and folder == config.parent:
            folder = docs
        super().__init__(folder)
        inside = folder.resolve().is_relative_to(docs.resolve())
        # The folder's place below that of all pages, which what the configuration names is relative to.
        self._place = PurePosixPath(folder.resolve().relative_to(docs.resolve()).as_posix() if inside else ".")
        self._languages = Languages(settings)
        self._blog = Blog(settings)
        self._navigation = Navigation(docs if inside else folder, settings)
        self.site_url = self._published_at(settings)
        self.fingerprint = f"{self.name}\n{text}\n{self._navigation.fingerprint}"
        self._directory_urls = settings.get("use_directory_urls") is not False
        theme = settings.get("theme")
        theme = theme if isinstance(theme, dict) else {}
        self._language = front_matter.string(theme, "language") or front_matter.string(theme, "locale")
        self._skip_patterns = {
            "MkDocs leaves it out": GitIgnoreSpec.from_lines(
                (*EXCLUDED_BY_DEFAULT, *mkdocs_config.patterns(settings.get("exclude_docs")))
            ),
            "a draft": GitIgnoreSpec.from_lines(mkdocs_config.patterns(settings.get("draft_docs"))),
        }
        named = dict(mkdocs_config.entries(settings.get("markdown_extensions")))
        options = {name.removeprefix("markdown.extensions."): said for name, said in named.items()}
        chosen = [name for name in options if name in SUPPORTED] if config is not None else [*COMMON]
        self._extensions = tuple(dict.fromkeys([*BUILT_IN, *chosen, *BOXES]))
        toc = options.get("toc", {})
        self._toc = {key: toc[key] for key, fits in TOC_OPTIONS.items() if fits(toc.get(key))}
        self._has_emoji = "pymdownx.emoji" in options
        # Where included files are looked for, when any may be.
        self._snippets: tuple[Path, ...] = ()
        # Those that every page includes at its end.
        self._appended: tuple[str, ...] = ()
        self._root = folder if config is None else includes.site_root(config)
        if config is not None and (snippets := options.get("pymdownx.snippets")) is not None:
            said = snippets.get("base_path") or "."
            self._snippets = tuple(config.parent / str(path) for path in (said if isinstance(said, list) else [said]))
            appended = snippets.get("auto_append")
            self._appended = tuple(str(name) for name in appended) if isinstance(appended, list) else ()

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the MkDocs of a folder of pages, or of a whole site."""
        return cls(docs_folder(folder))

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the MkDocs of a configuration file; what it names that is not known here is left out.

        A ``folder`` that holds the configuration stands for the folder of pages that it names. One inside
        that folder is published below its path.
        """
        return cls(folder, config)

    def _published_at(self, settings: Mapping[str, Any]) -> str | None:
        """Return where the folder's pages are published, with several versions in the one that readers begin with."""
        url = settings.get("site_url")
        if not isinstance(url, str) or not url:
            return None
        extra = settings.get("extra")
        version = extra.get("version") if isinstance(extra, dict) else None
        first = version.get("default") if isinstance(version, dict) and version.get("provider") == "mike" else None
        first = (mkdocs_config.plugin(settings, "mike") or {}).get("canonical_version") or first
        first = first[0] if isinstance(first, list) and first else first
        places = [str(place) for place in (first or "", self._place) if str(place) not in {"", "."}]
        return "/".join([url.rstrip("/"), *map(quote, places)]) + ("" if places else "/")

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        for reason, patterns in self._skip_patterns.items():
            if patterns.match_file(self._place / path):
                return reason
        if metadata.get("draft") is True and self._blog.is_post(self._place / path):
            return "a draft"
        if (language := self._languages.split(path)[0]) in self._languages.left_out:
            return f"the language {language} is not published"
        index = path.with_name("index.md")
        if path.stem == "README" and (self.folder / index).exists() and self.skip_reason(index, {}) is None:
            return "MkDocs shows index.md in its place"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        language, page = self._languages.split(path)
        prefix = f"{language}/" if language != self._languages.default else ""
        if self._blog.is_post(self._place / page):
            post = self._blog.address(page, metadata, metadata.get(HEADING))
            below = post.relative_to(self._place) if post.is_relative_to(self._place) else post
            return f"{prefix}{below}{'/' if self._directory_urls else '.html'}"
        home = page.stem in {"index", "README"}
        if not self._directory_urls:
            return prefix + str(page.with_name("index.html") if home else page.with_suffix(".html"))
        place = str(page.parent if home else page.with_suffix(""))
        return prefix if place == "." else f"{prefix}{place}/"

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language that the site says a page is in."""
        return self._languages.split(path)[0] or self._language

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the place of a page in the navigation."""
        return self._navigation.key(self._place / self._languages.split(path)[1])

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page with the files that it includes, where the site has the extension that does so."""

        def read(name: str) -> str | None:
            places = (place / name for place in self._snippets)
            return next((found for file in places if (found := includes.read_text(self._root, file)) is not None), None)

        if not self._snippets:
            return text
        appended = [found for name in self._appended if (found := read(name)) is not None]
        return mkdocs_snippets.expanded("\n\n".join([text.replace("\r\n", "\n"), *appended]), read)

    def split(self, text: str) -> tuple[dict[str, Any], str]:
        """Return a page's front matter and the rest."""
        metadata, body = _split_meta(text)
        heading = self._blog.heading(body)
        return ({**metadata, HEADING: heading} if heading else metadata), body

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page.

        One that does not begin with a heading of its own has the title of the navigation, which themes show above it.
        """
        metadata, body = self.split(text)
        # Where the extension is at work, what stands there is no inclusion any more.
        body = body if self._snippets else without_includes(body)
        made = self._converted(body) if is_bounded(body) else apart.call(self._converted, body)
        language, page = self._languages.split(path)
        title = front_matter.string(metadata, "title")
        if not FIRST_HEADING.match(made):
            title = self._languages.translated(self._navigation.title(self._place / page), language) or title
            title = title or _named(page)
        return metadata, front_matter.document({**metadata, "title": title}, read_sections(made), path.stem)

    def _converted(self, body: str) -> str:
        return self._markdown.reset().convert(body)

    @cached_property
    def _markdown(self) -> Markdown:
        fences = {"custom_fences": [FENCE], "relaxed_headers": True}
        options = {"toc": self._toc, HIGHLIGHT: {"use_pygments": False}, SUPERFENCES: fences}
        return Markdown(
            extensions=[*self._extensions, HIGHLIGHT, UnresolvedDirectives(self._has_emoji)], extension_configs=options
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the parser behind, which cannot be pickled; another process makes its own."""
        return {name: value for name, value in vars(self).items() if name != "_markdown"}


def _named(page: PurePosixPath) -> str:
    """Return the title that a page has by the name of its file."""
    if str(page) in {"index.md", "README.md"}:
        return "Home"
    title = page.stem.replace("-", " ").replace("_", " ")
    return title.capitalize() if title.lower() == title else title


def _split_meta(text: str) -> tuple[dict[str, Any], str]:
    """Return a page's front matter and the rest, either in YAML or, as MultiMarkdown has it, without marks."""
    metadata, body = front_matter.split(text)
    if metadata or body.startswith("---") or len(body) < len(text.replace("\r\n", "\n").removeprefix("\ufeff")):
        return metadata, body
    lines, key = body.split("\n"), ""
    while lines and lines[0].strip():
        if named := META_LINE.match(lines[0]):
            key = named.group(1).lower()
            metadata[key] = named.group(2).strip()
        elif key and (more := META_CONTINUED.match(lines[0])):
            metadata[key] += f" {more.group(1).strip()}"
        else:
            break
        lines.pop(0)
    return metadata, "\n".join(lines).lstrip("\n")
