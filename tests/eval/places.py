"""Places of a site as files of questions name them: the page's file without its ending, `#`, the anchor."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.search.models import Page, PassageRow

ENDINGS = {".md", ".mdx", ".markdown", ".html", ".htm"}
HOMES = {"index", "_index", "readme"}


@dataclass(frozen=True)
class Places:
    """The places that are indexed: pages by their address, and where each page begins.

    Pages are compared by their files, whatever addresses a generator gives them. The beginning of a page and its
    first heading are one place.
    """

    paths: dict[str, str]
    beginnings: dict[str, str]
    anchors: frozenset[tuple[str, str]]

    def of_url(self, url: str) -> str:
        """Return where a source's link leads."""
        address, _, fragment = url.partition("#")
        return self._place(self.paths.get(address, address), unquote(fragment.partition(":~:")[0]))

    def of_name(self, name: str) -> str:
        """Return a place that a file of questions names, in the one form that places are compared in."""
        path, _, anchor = name.partition("#")
        return self._place(page_of(path), anchor)

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return the places that no passage stands at."""
        known = {self._place(path, anchor) for path, anchor in self.anchors}
        return [name for name in names if self.of_name(name) not in known]

    def _place(self, path: str, anchor: str) -> str:
        anchor = anchor.lower()
        return f"{path}#{'' if anchor == self.beginnings.get(path) else anchor}"


def page_of(path: str) -> str:
    """Return the page of a file: without its ending, and the folder for the file that opens it."""
    file = PurePosixPath(path.strip("/"))
    file = file.with_suffix("") if file.suffix in ENDINGS else file
    file = file.parent if file.name.lower() in HOMES else file
    return "index" if str(file) == "." else str(file)


def indexed() -> Places:
    """Return the places of everything that is indexed."""
    paths = {url: page_of(path) for url, path in db.session.execute(select(Page.url, Page.path))}
    rows = db.session.execute(
        select(Page.path, PassageRow.anchor).join(Page, Page.id == PassageRow.page_id).order_by(PassageRow.position)
    )
    anchors = [(page_of(path), anchor.lower()) for path, anchor in rows]
    beginnings: dict[str, str] = {}
    for path, anchor in anchors:
        beginnings.setdefault(path, anchor)
    return Places(paths, beginnings, frozenset(anchors))
