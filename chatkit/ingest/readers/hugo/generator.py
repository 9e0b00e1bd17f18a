"""Hugo: pages read as its goldmark renders them, shortcodes understood, and the addresses that Hugo gives them."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any, Self
from urllib.parse import quote

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.hugo import config as hugo_config
from chatkit.ingest.readers.hugo import front_matter as hugo_front_matter
from chatkit.ingest.readers.hugo import includes as hugo_includes
from chatkit.ingest.readers.hugo import layouts, typographer
from chatkit.ingest.readers.hugo.config import HugoConfig, table
from chatkit.ingest.readers.hugo.content import HTML_SUFFIXES, SUFFIXES, Content, Place
from chatkit.ingest.readers.hugo.goldmark import Goldmark
from chatkit.ingest.readers.hugo.paths import Addresses, moment, page_date
from chatkit.ingest.readers.hugo.shortcodes import PageShortcodes
from chatkit.ingest.readers.includes import read_text, site_root

# From this version on ids are made of a heading's words, and no longer of its source.
NEW_IDS = 145
# Where repositories keep a site.
SITE_FOLDERS = ("", "site", "docs", "website")
# Where a file that a shortcode names is looked for, below the site and its content.
INCLUDED_FROM = ("", "examples", "includes", "_includes", "shared")


class Hugo(Generator):
    """One site's Hugo, with the settings that decide addresses and anchors."""

    name = "hugo"
    suffixes = SUFFIXES
    signature = re.compile(r"\A\+\+\+\n|^[ \t]*\{\{[<%] */?\w[\w/-]*[^\n{}]*[>%]\}\}[ \t]*$", re.M)

    def __init__(self, folder: Path, config: HugoConfig | None = None) -> None:
        self._config = config or HugoConfig(folder)
        self._content = Content(folder, self._config)
        super().__init__(folder, self._content.roots)
        self._addresses = Addresses(self._config, self._content)
        self._goldmark = _goldmark(self._config)
        self._site = layouts.load(self._config)
        self._within = "".join(f"{part}/" for part in self._content.within.parts)
        base = self._config.base_url(self._config.default_language)
        if base.startswith(("http://", "https://")):
            self.site_url = f"{base.rstrip('/')}/{quote(self._within)}"
        made_of = json.dumps([self._config.version, self._config.text, self._site.templates, self._site.texts])
        self.fingerprint = f"{self.name}\n{hashlib.sha256(made_of.encode()).hexdigest()}"

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the site's configuration, or one file of `config/_default`, or None."""
        return hugo_config.find(place)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Hugo of a folder of content, or of one that holds it; tags are read, as nothing forbids them."""
        root = next((folder / name for name in SITE_FOLDERS if (folder / name / "content").is_dir()), folder)
        return cls(folder, HugoConfig(root, {"markup": {"goldmark": {"renderer": {"unsafe": True}}}}))

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Hugo of a configuration; ``folder`` holds it, or is the folder of content, or one in that."""
        return cls(folder, hugo_config.load(config))

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path.stem.rpartition(".")[2].lower() in self._config.disabled_languages:
            return "its language is switched off"
        place, bundles = self._content.place(path), self._content.bundles
        if (base := self._config.base_url(place.language)) != self._config.base_url(self._config.default_language):
            return f"it is published at {base}"
        is_part = place.folder in bundles and not (place.is_bundle or place.kind != "page")
        if is_part or not bundles.isdisjoint(place.folder.parents):
            return "a part of the bundle it lies in"
        if not metadata:
            return None
        metadata = self._content.with_cascade(place, metadata)
        if reason := self._withheld(metadata) or self._unrendered(metadata, place.is_bundle):
            return reason
        if not self._addresses.is_new and (reason := self._withheld_section(place)):
            return f"in a section that is {reason}"
        if not self._addresses.of(path, metadata).startswith(self._within):
            return "its address is outside of that of the folder: index the whole site"
        return None

    def _withheld_section(self, place: Place) -> str | None:
        """Return why one of a page's sections is left out, and with it all that is in it before Hugo 0.123."""
        for folder in place.folder.parents if place.kind == "section" else (place.folder, *place.folder.parents):
            section = self._content.section_metadata(folder, place.language)
            above = Place(folder, "_index", place.language)
            if reason := self._withheld(self._content.with_cascade(above, section)):
                return reason
        return None

    def _withheld(self, metadata: Mapping[str, Any]) -> str | None:
        settings, now = self._config.settings, datetime.now(UTC)
        published = moment(metadata.get("publishdate")) or moment(metadata.get("date"))
        expired = moment(metadata.get("expirydate"))
        if metadata.get("draft") is True and settings.get("builddrafts") is not True:
            return "a draft"
        if published and published > now and settings.get("buildfuture") is not True:
            return "to be published later"
        if expired and expired <= now and settings.get("buildexpired") is not True:
            return "expired"
        return None

    def _unrendered(self, metadata: Mapping[str, Any], is_bundle: bool) -> str | None:
        build = table(metadata, "build") or table(metadata, "_build")
        if build.get("render", True) in (False, "never", "link"):
            return "not rendered"
        if metadata.get("headless") is True and (is_bundle or self._addresses.is_new):
            return "headless: only a part of other pages"
        outputs = metadata.get("outputs")
        if isinstance(outputs, list) and outputs and "html" not in {str(one).lower() for one in outputs}:
            return "not rendered as HTML"
        return None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below that of the site, or of the part of it that the folder is."""
        metadata = self._content.with_cascade(self._content.place(path), metadata)
        return self._addresses.of(path, metadata).removeprefix(self._within)

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language of a page's name or folder, by the tag that the configuration has for it."""
        return self._config.language_tag(self._content.place(path).language)

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what sorts pages by the weight, the date and the title of each of their sections and their own."""
        place = self._content.place(path)
        above = [folder for folder in (place.parent, *place.parent.parents) if folder.parts]
        keys = [
            _weighed(self._content.section_metadata(folder, place.language), folder.name) for folder in reversed(above)
        ]
        if place.kind == "page":
            keys.append(_weighed(metadata, PurePosixPath(place.reference).name))
        return "\x1f".join(keys)

    def linked_files(self, page: PurePosixPath, path: str) -> Iterator[str]:
        """Yield the files that the path of a link may name, also by what pages call each other."""
        yield from super().linked_files(page, path)
        if (found := self._content.find(page, path)) is not None:
            yield found

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page's text with the files in it that its shortcodes put there."""
        if "{{" not in text:
            return text
        language, own = self._content.place(path).language, (self.folder / path).parent
        root = site_root(self._config.root / "hugo.toml")
        content = [mount.source for mount in self._config.mounts() if mount.language in {None, language}]
        shared = [folder / part for folder in (self._config.root, *content) for part in INCLUDED_FROM]

        def read(file: str) -> str | None:
            tried = [*shared, own] if file.startswith("/") else [own, *shared]
            found = (read_text(root, folder / file.lstrip("/")) for folder in tried)
            return next((content for content in found if content is not None), None)

        return hugo_includes.expand(text, self._site.templates, read)

    def split(self, text: str) -> tuple[dict[str, Any], str]:
        """Return a page's front matter, in YAML, TOML or JSON, with its keys in lower case, and the rest."""
        return hugo_front_matter.split(text)

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = self.split(text)
        place, is_html = self._content.place(path), path.suffix.lower() in HTML_SUFFIXES
        if not metadata and not is_html:
            # It has been read, and says nothing; what its sections say holds for it.
            metadata = {"title": None}
        shortcodes = PageShortcodes(
            self._site,
            self._content.with_cascade(place, metadata),
            place.language,
            lambda reference: self._resolve(path, reference),
            self._goldmark.to_html,
        )
        body = shortcodes.markdown(body)
        rendered = body if is_html else self._goldmark.to_html(body)
        sections = read_sections(shortcodes.fill(rendered))
        own = self._config.title(place.language) if place.kind == "home" else ""
        return metadata, front_matter.document(metadata, sections, own or PurePosixPath(place.reference).name)

    def _resolve(self, page: PurePosixPath, reference: str) -> str:
        """Return the link of `ref` and `relref`: to the file of a page, which its address replaces later."""
        name, mark, fragment = reference.partition("#")
        if not name or name.startswith(("http://", "https://")):
            return reference
        found = self._content.find(page, name)
        return f"/{quote(found)}{mark}{fragment}" if found is not None else ""


def _weighed(metadata: Mapping[str, Any], name: str) -> str:
    """Return what sorts a page among its neighbours: weight, then the newest, then its title."""
    weight = metadata.get("weight")
    place = weight + 10**9 if isinstance(weight, int) and weight else 10**10
    title = front_matter.string(metadata, "linktitle") or front_matter.string(metadata, "title") or name
    return f"{place:011d}{99_991_231 - int(f'{page_date(metadata):%Y%m%d}'):08d}{title}"


def _goldmark(config: HugoConfig) -> Goldmark:
    markup = table(config.settings, "markup")
    settings = table(markup, "goldmark")
    parser, stated = table(settings, "parser"), table(settings, "extensions").get("typographer")
    id_type = str(parser.get("autoidtype") or parser.get("autoheadingidtype") or "github")
    own = stated if isinstance(stated, dict) else {}
    signs = {sign: unescape(str(own[name])) for name, sign in typographer.NAMES.items() if name in own}
    is_off = stated is False or own.get("disable") is True
    passthrough = table(table(settings, "extensions"), "passthrough")
    pairs = [pair for kind in ("block", "inline") for pair in table(passthrough, "delimiters").get(kind) or ()]
    return Goldmark(
        id_type="blackfriday" if str(markup.get("defaultmarkdownhandler", "")).lower() == "blackfriday" else id_type,
        has_ids=parser.get("autoheadingid") is not False,
        reads_source=config.version < NEW_IDS,
        term_ids=parser.get("autodefinitiontermid") is True and config.version >= NEW_IDS,
        raw_html=table(settings, "renderer").get("unsafe") is True,
        block_attributes=table(parser, "attribute").get("block") is True,
        signs={} if is_off else {**typographer.SIGNS, **signs},
        emoji=config.settings.get("enableemoji") is True,
        verbatim=tuple((str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2)
        if passthrough.get("enable") is True
        else (),
    )
