"""SQLite's ranking: FTS5, which knows BM25."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text

from chatkit.database.orm import db
from chatkit.search.models import PassageRow
from chatkit.search.statistics import TermStatistics

# Beyond this many passages, terms that stand in many of them cost more time than they are worth.
LARGE = 20_000
COMMON = 0.3
RAREST = 3
# Rows of the full-text index that one statement adds: it is written to at the end of each.
ADDED_TOGETHER = 5_000


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    # Quoted, no character of a term is query syntax.
    query = " OR ".join(f'"{term}"' for term in _distinctive(terms, statistics))
    return db.session.execute(_RANKED, values | {"query": query}).all()


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages and their terms, given as rows; the caller commits."""
    first = (db.session.scalar(select(func.max(PassageRow.id))) or 0) + 1
    rows = [{**row, "id": id_} for id_, row in enumerate(passages, first)]
    columns = {column.name for column in PassageRow.__table__.columns}
    db.session.execute(insert(PassageRow), [{name: row[name] for name in columns & row.keys()} for row in rows])
    for start in range(0, len(rows), ADDED_TOGETHER):
        part = rows[start : start + ADDED_TOGETHER]
        values = ", ".join(["(?, ?, ?)"] * len(part))
        indexed = tuple(row[name] for row in part for name in ("id", "heading_terms", "body_terms"))
        added = f"INSERT INTO passages_fts (rowid, heading, body) VALUES {values}"  # noqa: S608  (question marks)
        db.session.connection().exec_driver_sql(added, indexed)


def refresh() -> None:
    """Count how many passages hold each term; the caller commits."""
    db.session.execute(text("DELETE FROM terms"))
    db.session.execute(text("INSERT INTO terms (term, df) SELECT term, doc FROM passages_fts_terms"))


def _distinctive(terms: Sequence[str], statistics: TermStatistics) -> list[str]:
    """Return the terms without the common ones when there are many passages, repeats kept."""
    if statistics.passages <= LARGE:
        return list(terms)
    counts = {term: statistics.document_frequency(term) for term in terms}
    rarest = sorted(counts, key=lambda term: counts[term])[:RAREST]
    return [term for term in terms if counts[term] <= COMMON * statistics.passages or term in rarest]


_RANKED = text(
    """WITH found AS (
      SELECT rowid AS id, -bm25(passages_fts, :heading, 1.0)
             * CASE WHEN rowid IN (SELECT id FROM passages WHERE page_id IN :near) THEN :boost ELSE 1 END AS rank
      FROM passages_fts WHERE passages_fts MATCH :query ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT p.id, p.stable_id, p.heading, p.body, cast(p.blocks AS text) AS blocks, p.anchor, pages.url, pages.language,
           found.rank
    FROM found JOIN passages p ON p.id = found.id JOIN pages ON pages.id = p.page_id
    ORDER BY found.rank DESC, p.id"""
).bindparams(bindparam("near", expanding=True))
