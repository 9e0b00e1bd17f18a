"""SQLite's ranking: FTS5, which knows BM25."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select, text

from chatkit.database.orm import db
from chatkit.search.models import PassageRow
from chatkit.search.statistics import TermStatistics

# Beyond this many passages, terms that stand in many of them cost more time than they are worth.
LARGE = 20_000
COMMON = 0.3
RAREST = 3


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    # Quoted, no character of a term is query syntax.
    query = " OR ".join(f'"{term}"' for term in _distinctive(terms, statistics))
    return db.session.execute(_RANKED, values | {"query": query}).all()


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages and their terms, given as rows; the caller commits."""
    first = (db.session.scalar(select(func.max(PassageRow.id))) or 0) + 1
    rows = [{**row, "id": id_} for id_, row in enumerate(passages, first)]
    # Without the mapper and the compiler, which take longer than the database.
    connection = db.session.connection()
    connection.execute(_ADDED, [{**row, "blocks": json.dumps(row["blocks"], ensure_ascii=False)} for row in rows])
    connection.execute(_INDEXED, rows)


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


_ADDED = text(
    """INSERT INTO passages (id, stable_id, page_id, position, anchor, heading, body, blocks, term_count)
    VALUES (:id, :stable_id, :page_id, :position, :anchor, :heading, :body, :blocks, :term_count)"""
)

_INDEXED = text("INSERT INTO passages_fts (rowid, heading, body) VALUES (:id, :heading_terms, :body_terms)")

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
