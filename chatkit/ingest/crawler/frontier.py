"""The frontier of a crawl: the addresses that were found in its scope, and those of them still to be fetched."""

import re
from collections import deque
from collections.abc import Iterable

from chatkit.ingest import urls

# What the address of a page ends in; "2.0" and "node.js" are folders.
PAGE_SUFFIX = re.compile(r"\.(?:[sx]?html?|php|aspx?|jsp)\Z", re.I)


class Frontier:
    """Yields each page once, in the order found; those outside of ``root``, but for ``start`` itself, never.

    Of the addresses that spell one page, such as `/a`, `/a/` and `/a/index.html`, the first is taken, and the next when
    there is no page at that one.
    """

    def __init__(self, start: str, root: str) -> None:
        self.root = root
        self.found: set[str] = set()
        self.queue: deque[str] = deque()
        self._start = start
        self._origin = urls.origin(start)
        # The other spellings of a page, by what all of them have in common.
        self._spellings = dict[str, list[str]]()

    def is_inside(self, url: str) -> bool:
        """Tell whether a normalized address belongs to the crawl."""
        return url == self._start or url.startswith(self.root)

    def add(self, candidates: Iterable[str]) -> None:
        """Add the addresses that are inside and new; what is no address of a website is passed over."""
        for candidate in candidates:
            try:
                url = urls.with_scheme_of(self._origin, urls.normalize(candidate))
            except ValueError:
                continue
            if url in self.found or not self.is_inside(url):
                continue
            self.found.add(url)
            page = urls.without_index(url)
            if page in self._spellings:
                self._spellings[page].append(url)
            else:
                self._spellings[page] = []
                self.queue.append(url)

    def release(self, url: str) -> None:
        """Take the next spelling of a page, as there is none at this one."""
        if others := self._spellings.get(urls.without_index(url)):
            self.queue.append(others.pop(0))


def root_of(url: str) -> str:
    """Return what all pages at and below an address begin with: where that is a page, its folder is meant."""
    above, _, last = url.partition("?")[0].rpartition("/")
    return f"{above}/" if not last or PAGE_SUFFIX.search(last) else f"{above}/{last}/"
