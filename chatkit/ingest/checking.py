"""Whether pages stand where the index says: their addresses and anchors, compared with the live site or its sitemap."""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.errors import ContentError
from chatkit.ingest import service, urls
from chatkit.ingest.crawler.discovery import Sitemaps, fetch_robots
from chatkit.ingest.crawler.fetch import MAX_REDIRECTS, Fetcher, FetchError
from chatkit.ingest.outcomes import Parsed
from chatkit.ingest.page_source import MAX_PAGE_BYTES, PageSource
from chatkit.ingest.readers.html.cost import ATTRIBUTES, TAG
from chatkit.ingest.readers.html.encoding import decode
from chatkit.search.models import Page, PassageRow, Source

# What a browser scrolls to: an element by its id, or a link by its name.
TARGET = re.compile(r"(?:id|name)\s*=\s*[\"']?(.*?)[\"']?\Z", re.I | re.S)
# After as many addresses in a row that cannot be reached, the site is taken to be down.
MAX_UNREACHABLE = 3


@dataclass(frozen=True)
class PublishedPage:
    """A page by its file, its address and the anchors that answers link to."""

    path: str
    url: str
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong with an address, and which file it belongs to."""

    path: str
    address: str
    reason: str


def indexed_pages(source_name: str) -> tuple[str, list[PublishedPage]]:
    """Return the base URL of a source and its pages, by path. Raises ``ContentError`` for a name that none has."""
    base_url = db.session.scalar(select(Source.base_url).where(Source.name == source_name))
    if base_url is None:
        raise ContentError(f"No source is called {source_name}. `flask content status` lists the sources.")
    own = select(Page.path, Page.url, PassageRow.anchor).join(Source).outerjoin(PassageRow)
    rows = db.session.execute(own.where(Source.name == source_name).order_by(Page.path, PassageRow.position))
    anchors = defaultdict[tuple[str, str], dict[str, None]](dict)
    for path, url, anchor in rows:
        anchors[path, url] |= {anchor: None} if anchor else {}
    return base_url, [PublishedPage(path, url, tuple(found)) for (path, url), found in anchors.items()]


def read_pages(source: PageSource) -> list[PublishedPage]:
    """Return the pages that a source would be indexed with. Raises ``ContentError`` when there is none."""
    found = list[Parsed]()
    service.preview(source, found.append)
    return [
        PublishedPage(page.path, page.url, tuple(dict.fromkeys(each.anchor for each in page.passages if each.anchor)))
        for page in found
    ]


def sample(pages: Sequence[PublishedPage], number: int) -> list[PublishedPage]:
    """Return as many pages, as far from each other as can be, so that each folder has its share; the same each time."""
    if number >= len(pages):
        return list(pages)
    return [pages[place * len(pages) // number] for place in range(number)]


class LiveSite:
    """A site as it is served; ``at`` stands in the place of the base URL of the pages.

    Raises ``ValueError`` for an ``at`` that is no address of a website.
    """

    def __init__(self, base_url: str, at: str | None, delay_seconds: float) -> None:
        self.root = urls.normalize_base(at or base_url)
        self._base_url = base_url
        if urls.PATH.match(self.root):
            raise ValueError(
                f"addresses begin with {base_url} on whatever site shows the widget: say where by --at URL"
            )
        self._fetcher = Fetcher(urls.origin(self.root), delay_seconds)

    def check_pages(self, pages: Sequence[PublishedPage]) -> Iterator[Problem]:
        """Yield what is wrong with each page as it is served. Raises ``ContentError`` when the site is down."""
        unreachable = 0
        for page in pages:
            address = self._live(page.url)
            try:
                targets = self._targets(address)
            except FetchError as error:
                unreachable = unreachable + 1 if error.unreachable else 0
                if unreachable >= MAX_UNREACHABLE:
                    raise ContentError(f"{self.root}: {error}.") from None
                yield Problem(page.path, address, str(error))
                continue
            unreachable = 0
            for anchor in page.anchors:
                if not targets & {anchor, unquote(anchor)}:
                    yield Problem(page.path, f"{address}#{anchor}", "nothing on the page has this anchor")

    def check_sitemap(self, pages: Sequence[PublishedPage]) -> Iterator[Problem]:
        """Yield the pages that the site's sitemaps do not name. Raises ``ContentError`` when there is no sitemap."""
        roots = (self.root, self._base_url)
        sitemaps = Sitemaps(self._fetcher, lambda address: address.startswith(roots))
        named = sitemaps.find_pages(fetch_robots(self._fetcher).sitemaps, self.root)
        if not named:
            problem = next((f"{place}: {error}" for place, error in sitemaps.failures.items()), "none was found")
            raise ContentError(f"No sitemap of {self.root} names a page below it: {problem}.")
        known = {urls.ENDING.sub("", self._live(urls.normalize(address)), count=1) for address in named}
        for page in pages:
            address = self._live(page.url)
            if urls.ENDING.sub("", address, count=1) not in known:
                yield Problem(page.path, address, "no sitemap names it")

    def _live(self, url: str) -> str:
        return self.root + url.removeprefix(self._base_url) if url.startswith(self._base_url) else url

    def _targets(self, address: str) -> set[str]:
        """Return what the anchors on a page lead to, also where its server adds or takes a slash."""
        asked = address
        for _ in range(MAX_REDIRECTS):
            response = self._fetcher.get(address, MAX_PAGE_BYTES)
            if response.location is None:
                break
            if not urls.is_same_page(asked, response.location):
                raise FetchError(f"it redirects to {response.location}")
            address = response.location
        else:
            raise FetchError("it redirects without end")
        if response.content_type not in urls.HTML_TYPES:
            raise FetchError(f"it is {response.content_type}, not HTML")
        attributes = (tag[3] for tag in TAG.finditer(decode(response.content, response.charset, "replace")) if tag[3])
        found = (TARGET.match(each) for tag in attributes for each in ATTRIBUTES.findall(tag))
        return {html.unescape(target[1]) for target in found if target}
