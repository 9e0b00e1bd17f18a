"""The index over passages: what is added to it, and what it counts.

Both databases index the terms that `chatkit/text/analysis.py` makes of a passage, and rank them by the same BM25:
SQLite with FTS5, PostgreSQL with the formula written out in SQL. Both keep in ``terms`` how many passages hold each
term, so that no question has to count.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from chatkit.database.orm import db, on_sqlite, row_count, table
from chatkit.search import catalog, postgresql_bm25, sqlite_fts5
from chatkit.search.models import Corpus, Page, PassageRow, Term
from chatkit.search.statistics import CorpusStatistics, TermStatistics
from chatkit.text.languages.registry import ENGLISH, LANGUAGES, language_of_tag

# How many terms one statement asks about: PostgreSQL takes no more than 65,535 parameters.
MAX_TERMS = 10_000


class Engine(Protocol):
    """Ranks with what one database has."""

    def add(self, passages: Sequence[Mapping[str, Any]]) -> None: ...

    def refresh(self) -> None: ...

    def rank(self, terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]: ...


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns; after ``refresh`` they are found. The caller commits.

    Beside its columns each row has the terms of its heading and of its body, with spaces between, as
    ``heading_terms`` and ``body_terms``. Their ``scope_id`` is one of ``catalog.scope_ids``.
    """
    _engine().add(passages)


def refresh() -> None:
    """Bring the index up to date with the passages; the caller, who changed them, commits."""
    _engine().refresh()
    catalog.refresh()
    counted = db.session.execute(select(func.count(), func.avg(PassageRow.term_count))).one()
    pages = func.count().desc()
    tags = db.session.scalars(select(Page.language).group_by(Page.language).order_by(pages, Page.language))
    languages = dict.fromkeys((language_of_tag(tag) or ENGLISH).tag for tag in tags)
    db.session.execute(delete(Corpus))
    row = {"passages": counted[0], "mean_terms": float(counted[1] or 0), "languages": " ".join(languages)}
    db.session.execute(insert(Corpus), row | {"state": uuid.uuid4().hex})


def announce_vectors(known: str) -> str | None:
    """Have every process load the vectors of the passages anew; the caller, who added some, commits.

    Return the new state of the index; None when it is no longer in the state that the caller knows.
    """
    new = uuid.uuid4().hex
    changed = db.session.execute(update(Corpus).where(Corpus.state == known).values(state=new))
    return new if row_count(changed) else None


def text_hash(heading: str, body: str) -> str:
    """Return what a passage's vectors are kept under."""
    return hashlib.sha256(f"{heading}\n{body}".encode()).hexdigest()[:32]


def corpus_statistics() -> CorpusStatistics:
    """Return how much is indexed, and in which languages."""
    row = db.session.execute(_CORPUS).first()
    if row is None:
        return CorpusStatistics(0, 0.0, (), "")
    languages = tuple(LANGUAGES[tag] for tag in row.languages.split())
    return CorpusStatistics(row.passages, row.mean_terms, languages, row.state)


def term_statistics(terms: Iterable[str], corpus: CorpusStatistics) -> TermStatistics:
    """Return how many passages hold each of these terms."""
    asked, frequencies = list(set(terms)), dict[str, int]()
    for first in range(0, len(asked), MAX_TERMS):
        counted = db.session.execute(_DOCUMENT_FREQUENCIES, {"terms": asked[first : first + MAX_TERMS]})
        frequencies |= {row.term: row.df for row in counted}
    return TermStatistics(corpus.passages, corpus.mean_terms, frequencies)


def terms_beginning(prefix: str, limit: int) -> dict[str, int]:
    """Return the ``limit`` most frequent terms that begin with letters and digits, and how many passages hold each.

    The index of the key, which sorts by code points, is asked for what lies between the prefix and the next one.
    """
    values = {"prefix": prefix, "next": prefix[:-1] + chr(ord(prefix[-1]) + 1), "limit": limit}
    return {row.term: row.df for row in db.session.execute(_BEGINNING, values) if row.term.startswith(prefix)}


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` passages that fit best, best first: rows of their id, their page's and their rank.

    Passages of the pages ``near`` are raised. With ``scopes`` only those of these scopes are looked at. A term given
    twice weighs twice. ``statistics`` must have been asked about every term.
    """
    return _engine().rank(terms, statistics, values)


def _engine() -> Engine:
    return sqlite_fts5 if on_sqlite() else postgresql_bm25


# Made once: making a statement takes longer than the database does.
_CORPUS = select(*(table(Corpus).c[name] for name in ("passages", "mean_terms", "languages", "state")))
_BEGINNING = (
    select(table(Term).c.term, table(Term).c.df)
    .where(table(Term).c.term >= bindparam("prefix"), table(Term).c.term < bindparam("next"))
    .order_by(table(Term).c.df.desc(), table(Term).c.term)
    .limit(bindparam("limit"))
)
_DOCUMENT_FREQUENCIES = select(table(Term).c.term, table(Term).c.df).where(
    table(Term).c.term.in_(bindparam("terms", expanding=True))
)
