"""Which pages programs are shown: those of a site in one version, in the order of the site, by section."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Result, collate, func, select

from chatkit.config import settings
from chatkit.database.orm import db, on_sqlite, table
from chatkit.machines.documents import is_excluded
from chatkit.search import catalog
from chatkit.search.index import corpus_statistics
from chatkit.search.models import Page, ScopeRow, Source
from chatkit.search.scope import ReaderPage, surroundings
from chatkit.search.stated import Stated
from chatkit.search.versions import release_order
from chatkit.text.markdown import plain_text
from chatkit.version import VERSION

# The listings of so many states, sites and versions are remembered; one of 1,000 pages takes about 300 kB.
REMEMBERED = 8


@dataclass(frozen=True)
class Listed:
    """A page as it is listed: its ``section`` is the folder below its site that it stands in, empty at the top."""

    id: int
    title: str
    url: str
    site: str
    section: str


@dataclass(frozen=True)
class Generation:
    """What the index holds just now: its state, which changes with it, and when it was last indexed."""

    state: str
    indexed_at: datetime | None

    def etag(self, *parts: object) -> str:
        """Return what tells a document made of ``parts`` from the same one of another state, version or setting."""
        chosen = settings()
        told = (self.state, VERSION, chosen.base_url, chosen.machines_exclude, *parts)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def generation() -> Generation:
    """Return the generation of the index."""
    return Generation(corpus_statistics().state, db.session.scalar(select(func.max(Source.indexed_at))))


def sites() -> list[str]:
    """Return the sites that are indexed, that of most pages first."""
    return list(dict.fromkeys(scope.site for scope in catalog.load(corpus_statistics().state)))


def versions(site: str) -> list[str]:
    """Return the versions of a site, first the one that its readers see who name none, then the newest."""
    scopes = [scope for scope in catalog.load(corpus_statistics().state) if scope.site == site and scope.version]
    scopes.sort(key=lambda scope: (scope.is_current, release_order(scope.version)), reverse=True)
    return list(dict.fromkeys(scope.version for scope in scopes))


def pages(site: str | None = None, version: str | None = None) -> tuple[Listed, ...]:
    """Return the pages of a site, or of all, in a version, or the one that readers see who name none; every language.

    They come by section, in the order of their site. There are none of a site or a version that is not indexed.
    """
    state = corpus_statistics().state
    # What anybody may ask for is looked up before it is remembered, lest made-up names push out what is read.
    if not state or (site is not None and site not in sites()) or not _has_version(site, version):
        return ()
    return _pages(state, site, version, settings().machines_exclude)


def _has_version(site: str | None, version: str | None) -> bool:
    return version is None or any(version in versions(each) for each in ([site] if site is not None else sites()))


@lru_cache(maxsize=REMEMBERED)
def _pages(state: str, site: str | None, version: str | None, excluded: tuple[str, ...]) -> tuple[Listed, ...]:
    scopes = catalog.load(state)
    chosen = set[int]()
    for name in dict.fromkeys(scope.site for scope in scopes if site in {None, scope.site}):
        around = surroundings("", Stated(name, version), ReaderPage(""), scopes)
        for tag in around.languages:
            ids = around.choose(tag).ids
            chosen |= {scope.id for scope in around.scopes} if ids is None else ids
    sections = dict[tuple[str, str], list[Listed]]()
    for page in _listed(sorted(chosen)) if chosen else ():
        sections.setdefault((page.site, page.section), []).append(page)
    return tuple(page for section in sections.values() for page in section)


def _listed(scope_ids: Sequence[int]) -> Iterator[Listed]:
    scopes, own, sources = table(ScopeRow).c, table(Page).c, table(Source).c
    version, language = func.coalesce(own.version, ""), func.coalesce(own.language, "")
    in_scope = (scopes.source_id == own.source_id) & (scopes.version == version) & (scopes.language == language)
    # Letter by letter, which PostgreSQL does in the collation "C" alone.
    key = own.order_key if on_sqlite() else collate(own.order_key, "C")
    rows = (
        select(own.id, own.title, own.url, own.version, own.language, sources.site, sources.base_url)
        .join_from(table(Page), table(ScopeRow), in_scope)
        .join(table(Source), sources.id == own.source_id)
        .where(scopes.id.in_(scope_ids))
        .order_by(own.source_id, key, own.path)
    )
    found: Result[Any] = db.session.execute(rows)
    for row in found:
        if not is_excluded(row.url):
            section = _section(row.url, row.base_url, {row.version, row.language})
            yield Listed(row.id, plain_text(row.title), row.url, row.site, section)


def _section(url: str, base_url: str, labels: set[str | None]) -> str:
    """Return the first folder of an address below its base URL that names neither version nor language."""
    path, base = urlsplit(url).path, urlsplit(base_url).path.rstrip("/")
    below = path[len(base) :] if path.startswith(f"{base}/") else path
    folders = [part for part in below.strip("/").split("/") if part and part not in labels]
    return folders[0] if len(folders) > 1 else ""
