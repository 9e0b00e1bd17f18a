"""SQLite's ranking: FTS5, which knows BM25."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select, text

from chatkit.database.orm import db
from chatkit.search.models import PassageRow
from chatkit.search.statistics import TermStatistics

# Beyond this many passages, terms that stand in many of them cost more time than they are worth: those that stand in
# more than COMMON count for nothing, and those in more than CHOOSING only where a rarer one stands too.
LARGE = 20_000
COMMON = 0.3
CHOOSING = 0.02
RAREST = 3


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised.

    ``scopes`` are the ids of those to look at, or absent.
    """
    choosing, others = _by_rarity(terms, statistics)
    query = _any_of(choosing)
    if others:
        # As often as the choosing ones, which stand on both sides.
        query = f"({query}) AND ({_any_of([*others, *others, *choosing])})"
    ranked = _RANKED_IN_SCOPES if "scopes" in values else _RANKED
    return db.session.execute(ranked, values | {"query": query, "counted": 2 if others else 1}).all()


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


def _by_rarity(terms: Sequence[str], statistics: TermStatistics) -> tuple[list[str], list[str]]:
    """Return the terms that choose passages, and those that only count in these; repeats are kept."""
    if statistics.passages <= LARGE:
        return list(terms), []
    counts = {term: statistics.document_frequency(term) for term in terms}
    rarest = sorted(counts, key=lambda term: counts[term])[:RAREST]
    chosen = {term for term, df in counts.items() if df <= CHOOSING * statistics.passages or term in rarest}
    kept = [term for term in terms if term in chosen or counts[term] <= COMMON * statistics.passages]
    return [term for term in kept if term in chosen], [term for term in kept if term not in chosen]


def _any_of(terms: Iterable[str]) -> str:
    """Return what finds any of the terms; quoted, no character of a term is query syntax."""
    return " OR ".join(f'"{term}"' for term in terms)


_ADDED = text(
    """INSERT INTO passages
      (id, stable_id, page_id, position, anchor, heading, body, blocks, term_count, text_hash, scope_id)
    VALUES
      (:id, :stable_id, :page_id, :position, :anchor, :heading, :body, :blocks, :term_count, :text_hash, :scope_id)"""
)

_INDEXED = text("INSERT INTO passages_fts (rowid, heading, body) VALUES (:id, :heading_terms, :body_terms)")

_FOUND = """WITH found AS (
      SELECT passages_fts.rowid AS id, -bm25(passages_fts, :heading, 1.0) / :counted
             * CASE WHEN passages_fts.rowid IN (SELECT id FROM passages WHERE page_id IN :near) THEN :boost ELSE 1 END
             AS rank
      FROM passages_fts {inside} passages_fts MATCH :query ORDER BY rank DESC, passages_fts.rowid LIMIT :limit
    )
    SELECT p.id, p.page_id, found.rank FROM found JOIN passages p ON p.id = found.id ORDER BY found.rank DESC, p.id"""
# What matches is looked up in an index that holds nothing else; CROSS JOIN keeps SQLite to this order.
_INSIDE = """CROSS JOIN passages own INDEXED BY ix_passages_id_scope_id ON own.id = passages_fts.rowid
      WHERE own.scope_id IN :scopes AND"""
_RANKED = text(_FOUND.format(inside="WHERE")).bindparams(bindparam("near", expanding=True))
_RANKED_IN_SCOPES = text(_FOUND.format(inside=_INSIDE)).bindparams(
    bindparam("near", expanding=True), bindparam("scopes", expanding=True)
)
