"""The generators, and which of them made a folder's site."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from chatkit.ingest.readers.build_first import (
    Antora,
    Eleventy,
    Fumadocs,
    Gatsby,
    Mintlify,
    Quarto,
    Rspress,
    Sphinx,
    Zola,
)
from chatkit.ingest.readers.built_html import BuiltHtml
from chatkit.ingest.readers.docusaurus.generator import Docusaurus
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.gitbook.generator import GitBook
from chatkit.ingest.readers.gitbook.honkit import HonKit
from chatkit.ingest.readers.hugo.generator import Hugo
from chatkit.ingest.readers.jekyll.generator import Jekyll
from chatkit.ingest.readers.mdbook.generator import MdBook
from chatkit.ingest.readers.mkdocs.generator import MkDocs
from chatkit.ingest.readers.myst.generator import Myst
from chatkit.ingest.readers.myst.jupyter_book import JupyterBook
from chatkit.ingest.readers.nextra.generator import Nextra
from chatkit.ingest.readers.plain_markdown import PlainMarkdown
from chatkit.ingest.readers.starlight.generator import Starlight
from chatkit.ingest.readers.vitepress.generator import VitePress

# Of several that a folder speaks for alike, the first is taken.
GENERATORS: tuple[type[Generator], ...] = (
    VitePress,
    Nextra,
    Docusaurus,
    Starlight,
    MkDocs,
    Hugo,
    MdBook,
    Myst,
    JupyterBook,
    Sphinx,
    Antora,
    Eleventy,
    Gatsby,
    Quarto,
    Rspress,
    Fumadocs,
    Mintlify,
    Zola,
    Jekyll,
    HonKit,
    GitBook,
    BuiltHtml,
    PlainMarkdown,
)
AUTO = "auto"
NAMES = (AUTO, *sorted(generator.name for generator in GENERATORS if generator.remedy is None))
# A configuration stands in the folder, where a repository keeps its site, or above the folder: up to the top of its
# repository, or beside it or one above that where there is none.
SITE_FOLDERS = ("docs", "website", "site", "doc", "documentation", "book", "guide")
LEVELS_OF_REPOSITORY, LEVELS_ABOVE = 8, 2
# As many pages are looked through for a signature, and as much of each.
SAMPLED_PAGES, SAMPLED_CHARACTERS = 500, 20_000


@dataclass(frozen=True)
class Recognised:
    """A folder's generator, and what it was told by."""

    generator: Generator
    reason: str


def choose(name: str, folder: Path) -> Recognised:
    """Return the generator called ``name``, one of ``NAMES``, as the nearest configuration configures it.

    `auto` is the one whose configuration is near, else the one whose signature most pages hold, else plain Markdown.
    Raises ``ValueError``, with the remedy, for a site whose source cannot be read.
    """
    candidates = [generator for generator in GENERATORS if name in {AUTO, generator.name}]
    if name == AUTO and BuiltHtml.is_built(folder) and not any(one.find_config(folder) for one in candidates):
        return Recognised(BuiltHtml.from_folder(folder), "as it holds HTML and no source of pages")
    for place in _config_places(folder):
        for generator in candidates:
            if (config := generator.find_config(place)) is not None:
                is_own = place.is_relative_to(folder)
                # One further up may be another site's, so it is named in full.
                reason = f"by its {config.name}" if is_own or place == folder.resolve().parent else f"by {config}"
                if generator.remedy is not None:
                    raise ValueError(f"{folder} is a site of {generator.name}, {reason}. {generator.remedy}")
                return Recognised(generator.from_config(config, place if is_own else folder), reason)
    if name != AUTO:
        return Recognised(candidates[0].from_folder(folder), "as --generator says")
    return _by_signature(folder)


def _config_places(folder: Path) -> list[Path]:
    """Return the folders that may hold the configuration, the likeliest first."""
    places = [folder.resolve(), *folder.resolve().parents][: LEVELS_OF_REPOSITORY + 1]
    top = next((level for level, place in enumerate(places) if (place / ".git").exists()), LEVELS_ABOVE)
    return [folder, *(folder / name for name in SITE_FOLDERS), *places[1 : top + 1]]


def _by_signature(folder: Path) -> Recognised:
    """Return the generator whose signature most pages hold; plain Markdown when no page holds any."""
    found = Counter[type[Generator]]()
    pages = (file for file in folder.rglob("*.md*") if file.is_file() and "node_modules" not in file.parts)
    for file in islice(pages, SAMPLED_PAGES):
        try:
            with file.open(encoding="utf-8", errors="replace") as page:
                text = page.read(SAMPLED_CHARACTERS)
        except OSError:
            continue
        found.update(generator for generator in GENERATORS if generator.has_signature(text))
    if not found:
        return Recognised(PlainMarkdown.from_folder(folder), "as nothing says which generator made it")
    chosen = max(GENERATORS, key=lambda generator: found[generator])
    return Recognised(chosen.from_folder(folder), f"by the marks in {found[chosen]} of its pages")
