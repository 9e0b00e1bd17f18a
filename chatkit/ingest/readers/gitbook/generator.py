"""GitBook: the pages that SUMMARY.md names, at the addresses of their files and with the ids that GitBook gives them.

GitBook renders on its own servers only, so its rules are taken from its documentation and from the ids and links that
it writes into the repositories that it is synchronised with.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Self

import yaml

from chatkit.ingest.document import Document
from chatkit.ingest.readers import front_matter, includes, summary
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.gitbook import markdown
from chatkit.ingest.readers.html.page import read_sections

CONFIG, SUMMARY, README = ".gitbook.yaml", "SUMMARY.md", "README.md"
# Of mdBook, of HonKit and of MkDocs, which may have a SUMMARY.md too.
OTHERS = ("book.toml", "../book.toml", "book.json", "book.js", "mkdocs.yml", "../mkdocs.yml", "../mkdocs.yaml")
INCLUDE = re.compile(r"^[ \t]*\{%[ \t]*include[ \t]+\"([^\"\n]+)\"[ \t]*%\}[ \t]*$", re.M)
VARIABLES = ".gitbook/vars.yaml"
# As deep as files that are included may include others.
MAX_DEPTH = 5


class GitBook(Generator):
    """One space of GitBook."""

    name = "gitbook"
    config_files = (CONFIG,)
    # What only its pages hold.
    signature = re.compile(r"^\{% (?:hint style=|content-ref url=|endstepper|endtabs|endhint|endswagger)", re.M)

    def __init__(
        self, folder: Path, readme: str = README, table_of_contents: str = SUMMARY, root: Path | None = None
    ) -> None:
        """``root`` is the folder that pages may include files of."""
        super().__init__(folder)
        self._root = root or folder
        self._readme = PurePosixPath(normpath(readme))
        self._summary = PurePosixPath(normpath(table_of_contents))
        text = includes.read_text(folder, folder / self._summary)
        found = None if text is None else summary.chapters(text)
        # Its links are seen from where it stands.
        self._chapters = found and {PurePosixPath(self._summary.parent / path): title for path, title in found.items()}
        self._order = {path: number for number, path in enumerate(self._chapters or ())}
        said = _mapping(includes.read_text(self._root, folder / VARIABLES))
        self._variables = {str(name): str(value) for name, value in said.items()}
        self.fingerprint = "\n".join([self.name, str(self._readme), text or "", str(said)])

    @classmethod
    def find_config(cls, place: Path) -> Path | None:
        """Return the configuration in a folder, or the table of contents beside its first page."""
        if (config := super().find_config(place)) is not None:
            return config
        is_other = any((place / name).exists() for name in OTHERS)
        contents = place / SUMMARY
        return contents if contents.is_file() and (place / README).is_file() and not is_other else None

    @classmethod
    def from_config(cls, config: Path, folder: Path) -> Self:
        """Return the space of a configuration; of a ``folder`` inside it only its pages are read."""
        settings = _mapping(includes.read_text(config.parent, config)) if config.name == CONFIG else {}
        said = settings.get("structure")
        structure = said if isinstance(said, dict) else {}
        pages = config.parent / (front_matter.string(settings, "root") or ".")
        made = cls(
            pages if pages.is_dir() else config.parent,
            front_matter.string(structure, "readme") or README,
            front_matter.string(structure, "summary") or SUMMARY,
            includes.site_root(config),
        )
        above, inside = made.folder.resolve(), folder.resolve()
        if inside != above and inside.is_relative_to(above):
            made.roots = (made.folder / inside.relative_to(above),)
        return made

    def skip_reason(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str | None:
        """Return why a page is left out, or None."""
        if path == self._summary:
            return "it is the table of contents"
        if self._chapters is not None and path != self._readme and path not in self._chapters:
            return f"{self._summary} does not name it"
        return "it is hidden" if metadata.get("hidden") is True else None

    def address(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return a page's address below the site's: its path without its ending, a README that of its folder."""
        if path == self._readme:
            return ""
        place = path.parent if path.name.lower() == README.lower() else path.with_suffix("")
        return "" if place == PurePosixPath() else str(place)

    def order_key(self, path: PurePosixPath, metadata: Mapping[str, Any]) -> str:
        """Return the place of a page in SUMMARY.md."""
        return f"{self._order.get(path, -1 if path == self._readme else len(self._order)) + 1:06} {path}"

    def expand(self, path: PurePosixPath, text: str) -> str:
        """Return a page with the files that it includes in their places."""
        return self._included(path.parent, text, MAX_DEPTH)

    def _included(self, place: PurePosixPath, text: str, depth: int) -> str:
        def content(found: re.Match[str]) -> str:
            file = PurePosixPath(normpath(place / found[1]))
            inner = includes.read_text(self._root, self.folder / file) if depth else None
            return self._included(file.parent, front_matter.split(inner)[1].strip(), depth - 1) if inner else ""

        return INCLUDE.sub(content, text)

    def parse(self, path: PurePosixPath, text: str) -> tuple[dict[str, Any], Document]:
        """Return a page's front matter, and the page; its title is its first heading, else that of SUMMARY.md."""
        metadata, body = front_matter.split(text)

        def title_of(link: str) -> str | None:
            target = PurePosixPath(normpath(path.parent / link.partition("#")[0]))
            return (self._chapters or {}).get(target) or (self._chapters or {}).get(target / README)

        own = metadata.get("vars")
        variables = {**{f"space.vars.{name}": value for name, value in self._variables.items()}}
        variables |= {f"page.vars.{name}": str(value) for name, value in (own if isinstance(own, dict) else {}).items()}
        sections = read_sections(markdown.to_html(body, title_of, variables))
        return metadata, front_matter.document(metadata, sections, (self._chapters or {}).get(path) or path.stem)


def _mapping(text: str | None) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text or "")
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
