"""The pages that a site names itself: what robots.txt allows, and what its sitemaps list."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urljoin

from protego import Protego

from chatkit.errors import ContentError
from chatkit.ingest import urls
from chatkit.ingest.crawler import sitemap
from chatkit.ingest.crawler.fetch import Fetcher, FetchError

MAX_ROBOTS_BYTES = 500_000
MAX_SITEMAPS = 500


def fetch_robots(fetcher: Fetcher) -> Protego:
    """Return a site's robots.txt. Raises ``ContentError`` when the site fails to say what it allows."""
    try:
        answer = fetcher.follow(f"{fetcher.origin}/robots.txt", MAX_ROBOTS_BYTES)
    except FetchError as error:
        # A site that refuses to say what it allows allows everything; one that fails may not mean to.
        if error.status is None or error.status >= 500:
            raise ContentError(
                f"{fetcher.origin}/robots.txt cannot be read: {error}. Try again when the site answers."
            ) from None
        return Protego.parse("")
    return Protego.parse(answer.content.decode("utf-8", "replace"))


class Sitemaps:
    """Reads a site's sitemaps; ``failures`` says what was wrong with those that could not be read.

    ``faults`` says it of those that could be read all the same.
    """

    def __init__(self, fetcher: Fetcher, is_inside: Callable[[str], bool]) -> None:
        self.failures = dict[str, FetchError | ValueError]()
        self.faults = dict[str, str]()
        self._fetcher = fetcher
        self._is_inside = is_inside

    def pages_of(self, url: str) -> list[str]:
        """Return the pages that one sitemap names. Raises ``ContentError`` when there is none inside."""
        named = self._read([url])
        if inside := self._inside(named):
            return inside
        if named:
            raise ContentError(f"{url} names only pages of other sites, such as {named[0]}. Index that site.")
        problems = [str(error) if place == url else f"{place}: {error}" for place, error in self.failures.items()]
        raise ContentError(f"{url} cannot be read: {next(iter(problems), 'it names no page')}.")

    def find_pages(self, stated: Iterable[str], root: str) -> list[str]:
        """Return the pages of the sitemaps that robots.txt states, or else of one where it usually is."""
        stated = list(stated)
        if inside := self._inside(self._read(stated)):
            return inside
        for usual in dict.fromkeys([f"{root}sitemap.xml", f"{self._fetcher.origin}/sitemap.xml"]):
            if usual not in stated:
                if inside := self._inside(self._read([usual])):
                    return inside
                # Nothing says that there is one.
                self.failures.pop(usual, None)
        return []

    def _inside(self, pages: Iterable[str]) -> list[str]:
        return [page for page in pages if self._is_inside(page)]

    def _read(self, sitemaps: Iterable[str]) -> list[str]:
        """Return the pages that sitemaps, and those that they lead to, name."""
        pages, waiting, read = list[str](), deque(sitemaps), set[str]()
        while waiting and len(read) < MAX_SITEMAPS:
            url = waiting.popleft()
            try:
                place = urls.with_scheme_of(self._fetcher.origin, urls.normalize(url))
                if place in read or urls.origin(place) != self._fetcher.origin:
                    continue
                read.add(place)
                named = sitemap.parse(self._fetcher.follow(place, sitemap.MAX_SITEMAP_BYTES).content)
            except (FetchError, ValueError) as error:
                self.failures[url] = error
                continue
            if named.fault is not None:
                self.faults[place] = named.fault
            pages += self._spelled(place, named.pages)
            waiting += named.sitemaps
        return pages

    def _spelled(self, place: str, pages: Iterable[str]) -> Iterator[str]:
        """Yield the addresses that a sitemap names in the spelling of the site; what is none, as it is."""
        for page in pages:
            try:
                yield urls.with_scheme_of(self._fetcher.origin, urls.normalize(urljoin(place, page)))
            except ValueError:
                yield page
