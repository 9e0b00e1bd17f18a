"""The index over passages: what is added to it, and what it counts.

Each database ranks with what it has: SQLite with FTS5, PostgreSQL with BM25 written out in SQL.
Both keep in ``terms`` how many passages hold each word, so that no question has to count.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, delete, func, insert, select

from chatkit.database.orm import db, on_sqlite
from chatkit.search import postgresql_bm25, sqlite_fts5
from chatkit.search.models import Corpus, PassageRow
from chatkit.search.statistics import TermStatistics


class Engine(Protocol):
    """Ranks with what one database has."""

    def add(self, passages: Sequence[Mapping[str, Any]]) -> None: ...

    def refresh(self) -> None: ...

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics: ...

    def rank(self, terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]: ...


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns; after ``refresh`` they are found. The caller commits."""
    _engine().add(passages)


def refresh() -> None:
    """Bring the index up to date with the passages; the caller, who changed them, commits."""
    _engine().refresh()
    db.session.execute(delete(Corpus))
    counted = select(func.count(), func.coalesce(func.avg(PassageRow.word_count), 0))
    db.session.execute(insert(Corpus).from_select(["passages", "mean_words"], counted))


def term_statistics(terms: Sequence[str]) -> TermStatistics:
    """Return how many passages hold each of these terms."""
    return _engine().term_statistics(list(dict.fromkeys(terms)))


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` passages that fit best as rows, best first; those of the pages ``near`` are raised.

    A term given twice weighs twice. ``statistics`` must know every term.
    """
    return _engine().rank(terms, statistics, values)


def _engine() -> Engine:
    return sqlite_fts5 if on_sqlite() else postgresql_bm25
