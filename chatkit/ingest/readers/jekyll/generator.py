"""Jekyll: pages with front matter, rendered by Liquid and kramdown, at the addresses of their permalinks."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Self

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.html.page import read_page, read_sections
from chatkit.ingest.readers.jekyll.addresses import POST, DatedName, document_address, page_address
from chatkit.ingest.readers.jekyll.config import REPOSITORY_FILES, JekyllConfig
from chatkit.ingest.readers.jekyll.site import JekyllSite
from chatkit.ingest.readers.kramdown.convert import KramdownOptions, to_html
from chatkit.ingest.readers.liquid import template as liquid
from chatkit.ingest.readers.liquid.filters import parsed_date

MARKDOWN = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")
HTML = (".html", ".htm")
INDEXES = tuple(f"index{suffix}" for suffix in (*MARKDOWN, *HTML))
# Whether a page had front matter, which may be empty.
HAS_FRONT_MATTER = "(front matter)"


class Jekyll(Generator):
    """One site's Jekyll, with the settings of its `_config.yml`."""

    name = "jekyll"
    config_files = ("_config.yml", "_config.yaml")
    suffixes = (*MARKDOWN, *HTML)

    def __init__(self, config: JekyllConfig, roots: tuple[Path, ...] | None = None, fingerprint: str = name) -> None:
        super().__init__(config.source, roots)
        self.config = config
        self.site_url = config.site_url
        self.fingerprint = fingerprint
        said = config.settings.get("kramdown")
        options = said if isinstance(said, dict) else {}
        self._kramdown = KramdownOptions(
            is_gfm=options.get("input", "GFM") == "GFM",
            auto_ids=options.get("auto_ids") is not False,
            auto_id_prefix=str(options.get("auto_id_prefix") or ""),
            parse_block_html=options.get("parse_block_html") is True,
        )

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the configuration in a folder, unless it is one of Jupyter Book."""
        return None if (place / "_toc.yml").exists() else super().find_config(place)

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the Jekyll of a configuration file; of a ``folder`` inside the site only its pages are read."""
        settings = JekyllConfig.read(config)
        source = settings.source.resolve()
        is_part = folder.resolve().is_relative_to(source) and folder.resolve() != source
        text = config.read_text(encoding="utf-8", errors="replace")
        plugins = ",".join(sorted(settings.plugins))
        return cls(settings, (folder,) if is_part else None, f"{cls.name}\n{plugins}\n{text}")

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Return the Jekyll of a folder without a configuration."""
        return cls(JekyllConfig(folder, {}))

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if "_drafts" in path.parts:
            return "a draft"
        if self.config.is_left_out(path):
            return "Jekyll leaves it out"
        collection = self.config.collection(path)
        if collection is not None:
            label = collection[0]
            if label == "posts" and not POST.fullmatch(path.stem):
                return "a post without a date in its name"
            if label != "posts" and self.config.collections[label].get("output") is not True:
                return f"the collection {label} makes no pages"
        if not metadata:
            return None
        data = self.data(path, metadata)
        if data.get("published") is False:
            return "it is not to be published"
        if data.get("redirect_to"):
            return "it leads to another page"
        if collection is not None and self._is_of_the_future(path, data):
            return "its date is to come"
        if not metadata.get(HAS_FRONT_MATTER, True):
            reason = self._reason_without_front_matter(path, collection is not None)
            if reason is not None:
                return reason
        address = self.address(path, metadata)
        if address in {"404.html", "404/", "404"}:
            return "the page of an address that is none"
        ending = PurePosixPath(address).suffix
        return f"it is published as {ending}" if ending in {".xml", ".json", ".js", ".css", ".txt", ".scss"} else None

    def _is_of_the_future(self, path: PurePosixPath, data: Mapping[str, Any]) -> bool:
        date = DatedName.of(path, data).date
        if date is None or self.config.settings.get("future") is True:
            return False
        return date > datetime.now(self.config.timezone).replace(tzinfo=None)

    def _reason_without_front_matter(self, path: PurePosixPath, is_document: bool) -> str | None:
        if path.suffix.lower() in HTML and not is_document:
            return None
        plugins = self.config.plugins
        if is_document or "jekyll-optional-front-matter" not in plugins:
            if not (path.stem.lower() == "readme" and self._is_readme_index(path)):
                return "it has no front matter"
        elif path.stem.lower() == "readme" and self._is_readme_index(path):
            return None
        elif path.stem.lower() in REPOSITORY_FILES:
            return "a file of the repository"
        return None

    def _is_readme_index(self, path: PurePosixPath) -> bool:
        beside = (self.folder / path.parent / name for name in INDEXES)
        return "jekyll-readme-index" in self.config.plugins and not any(file.exists() for file in beside)

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        data = self.data(path, metadata)
        permalink = front_matter.string(data, "permalink")
        collection = self.config.collection(path)
        if collection is not None:
            place = str(PurePosixPath(collection[1]).with_suffix(""))
            template = permalink or self.config.template(collection[0])
            address = document_address(path, place, collection[0], data, template)
        elif not metadata.get(HAS_FRONT_MATTER, True) and path.suffix.lower() in HTML:
            address = f"{path.parent}/" if path.name == "index.html" else str(path)
            address = "" if address == "./" else address
        else:
            is_index = path.stem.lower() == "readme" and self._is_readme_index(path) and self._may_be_index(metadata)
            address = page_address(path.with_stem("index") if is_index else path, permalink, self.config.style)
        return f"{prefix}/{address}" if (prefix := self._language_prefix(data)) else address

    def _may_be_index(self, metadata: Mapping[str, Any]) -> bool:
        said = self.config.settings.get("readme_index")
        may_have_any = isinstance(said, dict) and said.get("with_frontmatter") is True
        return may_have_any or not metadata.get(HAS_FRONT_MATTER, True)

    def _language_prefix(self, data: Mapping[str, Any]) -> str:
        language = front_matter.string(data, "lang") or ""
        settings = self.config.settings
        is_other = "jekyll-polyglot" in self.config.plugins and language != (settings.get("default_lang") or "en")
        return language if is_other and language in (settings.get("languages") or []) else ""

    def language(self, path: PurePosixPath) -> str | None:
        """Return the language that the site says its pages are in."""
        return front_matter.string(self.config.settings, "lang")

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return what sorts pages as the theme Just the Docs does: by `nav_order` below their parents."""
        return self._site.order_key(path, self.data(path, metadata))

    def split(self, text: str) -> tuple[dict[str, Any], str]:
        """Return a page's front matter, with whether it has any, and the rest."""
        metadata, body = front_matter.split(text)
        has_any = bool(metadata) or len(body) < len(text.replace("\r\n", "\n").removeprefix("\ufeff"))
        return {**metadata, HAS_FRONT_MATTER: has_any}, body

    def data(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page's front matter with the site's defaults, and what its path says."""
        collection = self.config.collection(path)
        kind = collection[0] if collection else "pages"
        data = {**self.config.defaults(path, kind), **metadata}
        date = parsed_date(data["date"]) if data.get("date") else None
        if date is not None:
            data["date"] = date.astimezone(self.config.timezone).replace(tzinfo=None) if date.tzinfo else date
        if kind == "posts":
            above = path.parts[: path.parts.index("_posts")]
            own = data.get("categories") or []
            listed = [*(own.split() if isinstance(own, str) else own if isinstance(own, list) else [own])]
            listed += [data["category"]] if data.get("category") else []
            data["categories"] = [*above, *(one for one in listed if one not in above)]
        return data

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page with its tags of Liquid rendered."""
        metadata, body = self.split(text)
        data = self.data(path, metadata)
        is_static = not metadata[HAS_FRONT_MATTER] and path.suffix.lower() in HTML
        if is_static or data.get("render_with_liquid") is False or not ("{{" in body or "{%" in body):
            return text
        whole = text.replace("\r\n", "\n")
        page = {**data, "path": str(path), "url": f"/{self.address(path, metadata)}", "name": path.name}
        rendered = liquid.render(body, self._site.scope(page), self._site.beside(path))
        return whole[: len(whole) - len(body)] + rendered

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = self.split(text)
        data = self.data(path, metadata)
        fallback = DatedName.of(path, {}).slug.replace("-", " ").title() if self.config.collection(path) else path.stem
        if path.suffix.lower() in HTML:
            if "<body" in body or not metadata[HAS_FRONT_MATTER]:
                return metadata, read_page(body, front_matter.string(data, "title") or fallback)[1]
            sections = read_sections(body)
        else:
            sections = read_sections(to_html(body, self._kramdown))
        return metadata, front_matter.document(data, sections, fallback)

    @cached_property
    def _site(self) -> JekyllSite:
        return JekyllSite(self, self.config, self.data)

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what was read of other pages, which another process reads when it needs it."""
        return {name: value for name, value in vars(self).items() if name != "_site"}
