"""MkDocs: pages read by Python-Markdown, as MkDocs reads them, and the addresses MkDocs gives them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import quote

import yaml
from markdown import Markdown
from markdown.extensions.toc import slugify_unicode
from pathspec import GitIgnoreSpec
from pymdownx.slugs import slugify

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, html
from chatkit.ingest.readers.generator import Generator, docs_folder
from chatkit.ingest.readers.mkdocs_directives import UnresolvedDirectives, without_includes

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
    pymdownx.escapeall pymdownx.extra pymdownx.keys pymdownx.magiclink pymdownx.mark pymdownx.saneheaders
    pymdownx.smartsymbols pymdownx.superfences pymdownx.tabbed pymdownx.tasklist pymdownx.tilde
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
META_LINE = re.compile(r" {0,3}([A-Za-z0-9_-]+):\s*(.*)")
META_CONTINUED = re.compile(r"(?: {4}|\t)\s*(.*)")


def _code(source: str, language: str | None, *_: object, **__: object) -> str:
    named = f' class="language-{escape(language)}"' if language else ""
    return f"<pre><code{named}>{escape(source)}</code></pre>"


# Whatever is said beside a fence's language, such as a title, changes how its code looks.
FENCE = {"name": "*", "class": "", "format": _code, "validator": lambda *_: True}


class MkDocs(Generator):
    """One site's MkDocs, with the settings that decide addresses and anchors."""

    name = "mkdocs"
    config_files = ("mkdocs.yml", "mkdocs.yaml")
    # Python-Markdown's boxes, tabs and attributes.
    signature = re.compile(r"^ {0,3}(?:!!!|\?\?\?\+?) \w|^=== [\"!+]|^#{1,6} .*\{: ?[#.]", re.M)

    def __init__(
        self,
        folder: Path,
        extensions: Sequence[str] = (*BUILT_IN, *COMMON, *BOXES),
        toc: Mapping[str, Any] | None = None,
        directory_urls: bool = True,
        site_url: str | None = None,
        fingerprint: str = name,
        place: str = "",
        excluded: Sequence[str] = EXCLUDED_BY_DEFAULT,
        drafts: Sequence[str] = (),
    ) -> None:
        """``place`` is the folder's below that of all pages, which the patterns of pages left out are relative to."""
        super().__init__(folder)
        self.site_url = site_url
        self.fingerprint = fingerprint
        self._directory_urls = directory_urls
        self._place = PurePosixPath(place)
        self._skip_patterns = {
            "MkDocs leaves it out": GitIgnoreSpec.from_lines(excluded),
            "a draft": GitIgnoreSpec.from_lines(drafts),
        }
        self._extensions = tuple(extensions)
        self._toc = dict(toc or {})

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
        text = _read(config)
        settings = _parsed(text)
        names, toc = list(BUILT_IN), dict[str, Any]()
        for name, options in _extensions(settings.get("markdown_extensions")):
            short = name.removeprefix("markdown.extensions.")
            if short in SUPPORTED:
                names.append(short)
            if short == "toc":
                toc = {key: options[key] for key, fits in TOC_OPTIONS.items() if fits(options.get(key))}
        docs = config.parent / str(settings.get("docs_dir") or "docs")
        if folder == config.parent:
            folder = docs
        inside = folder.resolve().is_relative_to(docs.resolve())
        place = folder.resolve().relative_to(docs.resolve()).as_posix() if inside else "."
        url = settings.get("site_url")
        return cls(
            folder,
            tuple(dict.fromkeys([*names, *BOXES])),
            toc,
            settings.get("use_directory_urls") is not False,
            f"{url.rstrip('/')}/{'' if place == '.' else quote(place)}" if isinstance(url, str) and url else None,
            f"{cls.name}\n{text}",
            place,
            (*EXCLUDED_BY_DEFAULT, *_patterns(settings.get("exclude_docs"))),
            _patterns(settings.get("draft_docs")),
        )

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        for reason, patterns in self._skip_patterns.items():
            if patterns.match_file(self._place / path):
                return reason
        index = path.with_name("index.md")
        if path.stem == "README" and (self.folder / index).exists() and self.skip_reason(index, {}) is None:
            return "MkDocs shows index.md in its place"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        home = path.stem in {"index", "README"}
        if not self._directory_urls:
            return str(path.with_name("index.html") if home else path.with_suffix(".html"))
        place = str(path.parent if home else path.with_suffix(""))
        return "" if place == "." else f"{place}/"

    def split(self, text: str) -> tuple[dict[str, Any], str]:
        """Return a page's front matter and the rest."""
        return _split_meta(text)

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = self.split(text)
        sections = html.sections(self._markdown.reset().convert(without_includes(body)))
        return metadata, front_matter.document(metadata, sections, path.stem)

    @cached_property
    def _markdown(self) -> Markdown:
        fences = {"custom_fences": [FENCE], "relaxed_headers": True}
        options = {"toc": self._toc, HIGHLIGHT: {"use_pygments": False}, SUPERFENCES: fences}
        return Markdown(extensions=[*self._extensions, HIGHLIGHT, UnresolvedDirectives()], extension_configs=options)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the parser behind, which cannot be pickled; another process makes its own."""
        return {name: value for name, value in vars(self).items() if name != "_markdown"}


class _Loader(yaml.SafeLoader):
    """Reads a configuration whose tags name Python objects, and makes none but the slug functions known here."""


def _python(loader: _Loader, suffix: str, node: yaml.Node) -> object:
    name = suffix.partition(":")[2]
    if name == "markdown.extensions.toc.slugify_unicode":
        return slugify_unicode
    if name == "pymdownx.slugs.slugify" and isinstance(node, yaml.MappingNode):
        options = loader.construct_mapping(node, deep=True).get("kwds")
        return slugify(**options) if isinstance(options, dict) else slugify()
    return None


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _python)
_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def _read(config: Path) -> str:
    try:
        return config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _parsed(text: str) -> dict[str, Any]:
    try:
        settings = yaml.load(text, _Loader)  # noqa: S506  (makes no object)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _patterns(settings: object) -> list[str]:
    """Return lines as of a .gitignore, or nothing when they are none."""
    lines = settings.splitlines() if isinstance(settings, str) else []
    try:
        GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return []
    return lines


def _extensions(listed: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and options of a list of names, of mappings, or of both, or of a mapping."""
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, str):
            yield entry, {}
        elif isinstance(entry, dict):
            for name, options in entry.items():
                yield str(name), options if isinstance(options, dict) else {}


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
