"""A site as a source: the pages of its sitemaps, or else of its links, within its own origin and its robots.txt."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from protego import Protego

from chatkit.errors import ContentError
from chatkit.ingest import urls
from chatkit.ingest.content_hash import content_hash, is_current
from chatkit.ingest.crawler.checkpoint import Checkpoint
from chatkit.ingest.crawler.discovery import Sitemaps, fetch_robots
from chatkit.ingest.crawler.fetch import NO_VALIDATORS, USER_AGENT, Fetcher, FetchError, Response, Validators
from chatkit.ingest.crawler.frontier import Frontier, root_of
from chatkit.ingest.labels import are_versions, version_of, with_language
from chatkit.ingest.links import resolve_below
from chatkit.ingest.outcomes import (
    GENERATED_INDEX,
    NOINDEX,
    IndexedPage,
    Note,
    Outcome,
    PageOutcome,
    Parsed,
    Skipped,
    Unchanged,
    Unreadable,
    parsed,
)
from chatkit.ingest.page_deadline import PageTimeout, page_deadline
from chatkit.ingest.page_source import MAX_PAGE_BYTES
from chatkit.ingest.path_filter import PathFilter
from chatkit.ingest.readers.html.cost import TooComplexError
from chatkit.ingest.readers.html.encoding import decode
from chatkit.ingest.readers.html.page import read_page, refresh_target
from chatkit.search.stated import NOTHING_STATED, Stated

DELAY_SECONDS = 0.2
# More than anybody means to wait between two pages; and the most that a site's robots.txt may ask for.
MAX_DELAY_SECONDS, MAX_CRAWL_DELAY_SECONDS = 3_600.0, 10.0
MAX_PAGES = 10_000
ETAG_LENGTH, LAST_MODIFIED_LENGTH = 200, 64
# After as many addresses in a row that cannot be reached, the site is taken to be down.
MAX_UNREACHABLE = 5
SITEMAP_SUFFIXES = (".xml", ".xml.gz", ".txt", ".txt.gz")
GONE_STATUSES = {404, 410}


class Site:
    """A site of HTML pages. Raises ``ValueError`` for what is no address of one.

    With the address of a sitemap its pages are read; with any other, those that the site's sitemaps name or
    its links lead to, at and below that address. ``base_url`` stands in their links in place of that
    address; ``folder`` is where the checkpoint of an interrupted crawl is kept.
    """

    generator = "html"
    reason = "as it is fetched"

    def __init__(
        self,
        url: str,
        folder: Path,
        base_url: str | None = None,
        name: str | None = None,
        delay_seconds: float = DELAY_SECONDS,
        max_pages: int = MAX_PAGES,
        paths: PathFilter | None = None,
        stated: Stated = NOTHING_STATED,
    ) -> None:
        if not 0 <= delay_seconds <= MAX_DELAY_SECONDS:
            raise ValueError(f"a delay of {delay_seconds:g} seconds is none from 0 to {MAX_DELAY_SECONDS:g}")
        self._url = urls.normalize(url)
        self._origin = urls.origin(self._url)
        self._is_sitemap = urlsplit(self._url).path.endswith(SITEMAP_SUFFIXES)
        self._root = f"{self._origin}/" if self._is_sitemap else root_of(self._url)
        self.name = name or self._url
        self.base_url = urls.normalize_base(base_url) if base_url else self._root
        self.site = stated.site or urls.default_site(self.base_url)
        self._stated = stated
        self._max_pages = max_pages
        self._paths = paths or PathFilter()
        self._fetcher = Fetcher(self._origin, delay_seconds)
        options = {"name": self.name, "base_url": self.base_url, "paths": str(self._paths)}
        labels = {"version": stated.version or "", "language": stated.language or ""}
        self._checkpoint = Checkpoint(folder, self._url, options | labels)
        self._frontier = Frontier(self._url, self._root)
        self._sitemaps = Sitemaps(self._fetcher, self._frontier.is_inside)
        self._follows_links = False
        self._unreachable = 0
        # The address and the hash of each page that was read, by what `/a` and `/a.html` have in common.
        self._read_pages = dict[str, list[tuple[str, str]]]()

    def expected(self) -> int:
        return min(len(self._frontier.found), self._max_pages)

    def pages(self, indexed: Mapping[str, IndexedPage]) -> Iterator[Outcome]:
        # What was unchanged says nothing when it has left the index since.
        done = {
            outcome.path: outcome
            for outcome in self._checkpoint.read()
            if not isinstance(outcome, Unchanged) or outcome.path in indexed
        }
        try:
            robots = self._discover(indexed)
            for url, fault in self._sitemaps.faults.items():
                yield Note(url, f"the sitemap was read as far as it can be: {fault}")
            for url, error in self._sitemaps.failures.items():
                reason = f"the sitemap cannot be read: {error}"
                may_come_back = isinstance(error, FetchError) and error.status not in GONE_STATUSES
                yield Unreadable(url, reason) if may_come_back else Skipped(url, reason)
            for _ in range(self._max_pages):
                if not self._frontier.queue:
                    return
                url = self._frontier.queue.popleft()
                outcome: PageOutcome = done.pop(url, None) or self._wanted(url, indexed.get(url), robots)
                if not isinstance(outcome, Unreadable):
                    self._checkpoint.add(outcome)
                    self._frontier.add(outcome.links)
                if isinstance(outcome, Parsed | Unchanged):
                    self._remember(outcome, indexed)
                else:
                    self._frontier.release(url)
                yield outcome
            for url in self._frontier.queue:
                yield Unreadable(url, f"it is beyond the first {self._max_pages:,} pages")
        finally:
            self._checkpoint.close()

    def committed(self) -> None:
        self._checkpoint.discard()

    def _discover(self, indexed: Iterable[str]) -> Protego:
        """Fill the frontier with the pages to begin with; return what robots.txt allows."""
        robots = fetch_robots(self._fetcher)
        crawl_delay = min(robots.crawl_delay(USER_AGENT) or 0.0, MAX_CRAWL_DELAY_SECONDS)
        self._fetcher.delay_seconds = max(self._fetcher.delay_seconds, crawl_delay)
        if self._is_sitemap:
            self._frontier.add(self._sitemaps.pages_of(self._url))
        else:
            self._frontier.add(self._sitemaps.find_pages(robots.sitemaps, self._root))
        self._follows_links = not self._frontier.found
        if self._follows_links:
            self._frontier.add([self._url])
        if self._follows_links or self._sitemaps.failures or self._sitemaps.faults:
            # Nothing that can be read now says that these are gone.
            self._frontier.add(indexed)
        return robots

    def _wanted(self, url: str, indexed: IndexedPage | None, robots: Protego) -> PageOutcome:
        """Return the outcome of a page; one not included is fetched only where links are followed."""
        path = unquote(urlsplit(url).path).lstrip("/")
        reason = self._paths.skip_reason(path)
        if reason is None:
            return self._outcome(url, indexed, robots)
        if not self._follows_links or self._paths.is_excluded(path):
            return Skipped(url, reason)
        outcome = self._outcome(url, None, robots)
        return Skipped(url, reason, outcome.links) if isinstance(outcome, Parsed) else outcome

    def _outcome(self, url: str, indexed: IndexedPage | None, robots: Protego) -> PageOutcome:
        if not robots.can_fetch(url, USER_AGENT):
            return Skipped(url, "robots.txt does not allow it")
        validators = NO_VALIDATORS
        # A page that would be read differently now is fetched whether or not it has changed.
        if indexed is not None and is_current(indexed.content_hash) and self._has_labels(indexed):
            validators = (indexed.etag, indexed.last_modified)
        try:
            response = self._fetcher.get(url, MAX_PAGE_BYTES, validators)
        except FetchError as error:
            return self._failed(url, error)
        self._unreachable = 0
        if response.status == 304:
            return Unchanged(url, is_alias=indexed is not None and self._is_alias(url, indexed.url))
        if response.location is not None:
            return Skipped(url, f"it leads to {response.location}", (response.location,))
        if response.content_type not in urls.HTML_TYPES:
            return Skipped(url, f"it is {response.content_type}, not HTML")
        try:
            with page_deadline():
                return self._read(url, response, indexed)
        except (TooComplexError, PageTimeout) as error:
            return Unreadable(url, str(error))
        except Exception as error:  # A page that breaks the parser must not keep the others from being indexed.
            return Unreadable(url, f"its parser failed: {type(error).__name__}: {error}")

    def _failed(self, url: str, error: FetchError) -> PageOutcome:
        self._unreachable = self._unreachable + 1 if error.unreachable else 0
        if self._unreachable == MAX_UNREACHABLE:
            raise ContentError(
                f"{self._origin} cannot be reached any more: {error}. The index was left as it was. "
                "The same command goes on where this one stopped."
            ) from None
        return Skipped(url, str(error)) if error.status in GONE_STATUSES else Unreadable(url, str(error))

    def _read(self, url: str, response: Response, indexed: IndexedPage | None) -> PageOutcome:
        text = decode(response.content, response.charset, "replace")
        head, document = read_page(text, urlsplit(url).path.strip("/") or self._origin)
        directives = f"{head.robots},{response.robots_tag}"
        follows_links = self._follows_links and "nofollow" not in directives
        links = tuple(_page_links(urls.resolve(url, head.base, link) for link in head.links)) if follows_links else ()
        if "noindex" in directives:
            return Skipped(url, NOINDEX, links)
        if head.is_generated_index:
            return Skipped(url, GENERATED_INDEX, links)
        leads_to = urls.resolve(url, head.base, head.refresh or refresh_target(response.refresh))
        if leads_to is not None and leads_to != url:
            return Skipped(url, f"it leads to {leads_to}", (leads_to,))
        canonical = urls.resolve(url, head.base, head.canonical)
        published = self._published(url, canonical)
        is_alias = self._is_alias(url, published)
        if is_alias and follows_links and canonical is not None:
            links += (canonical,)
        etag, last_modified = _validators(response)
        resolve = partial(self._resolve, urls.document_base(url, head.base))

        def page_at(address: str) -> Parsed | Unreadable:
            return parsed(
                url,
                address,
                with_language(document, address, self.base_url, self._stated),
                "",
                resolve,
                etag=etag,
                last_modified=last_modified,
                links=links,
                is_alias=is_alias,
                version=version_of(address, self._stated),
            )

        page = page_at(published)
        if isinstance(page, Unreadable):
            return page
        for address, digest in self._read_pages.get(urls.ENDING.sub("", url, 1), []):
            if address != published and isinstance(same := page_at(address), Parsed) and _digest(same) == digest:
                return Skipped(url, f"it is the page at {address}", links)
        digest = _digest(page)
        if indexed is not None and indexed.content_hash == digest:
            return Unchanged(url, links, is_alias)
        return replace(page, content_hash=digest)

    def _remember(self, outcome: Parsed | Unchanged, indexed: Mapping[str, IndexedPage]) -> None:
        page = outcome if isinstance(outcome, Parsed) else indexed[outcome.path]
        self._read_pages.setdefault(urls.ENDING.sub("", outcome.path, 1), []).append((page.url, page.content_hash))

    def _has_labels(self, page: IndexedPage) -> bool:
        """Tell whether a page would get the version, and where it states none the language, under which it stands."""
        has_language = page.language is not None or self._stated.language is None
        return version_of(page.url, self._stated) == page.version and has_language

    def _is_alias(self, url: str, published: str) -> bool:
        return not urls.is_same_page(published, self._published(url, None))

    def _published(self, url: str, canonical: str | None) -> str:
        """Return the address that readers get: the canonical one within the site, below the base URL.

        A page whose canonical address is that of another version is no copy of it.
        """
        try:
            stated = urls.normalize(canonical or url)
        except ValueError:
            stated = url
        if are_versions(stated, url):
            stated = url
        if stated.startswith(self.base_url):
            return stated
        place = stated if self._frontier.is_inside(stated) else url
        return self.base_url + place.removeprefix(self._root) if place.startswith(self._root) else self.base_url

    def _resolve(self, page_url: str, link: str) -> str | None:
        """Return where a link of a page leads within the site, below the base URL, or None."""
        fetched = resolve_below(self._root, page_url, link)
        if fetched is None:
            return resolve_below(self.base_url, page_url, link)
        return self.base_url + fetched.removeprefix(self._root)


def _digest(page: Parsed) -> str:
    """Return the hash of a page; what a server writes anew into each answer, such as the time, is no part of it."""
    content = repr((page.title, page.passages)).encode()
    return content_hash(content, page.url, page.version or "", page.language or "")


def _page_links(links: Iterable[str | None]) -> Iterator[str]:
    """Yield the links that may lead to pages: no query, no file of another kind."""
    for link in links:
        parts = urlsplit(link or "")
        if parts.scheme in {"http", "https"} and not parts.query and urls.may_be_page(parts.path):
            yield urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _validators(response: Response) -> Validators:
    """Return the validators of an answer, as far as their columns can hold them."""
    etag, last_modified = response.etag, response.last_modified
    return (
        etag if etag and len(etag) <= ETAG_LENGTH else None,
        last_modified if last_modified and len(last_modified) <= LAST_MODIFIED_LENGTH else None,
    )
