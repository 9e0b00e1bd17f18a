"""mystmd, which is Jupyter Book 2 as well: the pages of `myst.yml`, at its addresses and with its ids."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, Self

from markdown_it.token import Token

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.anchors import mystmd_id
from chatkit.ingest.readers.includes import site_root
from chatkit.ingest.readers.myst import toc as myst_toc
from chatkit.ingest.readers.myst.site import MystSite, site_files, targets
from chatkit.ingest.readers.myst.toc import mapping

CONFIG_FILES = ("myst.yml", "myst.yaml")
LEGACY_TOC = "_toc.yml"
# A number to sort by, but not a year, and nothing longer than four digits.
YEAR = re.compile(r"[12]\d{3}(?:\D|\Z)|\d{5}")
LEADING_NUMBER = re.compile(r"[0-9_.-]+(?=.)", re.S)
SLUG_LENGTH = 50


class Myst(MystSite):
    """One site of mystmd."""

    name = "myst"
    config_files = CONFIG_FILES

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None, root: Path | None = None) -> None:
        super().__init__(folder, root)
        project, site = mapping(settings, "project"), mapping(settings, "site")
        domains = site.get("domains")
        if isinstance(domains, list) and domains and isinstance(domains[0], str):
            self.site_url = f"https://{domains[0].removeprefix('https://').strip('/')}/"
        has_folders = mapping(site, "options").get("folders") is True
        left_out = myst_toc.patterns(project.get("exclude"))
        files = [path for path in site_files(folder) if not left_out.match_file(path)]
        toc = project.get("toc") or myst_toc.read(folder / LEGACY_TOC)
        pages = myst_toc.listed(toc, files) if toc else _unlisted(files)
        self._slugs = _slugs(pages, has_folders)
        self.fingerprint = json.dumps([self.name, settings, [str(path) for path in pages]], default=str)
        self._index(pages)

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the site of a `myst.yml`, with the files beside it that it extends."""
        made = cls(config.parent, _settings(config), site_root(config))
        if folder.resolve() != config.parent.resolve():
            made.roots = (made.folder / folder.resolve().relative_to(made.folder.resolve()),)
        return made

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path in self._slugs:
            return None
        is_built = "_build" in path.parts or ".ipynb_checkpoints" in path.parts
        return "it was built of another" if is_built else "the table of contents does not name it"

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's."""
        return self._slugs.get(path, "")

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page."""
        metadata, body = front_matter.split(text)
        sections = self._sections(path, body, front_matter.string(metadata, "title"))
        return metadata, front_matter.document(metadata, sections, path.stem)

    def fragment(self, label: str) -> str:
        """Return the id of a label."""
        return mystmd_id(label)

    def give_ids(self, title: str | None, tokens: Sequence[Token]) -> None:
        """Give headings the ids of their labels or words, repeats numbered; a title that begins the page has none."""
        taken, repeats, labels, is_first = set[str](), Counter[str](), targets(tokens), True
        for place, (token, inline) in enumerate(pairwise([*tokens, Token("end", "", 0)])):
            if token.type == "heading_open" and not (is_first and token.tag == "h1" and title in {None, _text(inline)}):
                anchor = base = mystmd_id(labels.get(place) or _text(inline))
                while anchor in taken:
                    repeats[base] += 1
                    anchor = f"{base}-{repeats[base]}"
                taken.add(anchor)
                token.attrSet("id", anchor)
            if token.type != "myst_target":
                is_first = False

    def _stated_title(self, metadata: Mapping[str, Any]) -> str:
        return front_matter.string(metadata, "title") or ""


def slug(name: str) -> str:
    """Return a name as it stands in an address: without a number to sort by, in lower case, joined by hyphens."""
    if not YEAR.match(name):
        name = LEADING_NUMBER.sub("", name, count=1) if LEADING_NUMBER.match(name) else name
    return re.sub(r"[^a-z0-9-]+", "-", name.lower().replace("&", " and ")).strip("-")[:SLUG_LENGTH]


def _slugs(pages: Iterable[PurePosixPath], has_folders: bool) -> dict[PurePosixPath, str]:
    """Return the address of each page: the first is the site's own, and one that is taken is numbered."""
    taken = dict[str, int]()
    found = dict[PurePosixPath, str]()
    for path in pages:
        if not found:
            taken["index"] = 1
            found[path] = ""
            continue
        folders = [slug(part) for part in path.parts[:-1]] if has_folders else []
        place = "/".join([*folders, slug(path.stem)])
        is_index = place.endswith("/index")
        key = place.removesuffix("/index") if is_index else place
        repeats = taken.get(key, 0)
        taken[key] = repeats + 1
        found[path] = f"{key}-{repeats}" if repeats else key
    return found


def _unlisted(files: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """Return the pages of a site without a table of contents, the first being its index."""
    ordered = sorted(files, key=myst_toc.natural_key)
    top = [path for path in ordered if len(path.parts) == 1]
    for suffix in (".md", ".ipynb"):
        indexes = [path for name in myst_toc.INDEXES for path in top if path.name.lower() == f"{name}{suffix}"]
        if indexes:
            return [indexes[0], *(path for path in ordered if path != indexes[0])]
    return ordered


def _settings(config: Path) -> Mapping[str, Any]:
    """Return a configuration with what it extends from files beside it."""
    settings = mapping(myst_toc.read(config))
    extended = settings.get("extends")
    merged: dict[str, Any] = {}
    for one in [*(extended if isinstance(extended, list) else [extended]), None]:
        part = mapping(myst_toc.read(config.parent / one)) if isinstance(one, str) and "://" not in one else {}
        part = settings if one is None else part
        merged |= {key: {**mapping(merged, key), **mapping(part, key)} for key in ("project", "site") if key in part}
    return merged


def _text(inline: Token) -> str:
    """Return the words of a heading that its id is made of."""
    parts = list[str]()
    for token in inline.children or []:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif token.type in {"text", "myst_text", "code_inline", "text_special"}:
            parts.append(
                str(token.meta.get("source", token.content) if token.meta.get("role") == "math" else token.content)
            )
    return "".join(parts)
