"""The sites, versions and languages of the index, kept as scopes: each the pages of a source that share them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import delete, func, insert, select

from chatkit.database.orm import db, table
from chatkit.search.models import Page, ScopeRow, Source
from chatkit.search.versions import current_versions

# The state of an index is never that of another.
REMEMBERED = 8


@dataclass(frozen=True)
class IndexedScope:
    """The pages of a source in one version and one language, each empty where the pages have none.

    ``is_current`` says that they are the version that their site shows at addresses which name no version.
    """

    id: int
    source_id: int
    site: str
    base_url: str
    version: str
    language: str
    pages: int
    is_current: bool


def scope_ids(source_id: int, pairs: Collection[tuple[str | None, str | None]]) -> Mapping[tuple[str, str], int]:
    """Return the ids of a source's scopes by version and language, made where they are new; the caller commits."""
    wanted = {(version or "", language or "") for version, language in pairs}
    rows = select(ScopeRow.version, ScopeRow.language, ScopeRow.id).where(ScopeRow.source_id == source_id)
    known = {(version, language): id_ for version, language, id_ in db.session.execute(rows)}
    for version, language in sorted(wanted - known.keys()):
        values = {"source_id": source_id, "version": version, "language": language}
        known[version, language] = db.session.execute(insert(ScopeRow).returning(ScopeRow.id), values).scalar_one()
    return known


def refresh() -> None:
    """Bring the scopes up to date with the pages; the caller, who changed them, commits."""
    version, language = func.coalesce(Page.version, ""), func.coalesce(Page.language, "")
    pages = select(Page.source_id, version, language, func.count()).group_by(Page.source_id, version, language)
    counts = {(source_id, of, tag): count for source_id, of, tag, count in db.session.execute(pages)}
    rows = select(ScopeRow, Source.site).join(Source, Source.id == ScopeRow.source_id)
    scopes = [(row, site) for row, site in db.session.execute(rows)]
    current = _current_versions() if any(row.version for row, _ in scopes) else {}
    for row, site in scopes:
        row.pages = counts.get((row.source_id, row.version, row.language), 0)
        row.is_current = site in current and (current[site] or "") == row.version
    db.session.flush()
    db.session.execute(delete(ScopeRow).where(ScopeRow.pages == 0))


def load(state: str) -> tuple[IndexedScope, ...]:
    """Return the scopes of the index, which is in this state, those of most pages first; asked once for each state."""
    return _load(state) if state else ()


@lru_cache(maxsize=REMEMBERED)
def _load(state: str) -> tuple[IndexedScope, ...]:
    scopes, sources = table(ScopeRow).c, table(Source).c
    rows = (
        select(
            scopes.id,
            scopes.source_id,
            sources.site,
            sources.base_url,
            scopes.version,
            scopes.language,
            scopes.pages,
            scopes.is_current,
        )
        .join_from(table(ScopeRow), table(Source), sources.id == scopes.source_id)
        .order_by(scopes.pages.desc(), scopes.id)
    )
    return tuple(IndexedScope(*row) for row in db.session.execute(rows))


def _current_versions() -> Mapping[str, str | None]:
    pages = select(Source.site, Page.version, Page.url).join(Source, Source.id == Page.source_id)
    return current_versions((site, version, url) for site, version, url in db.session.execute(pages))
