"""How a source is to be read: what a command was told of it, kept so that it can be read so again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from chatkit.ingest.crawler import site
from chatkit.ingest.crawler.site import Site
from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import URL_LENGTH
from chatkit.ingest.page_source import LANGUAGE_LENGTH, NAME_LENGTH, SITE_LENGTH, VERSION_LENGTH, PageSource
from chatkit.ingest.path_filter import PathFilter
from chatkit.ingest.readers import registry
from chatkit.search.stated import NOTHING_STATED, Stated

URL_SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class SourceOptions:
    """``place`` is a folder, or the address of a site or of its sitemap."""

    place: str
    base_url: str | None = None
    generator: str = registry.AUTO
    name: str | None = None
    delay_seconds: float = site.DELAY_SECONDS
    max_pages: int = site.MAX_PAGES
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    stated: Stated = NOTHING_STATED

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """Return the options of which ``stored`` was made."""
        given = dict[str, Any](stored)
        return cls(
            **given
            | {
                "include": tuple(given["include"]),
                "exclude": tuple(given["exclude"]),
                "stated": Stated(**given["stated"]),
            }
        )

    def to_store(self) -> dict[str, Any]:
        """Return the options as JSON; a folder is meant wherever the command is run the next time."""
        place = self.place if _is_site(self.place) else str(Path(self.place).resolve())
        return asdict(self) | {"place": place, "include": list(self.include), "exclude": list(self.exclude)}

    def open(self, instance: Path) -> PageSource:
        """Return the source; ``instance`` is where an interrupted crawl is kept.

        Raises ``ValueError``, with a sentence without its full stop, for what cannot be read so.
        """
        for what, length in (("site", SITE_LENGTH), ("version", VERSION_LENGTH), ("language", LANGUAGE_LENGTH)):
            if len(getattr(self.stated, what) or "") > length:
                raise ValueError(f"the name of a {what} has at most {length} characters")
        source: PageSource
        paths = PathFilter(self.include, self.exclude)
        if _is_site(self.place):
            crawl = self.delay_seconds, self.max_pages
            source = Site(self.place, instance, self.base_url, self.name, *crawl, paths, self.stated)
        elif Path(self.place).is_dir():
            source = Folder(Path(self.place), self.base_url, self.generator, self.name, paths, self.stated)
        else:
            raise ValueError(f"{self.place} is neither a folder nor the address of a site")
        if len(source.name) > NAME_LENGTH or len(source.base_url) > URL_LENGTH:
            raise ValueError(f"the name and the base URL of a source have at most {NAME_LENGTH:,} characters")
        return source


def split_place(given: str, base_url: str | None) -> tuple[str, str | None]:
    """Return a place and its base URL: the one behind it, as in `docs=https://docs.example.com/`.

    A folder without one has ``base_url``.
    """
    place, _, own = given.rpartition("=")
    if place and own.lower().startswith((*URL_SCHEMES, "/")) and not Path(given).is_dir():
        return place, own
    return given, None if _is_site(given) else base_url


def _is_site(place: str) -> bool:
    return place.lower().startswith(URL_SCHEMES)
