"""The frontier of a crawl: the addresses that were found in its scope, and those of them still to be fetched."""

import re
from collections import deque
from collections.abc import Iterable

from chatkit.ingest import urls

# What the address of a page ends in; "2.0" and "node.js" are folders.
PAGE_SUFFIX = re.compile(r"\.(?:[sx]?html?|php|aspx?|jsp)\Z", re.I)


class Frontier:
    """Yields each address once, in the order found; those outside of ``root``, but for ``start`` itself, never."""

    def __init__(self, start: str, root: str) -> None:
        self.root = root
        self.found: set[str] = set()
        self.queue: deque[str] = deque()
        self._start = start

    def is_inside(self, url: str) -> bool:
        """Tell whether a normalized address belongs to the crawl."""
        return url == self._start or url.startswith(self.root)

    def add(self, candidates: Iterable[str]) -> None:
        """Add the addresses that are inside and new; what is no address of a website is passed over."""
        for candidate in candidates:
            try:
                url = urls.normalize(candidate)
            except ValueError:
                continue
            if url not in self.found and self.is_inside(url):
                self.found.add(url)
                self.queue.append(url)


def root_of(url: str) -> str:
    """Return what all pages at and below an address begin with: where that is a page, its folder is meant."""
    above, _, last = url.partition("?")[0].rpartition("/")
    return f"{above}/" if not last or PAGE_SUFFIX.search(last) else f"{above}/{last}/"
