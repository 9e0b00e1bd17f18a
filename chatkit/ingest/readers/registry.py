"""The generators, and which of them made a folder's site."""

from collections import Counter
from itertools import islice
from pathlib import Path

from chatkit.ingest.readers.docusaurus import Docusaurus
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.mkdocs import MkDocs
from chatkit.ingest.readers.plain_markdown import PlainMarkdown

# Of several that a folder speaks for alike, the first is taken.
GENERATORS: tuple[type[Generator], ...] = (Docusaurus, MkDocs, PlainMarkdown)
AUTO = "auto"
NAMES = (AUTO, *sorted(generator.name for generator in GENERATORS))
# A configuration stands in the folder, beside it, or above that for one of several versions.
CONFIG_LEVELS = 3
# As many pages are looked through for a signature, and as much of each.
SAMPLED_PAGES, SAMPLED_CHARACTERS = 500, 20_000


def choose(name: str, folder: Path) -> Generator:
    """Return the generator called ``name``, one of ``NAMES``, as the nearest configuration configures it.

    `auto` is the one whose configuration is near, else the one whose signature most pages hold, else plain Markdown.
    """
    candidates = [generator for generator in GENERATORS if name in {AUTO, generator.name}]
    for place in [folder, *folder.resolve().parents][:CONFIG_LEVELS]:
        for generator in candidates:
            if (config := generator.find_config(place)) is not None:
                return generator.from_config(config, folder)
    chosen = _by_signature(folder) if name == AUTO else candidates[0]
    return chosen.from_folder(folder)


def _by_signature(folder: Path) -> type[Generator]:
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
    return max(GENERATORS, key=lambda generator: found[generator]) if found else PlainMarkdown
