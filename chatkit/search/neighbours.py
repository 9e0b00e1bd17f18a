"""Which pages are near each other: computed of their texts when they have been indexed, and kept in a table.

Pages are compared within one site, version and language. Whoever indexes calls ``refresh``.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Result, Row, bindparam, delete, insert, select, update

from chatkit.database.orm import db, table
from chatkit.search.models import Corpus, Page, PageNeighbour, PassageRow, Source
from chatkit.search.similarity import Document, Similarity
from chatkit.text.analysis import index_terms
from chatkit.text.languages.registry import language_of

KEPT = 10
BATCH_SIZE = 1_000


@dataclass(frozen=True)
class NearPage:
    """A page that is near another one, ``to`` by its id; ``score`` is from 0 to 1."""

    to: int
    id: int
    score: float


def refresh(confirm: Callable[[], None]) -> bool:
    """Find the neighbours of every page anew, unless they are those of the pages as they are; commits.

    The caller holds the lock of indexing; ``confirm`` raises inside the transaction that writes where it was lost.
    Returns whether they were found anew.
    """
    if db.session.scalar(select(Corpus.has_neighbours)) is not False:
        return False
    rows = [row for scope in _scopes() for row in _neighbours(scope)]
    confirm()
    db.session.execute(delete(PageNeighbour))
    for first in range(0, len(rows), BATCH_SIZE):
        db.session.execute(insert(table(PageNeighbour)), rows[first : first + BATCH_SIZE])
    db.session.execute(update(Corpus).values(has_neighbours=True))
    db.session.commit()
    return True


def missing_in() -> str | None:
    """Return the state of the index if it has pages whose neighbours have not been found, else None."""
    return db.session.scalar(select(Corpus.state).where(Corpus.has_neighbours.is_(False), Corpus.passages > 0))


def near(page_ids: Sequence[int]) -> list[NearPage]:
    """Return the neighbours of pages, those of each page nearest first."""
    found: Result[Any] = db.session.execute(_NEAR, {"page_ids": list(page_ids)})
    return [NearPage(row.page_id, row.neighbour_id, row.score) for row in found]


def document(title: str, texts: Sequence[str], url: str, language_tag: str | None) -> Document:
    """Return a page as it is compared: what its title, its headings and its body say, and where it lies."""
    language = language_of(language_tag, " ".join(texts[:1]))
    named = index_terms(title, language)
    terms = Counter(chain(named, *(index_terms(text, language) for text in texts)))
    return Document(terms, section_of(url), frozenset(named))


def section_of(url: str) -> str:
    """Return the section that a page lies in: its address without its last part."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[0]


def _scopes() -> list[list[Row[Any]]]:
    """Return the pages of each site, version and language."""
    rows: Result[Any] = db.session.execute(_PAGES)
    return [list(pages) for _, pages in groupby(rows, key=attrgetter("site", "version", "language"))]


def _neighbours(pages: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the pages of one scope."""
    similarity = Similarity()
    for page in pages:
        passages: Result[Any] = db.session.execute(_TEXTS, {"page_id": page.id})
        texts = [f"{row.heading}\n{row.body}" for row in passages]
        similarity.add(document(page.title, texts, page.url, page.language))
    # Comparing takes a while, in which no transaction stays open.
    db.session.rollback()
    for page, near_it in zip(pages, similarity.nearest(KEPT), strict=True):
        for position, neighbour in enumerate(near_it):
            yield {
                "page_id": page.id,
                "position": position,
                "neighbour_id": pages[neighbour.place].id,
                "score": round(neighbour.score, 4),
            }


_NEIGHBOURS, _PASSAGES = table(PageNeighbour), table(PassageRow)
_PAGES = (
    select(Page.id, Page.url, Page.title, Page.version, Page.language, Source.site)
    .join(Source, Source.id == Page.source_id)
    .order_by(Source.site, Page.version, Page.language, Page.id)
)
_TEXTS = (
    select(_PASSAGES.c.heading, _PASSAGES.c.body)
    .where(_PASSAGES.c.page_id == bindparam("page_id"))
    .order_by(_PASSAGES.c.position)
)
_NEAR = (
    select(_NEIGHBOURS.c.page_id, _NEIGHBOURS.c.neighbour_id, _NEIGHBOURS.c.score)
    .where(_NEIGHBOURS.c.page_id.in_(bindparam("page_ids", expanding=True)))
    .order_by(_NEIGHBOURS.c.page_id, _NEIGHBOURS.c.position)
)
