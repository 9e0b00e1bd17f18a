"""What is indexed: the sources, the titles of their pages, and the removal of either."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, collate, delete, func, select

from chatkit.database.orm import db, on_sqlite, row_count
from chatkit.errors import ContentError
from chatkit.ingest.index_lock import IndexLock
from chatkit.ingest.models import IndexSchedule
from chatkit.ingest.neighbourhood import find_neighbours
from chatkit.search import index as search_index
from chatkit.search.models import Page, PassageRow, ScopeRow, Source
from chatkit.search.scope import EVERYTHING, Scope


@dataclass(frozen=True)
class SourceStatus:
    """A source as it is indexed; ``versions`` and ``languages`` say how many pages each has, where pages have one."""

    name: str
    base_url: str
    site: str
    generator: str
    reason: str
    pages: int
    passages: int
    versions: Counter[str]
    languages: Counter[str]
    indexed_at: datetime
    schedule: IndexSchedule | None


def status() -> list[SourceStatus]:
    """Return every source, by name."""
    by_source = select(Page.source_id, func.count().label("count")).group_by(Page.source_id)
    pages, passages = by_source.subquery(), by_source.join(PassageRow).subquery()
    counted = (
        select(Source, IndexSchedule, func.coalesce(pages.c.count, 0), func.coalesce(passages.c.count, 0))
        .outerjoin(IndexSchedule)
        .outerjoin(pages, pages.c.source_id == Source.id)
        .outerjoin(passages, passages.c.source_id == Source.id)
        .order_by(Source.name)
    )
    versions, languages = defaultdict[int, Counter[str]](Counter), defaultdict[int, Counter[str]](Counter)
    for scope in db.session.scalars(select(ScopeRow).order_by(ScopeRow.is_current.desc(), ScopeRow.id)):
        versions[scope.source_id].update({scope.version: scope.pages} if scope.version else {})
        languages[scope.source_id].update({scope.language: scope.pages} if scope.language else {})
    return [
        SourceStatus(
            row.name,
            row.base_url,
            row.site,
            row.generator,
            row.reason,
            page_count,
            passage_count,
            versions[row.id],
            languages[row.id],
            row.indexed_at,
            again,
        )
        for row, again, page_count, passage_count in db.session.execute(counted)
    ]


def names() -> list[str]:
    """Return the name of every source."""
    return list(db.session.scalars(select(Source.name).order_by(Source.name)))


def describe_site(source_name: str, site: str) -> str:
    """Return which site a source is part of, and with which others it answers."""
    others = db.session.scalars(select(Source.name).where(Source.site == site, Source.name != source_name)).all()
    more = f", answers together with {', '.join(others)}; if that is another product, add --site" if others else ""
    return f"site {site}{more}"


def titles(scope: Scope = EVERYTHING) -> list[tuple[str, str]]:
    """Return the title and link of every page of a scope, by source, in the order of its site."""
    # Letter by letter, which PostgreSQL does in the collation "C" alone.
    key = Page.order_key if on_sqlite() else collate(Page.order_key, "C")
    ordered = select(Page.title, Page.url).order_by(Page.source_id, key, Page.path)
    if scope.ids is not None:
        version, language = func.coalesce(Page.version, ""), func.coalesce(Page.language, "")
        own = (ScopeRow.source_id == Page.source_id, ScopeRow.version == version, ScopeRow.language == language)
        ordered = ordered.join(ScopeRow, and_(*own)).where(ScopeRow.id.in_(scope.ids))
    return [(title, url) for title, url in db.session.execute(ordered)]


def remove(name: str) -> int | None:
    """Remove the source of this name, or the page at this address or path, and commit.

    Return how many pages went; none when nothing is called so. Raises ``ContentError`` for a path in several sources.
    """
    bare = name.rstrip("/")
    with IndexLock() as lock:
        lock.confirm()
        named = select(Source).where(Source.name.in_([name, bare, f"{bare}/"]))
        source = db.session.scalar(named.order_by(Source.name != name).limit(1))
        which = Page.source_id == source.id if source else _page_called(name)
        removed = row_count(db.session.execute(delete(Page).where(which)))
        if source is not None:
            db.session.execute(delete(Source).where(Source.id == source.id))
        if removed:
            search_index.refresh()
        db.session.commit()
        find_neighbours(lock)
    return removed if removed or source is not None else None


def _page_called(name: str) -> ColumnElement[bool]:
    if db.session.scalar(select(Page.id).where(Page.url == name).limit(1)):
        return Page.url == name
    holding = select(Source.name).join(Page).where(Page.path == name).order_by(Source.name)
    sources = db.session.scalars(holding).all()
    if len(sources) > 1:
        raise ContentError(
            f"Several sources have a page {name}: {', '.join(sources)}. Name the page by its address instead."
        )
    return Page.path == name
