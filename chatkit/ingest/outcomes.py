"""What reading a source makes of each of its pages: parsed, unchanged, unreadable or skipped."""

from dataclasses import dataclass

from chatkit.ingest.chunking import Chunk, chunks
from chatkit.ingest.document import Document, Resolve

PATH_LENGTH, URL_LENGTH = 500, 1_000
NOINDEX = "it asks not to be indexed"
GENERATED_INDEX = "it is an index that the generator made of other pages"


@dataclass(frozen=True)
class IndexedPage:
    """A page as last indexed; ``id`` is that of its row."""

    id: int
    url: str
    content_hash: str
    etag: str | None = None
    last_modified: str | None = None
    version: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Parsed:
    """A page that is new or has changed; ``is_alias`` as in ``Unchanged``.

    ``version`` is that of the documentation it belongs to, and ``order_key`` sorts the pages of a source.
    """

    path: str
    url: str
    title: str
    language: str | None
    content_hash: str
    passages: tuple[Chunk, ...]
    etag: str | None = None
    last_modified: str | None = None
    links: tuple[str, ...] = ()
    is_alias: bool = False
    version: str | None = None
    order_key: str = ""


@dataclass(frozen=True)
class Unchanged:
    """A page that is as it was indexed.

    It is an alias when it names the address of another page as its canonical one. It is indexed under that address,
    unless the page that stands there is in the source as well.
    """

    path: str
    links: tuple[str, ...] = ()
    is_alias: bool = False


@dataclass(frozen=True)
class Unreadable:
    """A page that could not be read now; what is indexed of it stays."""

    path: str
    reason: str


@dataclass(frozen=True)
class Skipped:
    """A page that shall not be indexed, or not any more."""

    path: str
    reason: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """What an owner should know of a place that is no page, such as a sitemap."""

    path: str
    text: str


PageOutcome = Parsed | Unchanged | Unreadable | Skipped
Outcome = PageOutcome | Note


def parsed(
    path: str,
    url: str,
    document: Document,
    content_hash: str,
    resolve: Resolve,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    links: tuple[str, ...] = (),
    is_alias: bool = False,
    version: str | None = None,
    order_key: str | None = None,
) -> Parsed | Unreadable:
    """Return a page cut into passages, its links resolved, or why it cannot be stored."""
    if len(path) > PATH_LENGTH or len(url) > URL_LENGTH:
        return Unreadable(path[:PATH_LENGTH], "its address is too long")
    passages = tuple(chunks(url, document.with_links(resolve)))
    return Parsed(
        path,
        url,
        document.title,
        document.language,
        content_hash,
        passages,
        etag=etag,
        last_modified=last_modified,
        links=links,
        is_alias=is_alias,
        version=version,
        order_key=(path if order_key is None else order_key)[:PATH_LENGTH],
    )
