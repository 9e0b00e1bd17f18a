"""A site as a source: its sitemap, or else its links, within its own origin and its robots.txt."""

import mimetypes
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

from chatkit.errors import ContentError
from chatkit.ingest.crawler import sitemap
from chatkit.ingest.crawler.checkpoint import Logbook
from chatkit.ingest.crawler.fetch import AGENT, Fetcher, FetchError, Reply, normalized, origin_of
from chatkit.ingest.readers import html
from chatkit.ingest.sources import (
    MOST_BYTES,
    NOINDEX,
    READING,
    Known,
    LeftOut,
    Outcome,
    Unchanged,
    Unreadable,
    base_of,
    digest_of,
    html_text,
    is_same_place,
    parsed,
    resolved,
)

DELAY_SECONDS, MOST_DELAY_SECONDS = 0.2, 10.0
# More than anybody means to wait between two pages.
MOST_WAIT_SECONDS = 3_600.0
MOST_PAGES, MOST_SITEMAPS = 10_000, 500
ROBOTS_BYTES = 500_000
ETAG_LENGTH, LAST_MODIFIED_LENGTH = 200, 64
# After so many addresses in a row that cannot be reached, the site is taken to be down.
UNREACHABLE = 5
KINDS = {"text/html", "application/xhtml+xml"}
# What the address of a page ends in; "2.0" and "node.js" are folders.
PAGE = re.compile(r"\.(?:[sx]?html?|php|aspx?|jsp)\Z", re.I)
GONE = {404, 410}


class Site:
    """A site of HTML pages. Raises ``ValueError`` for what is no address of one.

    With the address of a sitemap its pages are read; with any other, those that the site's sitemaps name or
    its links lead to, at and below that address. ``base_url`` stands in their links in place of that
    address; ``folder`` is where an interrupted crawl is remembered.
    """

    generator = "html"

    def __init__(
        self,
        address: str,
        folder: Path,
        base_url: str | None = None,
        name: str | None = None,
        delay_seconds: float = DELAY_SECONDS,
        most_pages: int = MOST_PAGES,
    ) -> None:
        if not 0 <= delay_seconds <= MOST_WAIT_SECONDS:
            raise ValueError(f"a delay of {delay_seconds:g} seconds is none from 0 to {MOST_WAIT_SECONDS:g}")
        self._address = normalized(address)
        self._origin = origin_of(self._address)
        self._is_sitemap = urlsplit(self._address).path.endswith((".xml", ".xml.gz"))
        self._root = f"{self._origin}/" if self._is_sitemap else _folder_of(self._address)
        self.name = name or self._address
        self.base_url = base_of(base_url) if base_url else self._root
        self._most_pages = most_pages
        self._fetcher = Fetcher(self._origin, delay_seconds)
        self._logbook = Logbook(folder, self._address, {"name": self.name, "base_url": self.base_url})
        self._seen: set[str] = set()
        self._waiting: deque[str] = deque()
        self._follows_links = False
        self._bad_sitemaps = dict[str, FetchError | ValueError]()
        self._unreachable = 0

    def expected(self) -> int:
        return min(len(self._seen), self._most_pages)

    def pages(self, known: Mapping[str, Known]) -> Iterator[Outcome]:
        # What was unchanged says nothing when it has left the index since.
        done = {
            outcome.path: outcome
            for outcome in self._logbook.read()
            if not isinstance(outcome, Unchanged) or outcome.path in known
        }
        try:
            robots = self._robots()
            self._add(self._named(robots))
            self._follows_links = not self._seen
            if self._follows_links:
                self._add([self._address])
            if self._follows_links or self._bad_sitemaps:
                # Nothing that can be read now says that these are gone.
                self._add(known)
            for address, error in self._bad_sitemaps.items():
                reason = f"the sitemap cannot be read: {error}"
                may_come_back = isinstance(error, FetchError) and error.status not in GONE
                yield Unreadable(address, reason) if may_come_back else LeftOut(address, reason)
            for _ in range(self._most_pages):
                if not self._waiting:
                    return
                address = self._waiting.popleft()
                outcome = done.pop(address, None) or self._outcome(address, known.get(address), robots)
                if not isinstance(outcome, Unreadable):
                    self._logbook.add(outcome)
                    self._add(outcome.links)
                yield outcome
            for address in self._waiting:
                yield Unreadable(address, f"it is beyond the first {self._most_pages:,} pages")
        finally:
            self._logbook.close()

    def indexed(self) -> None:
        self._logbook.discard()

    def _robots(self) -> Protego:
        try:
            text = self._fetcher.follow(f"{self._origin}/robots.txt", ROBOTS_BYTES).content.decode("utf-8", "replace")
        except FetchError as error:
            # A site that refuses to say what it allows allows everything; one that fails may not mean to.
            if error.status is None or error.status >= 500:
                raise ContentError(
                    f"{self._origin}/robots.txt cannot be read: {error}. Try again when the site answers."
                ) from None
            text = ""
        robots = Protego.parse(text)
        asked = min(robots.crawl_delay(AGENT) or 0.0, MOST_DELAY_SECONDS)
        self._fetcher.delay_seconds = max(self._fetcher.delay_seconds, asked)
        return robots

    def _named(self, robots: Protego) -> list[str]:
        """Return the addresses that the sitemap names, or all that robots.txt names, or one where it usually is."""
        stated = [self._address] if self._is_sitemap else list(robots.sitemaps)
        named = self._read_sitemaps(stated)
        inside = [page for page in named if self._is_inside(page)]
        if inside:
            return inside
        if self._is_sitemap:
            if named:
                raise ContentError(
                    f"{self._address} names only pages of other sites, such as {named[0]}. Index that site."
                )
            problems = [
                str(error) if address == self._address else f"{address}: {error}"
                for address, error in self._bad_sitemaps.items()
            ]
            raise ContentError(f"{self._address} cannot be read: {next(iter(problems), 'it names no page')}.")
        for usual in dict.fromkeys([f"{self._root}sitemap.xml", f"{self._origin}/sitemap.xml"]):
            if usual not in stated:
                inside = [page for page in self._read_sitemaps([usual]) if self._is_inside(page)]
                if inside:
                    return inside
                # Nothing says that there is one.
                self._bad_sitemaps.pop(usual, None)
        return []

    def _read_sitemaps(self, addresses: Iterable[str]) -> list[str]:
        """Return what sitemaps, and those that they lead to, name; what was wrong with any is kept."""
        pages, waiting, read = list[str](), deque(addresses), set[str]()
        while waiting and len(read) < MOST_SITEMAPS:
            address = waiting.popleft()
            try:
                place = normalized(address)
                if place in read or origin_of(place) != self._origin:
                    continue
                read.add(place)
                own, further = sitemap.read(self._fetcher.follow(place, sitemap.MOST_BYTES).content)
            except (FetchError, ValueError) as error:
                self._bad_sitemaps[address] = error
                continue
            pages += own
            waiting += further
        return pages

    def _is_inside(self, address: str) -> bool:
        return address == self._address or address.startswith(self._root)

    def _add(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            try:
                found = normalized(address)
            except ValueError:
                continue
            if found not in self._seen and self._is_inside(found):
                self._seen.add(found)
                self._waiting.append(found)

    def _outcome(self, address: str, known: Known | None, robots: Protego) -> Outcome:
        if not robots.can_fetch(address, AGENT):
            return LeftOut(address, "robots.txt does not allow it")
        # What would be read differently now is fetched whether or not it has changed.
        current = known is not None and known.digest.startswith(f"{READING}-")
        marks = (known.etag, known.last_modified) if known is not None and current else (None, None)
        try:
            reply = self._fetcher.get(address, MOST_BYTES, marks)
        except FetchError as error:
            return self._failed(address, error)
        self._unreachable = 0
        if reply.status == 304:
            return Unchanged(address, borrowed=known is not None and self._is_borrowed(address, known.url))
        if reply.location is not None:
            return LeftOut(address, f"it leads to {reply.location}", (reply.location,))
        if reply.kind not in KINDS:
            return LeftOut(address, f"it is {reply.kind}, not HTML")
        try:
            return self._page(address, reply, known)
        except Exception as error:  # A page that breaks the parser must not keep the others from being indexed.
            return Unreadable(address, f"its parser failed: {type(error).__name__}: {error}")

    def _failed(self, address: str, error: FetchError) -> Outcome:
        self._unreachable = self._unreachable + 1 if error.unreachable else 0
        if self._unreachable == UNREACHABLE:
            raise ContentError(
                f"{self._origin} cannot be reached any more: {error}. The index was left as it was. "
                "The same command goes on where this one stopped."
            ) from None
        return LeftOut(address, str(error)) if error.status in GONE else Unreadable(address, str(error))

    def _page(self, address: str, reply: Reply, known: Known | None) -> Outcome:
        text = html_text(reply.content, reply.charset, "replace")
        head, document = html.read(text, urlsplit(address).path.strip("/") or self._origin)
        asked = f"{head.robots},{reply.robots}"
        follows_links = self._follows_links and "nofollow" not in asked
        links = tuple(_links(resolved(address, head, link) for link in head.links)) if follows_links else ()
        if "noindex" in asked:
            return LeftOut(address, NOINDEX, links)
        leads_to = resolved(address, head, head.refresh)
        if leads_to is not None and leads_to != address:
            return LeftOut(address, f"it leads to {leads_to}", (leads_to,))
        canonical = resolved(address, head, head.canonical)
        url = self._published(address, canonical)
        borrowed = self._is_borrowed(address, url)
        if borrowed and follows_links and canonical is not None:
            links += (canonical,)
        page = parsed(address, url, document, "", **_marks(reply), links=links, borrowed=borrowed)
        if isinstance(page, Unreadable):
            return page
        # What a server writes anew into each answer, such as the time, is no change of the page.
        digest = digest_of(repr((page.title, page.passages)).encode(), url)
        return (
            Unchanged(address, links, borrowed)
            if known is not None and known.digest == digest
            else replace(page, digest=digest)
        )

    def _is_borrowed(self, address: str, url: str) -> bool:
        return not is_same_place(url, self._published(address, None))

    def _published(self, address: str, canonical: str | None) -> str:
        """Return the address that readers get: the canonical one within the site, below the base URL."""
        try:
            stated = normalized(canonical or address)
        except ValueError:
            stated = address
        if stated.startswith(self.base_url):
            return stated
        place = stated if self._is_inside(stated) else address
        return self.base_url + place.removeprefix(self._root) if place.startswith(self._root) else self.base_url


def _folder_of(address: str) -> str:
    """Return what is at and below an address: where that is a page, its folder is meant."""
    above, _, last = address.partition("?")[0].rpartition("/")
    return f"{above}/" if not last or PAGE.search(last) else f"{above}/{last}/"


def _links(addresses: Iterable[str | None]) -> Iterator[str]:
    """Yield the addresses that may be pages: no query, no file of another kind."""
    for address in addresses:
        parts = urlsplit(address or "")
        kind = mimetypes.guess_type(parts.path)[0]
        if parts.scheme in {"http", "https"} and not parts.query and kind in {None, *KINDS}:
            yield urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _marks(reply: Reply) -> dict[str, str | None]:
    """Return what the site's server knows this version of a page by, as far as it can be kept."""
    lengths = {"etag": ETAG_LENGTH, "last_modified": LAST_MODIFIED_LENGTH}
    found = {"etag": reply.etag, "last_modified": reply.last_modified}
    return {name: mark if mark and len(mark) <= lengths[name] else None for name, mark in found.items()}
