"""What indexing asks of a place that pages come from; a folder is one, a site another."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from chatkit.ingest.outcomes import IndexedPage, Outcome

MAX_PAGE_BYTES = 5_000_000
NAME_LENGTH, SITE_LENGTH, VERSION_LENGTH, LANGUAGE_LENGTH = 1_000, 255, 100, 35


class PageSource(Protocol):
    """A place whose pages are indexed together; what is gone from it is removed."""

    @property
    def name(self) -> str:
        """Return what it is known by in the index."""

    @property
    def base_url(self) -> str:
        """Return what its pages' addresses begin with."""

    @property
    def site(self) -> str:
        """Return the name of the site whose sources answer together."""

    @property
    def generator(self) -> str:
        """Return the name of the generator whose conventions its pages are read by."""

    @property
    def reason(self) -> str:
        """Return what that was told by, such as "by its mkdocs.yml"."""

    def expected(self) -> int | None:
        """Return how many pages there are, where that is known by now."""

    def pages(self, indexed: Mapping[str, IndexedPage]) -> Iterator[Outcome]:
        """Yield what becomes of each page, given those that are indexed, by their paths."""

    def committed(self) -> None:
        """Forget what was kept in case that indexing is interrupted: every page is in the index now."""
