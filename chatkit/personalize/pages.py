"""The pages that may be recommended: those of the reader's scope, and which of them follows on which."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Result, bindparam, collate, func, select, tuple_

from chatkit.database.orm import db, on_sqlite, table
from chatkit.search import catalog
from chatkit.search.index import corpus_statistics
from chatkit.search.models import Page
from chatkit.search.scope import ENDING, Scope
from chatkit.text import markdown

_PAGES = table(Page)


@dataclass(frozen=True)
class SitePage:
    """A page as it is recommended; ``order_key`` sorts it among those of its source, see the model."""

    id: int
    source_id: int
    path: str
    url: str
    title: str
    version: str | None
    language: str | None
    order_key: str
    indexed_at: datetime

    @property
    def plain_title(self) -> str:
        """Its title without marks, or its address where it has none."""
        return markdown.plain_text(self.title).strip() or self.url


def by_url(urls: Collection[str]) -> dict[str, SitePage]:
    """Return the pages at addresses, each by its address."""
    return {page.url: page for page in _read(_BY_URL, {"urls": list(urls)})} if urls else {}


def by_id(ids: Collection[int]) -> dict[int, SitePage]:
    """Return pages by their ids."""
    return {page.id: page for page in _read(_BY_ID, {"ids": list(ids)})} if ids else {}


def page_after(page: SitePage) -> SitePage | None:
    """Return the page that follows in the site's order; None after the last, and where the site states no order."""
    if page.order_key == page.path:
        return None
    # Letter by letter, which PostgreSQL does in the collation "C" alone.
    key, path = (column if on_sqlite() else collate(column, "C") for column in (_PAGES.c.order_key, _PAGES.c.path))
    following = _COLUMNS.where(
        _PAGES.c.source_id == page.source_id,
        func.coalesce(_PAGES.c.version, "") == (page.version or ""),
        func.coalesce(_PAGES.c.language, "") == (page.language or ""),
        _PAGES.c.order_key != _PAGES.c.path,
        tuple_(key, path) > tuple_(page.order_key, page.path),
    )
    found = _read(following.order_by(key, path).limit(1), {})
    return found[0] if found else None


def in_scope(scope: Scope) -> "ScopeTest":
    """Return what tells whether a page is of a scope."""
    if scope.ids is None:
        return ScopeTest(None)
    scopes = catalog.load(corpus_statistics().state)
    return ScopeTest(frozenset((one.source_id, one.version, one.language) for one in scopes if one.id in scope.ids))


@dataclass(frozen=True)
class ScopeTest:
    """Tells whether a page is of a scope: of all of them where ``scopes`` is None."""

    scopes: frozenset[tuple[int, str, str]] | None

    def holds(self, page: SitePage) -> bool:
        """Tell whether a page is of the scope."""
        return self.scopes is None or (page.source_id, page.version or "", page.language or "") in self.scopes


class Places:
    """Addresses that are known, in any spelling that servers take for the same page."""

    def __init__(self, urls: Iterable[str]) -> None:
        parts = [_place(url) for url in urls]
        self._whole, self._paths = set(parts), {path for _, path in parts}

    def hold(self, page: SitePage) -> bool:
        """Tell whether a page is at one of them; an index may know it by its path alone."""
        host, path = _place(page.url)
        return (host, path) in self._whole if host else path in self._paths


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc.lower(), f"{ENDING.sub('', parts.path, count=1)}/"


def _read(statement: Any, values: dict[str, Sequence[Any]]) -> list[SitePage]:
    rows: Result[Any] = db.session.execute(statement, values)
    return [SitePage(**row._mapping) for row in rows]


_COLUMNS = select(*(_PAGES.c[name] for name in SitePage.__dataclass_fields__))
_BY_URL = _COLUMNS.where(_PAGES.c.url.in_(bindparam("urls", expanding=True)))
_BY_ID = _COLUMNS.where(_PAGES.c.id.in_(bindparam("ids", expanding=True)))
