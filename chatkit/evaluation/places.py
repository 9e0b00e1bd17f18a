"""Places of a site as files of questions name them: the page's file without its ending, `#`, the anchor."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
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
        """Return a place that a file of questions names, in the one form that places are compared in.

        Its page is named by its address, or by its file.
        """
        if (path := name.partition("#")[0]) in self.paths:
            return self.of_url(name)
        return self._place(page_of(path), name.partition("#")[2])

    def named(self, name: str) -> frozenset[str]:
        """Return the places that a file's name means: of a page without `#`, all of them."""
        place = self.of_name(name)
        return frozenset({place}) if "#" in name else self._by_page.get(place.partition("#")[0], frozenset({place}))

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return the places that no passage stands at."""
        return [name for name in names if not self.named(name) & self._known]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset().union(*self._by_page.values())

    @cached_property
    def _by_page(self) -> dict[str, frozenset[str]]:
        pages: dict[str, set[str]] = {}
        for path, anchor in self.anchors:
            pages.setdefault(path, set()).add(self._place(path, anchor))
        return {path: frozenset(places) for path, places in pages.items()}

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
    # Files of two sources may have one name; then only an address says which is meant.
    counts = Counter(paths.values())
    paths = {url: page if counts[page] == 1 else url for url, page in paths.items()}
    rows = db.session.execute(
        select(Page.url, PassageRow.anchor).join(Page, Page.id == PassageRow.page_id).order_by(PassageRow.position)
    )
    anchors = [(paths[url], anchor.lower()) for url, anchor in rows]
    beginnings: dict[str, str] = {}
    for path, anchor in anchors:
        beginnings.setdefault(path, anchor)
    return Places(paths, beginnings, frozenset(anchors))
