"""PostgreSQL's ranking: BM25 as FTS5 has it, written out in SQL, because its own rankings ignore how rare a term is.

Two stages keep it quick on many passages: rare terms choose candidates, and only these are scored.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from chatkit.database.orm import db
from chatkit.search.statistics import TermStatistics

# Up to this many passages, every term chooses candidates.
LARGE = 20_000
COMMON = 0.05
RAREST = 2
# The fewer terms choose, the more passages are alike to them.
CANDIDATES = 400
FEWEST = 100


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised.

    ``scopes`` are the ids of those to look at, or absent.
    """
    passages = statistics.passages
    times = Counter(term for term in terms if statistics.document_frequency(term))
    counts = {term: statistics.document_frequency(term) for term in times}
    if not counts:
        return []
    rarest = sorted(counts, key=lambda term: counts[term])[:RAREST]
    choosing = [term for term, df in counts.items() if passages <= LARGE or df <= COMMON * passages]
    choosing += [term for term in rarest if term not in choosing]
    asking = {
        "terms": list(counts),
        "weights": [times[term] * _inverse_document_frequency(passages, df) for term, df in counts.items()],
        "choosing": choosing,
        "mean_terms": max(statistics.mean_terms, 1.0),
        "candidates": max(CANDIDATES // len(choosing), FEWEST, values["limit"]),
    }
    return db.session.execute(_RANKED_IN_SCOPES if "scopes" in values else _RANKED, values | asking).all()


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns, in one statement; the caller commits."""
    columns = {column: [row[column] for row in passages] for column in passages[0]}
    columns["blocks"] = [json.dumps(blocks, ensure_ascii=False) for blocks in columns["blocks"]]
    headings, bodies = columns.pop("heading_terms"), columns.pop("body_terms")
    columns["tsv"] = list(map(term_vector, headings, bodies))
    db.session.execute(_ADDED, columns)


def refresh() -> None:
    """Count anew how many passages hold each term, and how they are spread; the caller commits."""
    # PostgreSQL counts by itself a while later, and may see none in the middle of this transaction.
    db.session.execute(text("ANALYZE passages"))
    db.session.execute(_COUNTED)
    # What was inserted waits in a list that every search would read.
    db.session.execute(text("SELECT gin_clean_pending_list('ix_passages_tsv')"))


def term_vector(heading_terms: str, body_terms: str) -> str:
    """Return terms as the text of a ``tsvector``: as many positions as a term has places, those in headings marked A.

    What a position is does not matter, so they are the numbers from 1, which take the least space.
    """
    headings, bodies = Counter(heading_terms.split()), Counter(body_terms.split())
    return " ".join(f"'{term}':{_positions(headings[term], bodies[term])}" for term in headings | bodies)


def _positions(in_headings: int, in_body: int) -> str:
    marked = [f"{place}A" for place in range(1, in_headings + 1)]
    return ",".join([*marked, *map(str, range(in_headings + 1, in_headings + in_body + 1))])


def _inverse_document_frequency(passages: int, document_frequency: int) -> float:
    """Return the IDF of FTS5: a term that stands in more than half of the passages weighs next to nothing."""
    return max(math.log((passages - document_frequency + 0.5) / (document_frequency + 0.5)), 1e-6)


_ADDED = text(
    """INSERT INTO passages
      (stable_id, page_id, position, anchor, heading, body, blocks, term_count, text_hash, scope_id, tsv)
    SELECT * FROM unnest(cast(:stable_id AS text[]), cast(:page_id AS int[]), cast(:position AS int[]),
      cast(:anchor AS text[]), cast(:heading AS text[]), cast(:body AS text[]), cast(:blocks AS json[]),
      cast(:term_count AS int[]), cast(:text_hash AS text[]), cast(:scope_id AS int[]),
      cast(:tsv AS tsvector[]))"""
)

_COUNTED = text(
    """WITH counted AS MATERIALIZED (SELECT word, ndoc FROM ts_stat('SELECT tsv FROM passages')),
    gone AS (DELETE FROM terms WHERE NOT EXISTS (SELECT FROM counted WHERE word = term))
    INSERT INTO terms (term, df) SELECT word, ndoc FROM counted
    ON CONFLICT (term) DO UPDATE SET df = excluded.df WHERE terms.df <> excluded.df"""
)

# k1 = 1.2 and b = 0.75, as in FTS5. Terms in headings are marked A. The scope is a column of the passage: with pages
# joined for it, PostgreSQL was seen to begin with these.
_FOUND = """WITH asked AS (
      SELECT term, weight FROM unnest(cast(:terms AS text[]), cast(:weights AS float[])) AS asked (term, weight)
    ), candidates AS (
      SELECT found.id, CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :boost ELSE 1 END AS near
      FROM asked CROSS JOIN LATERAL (
        SELECT id, page_id, term_count FROM passages WHERE tsv @@ quote_literal(asked.term)::tsquery {inside}
      ) AS found
      WHERE asked.term = ANY (cast(:choosing AS text[]))
      GROUP BY found.id, page_id, term_count
      ORDER BY sum(weight) * CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :boost ELSE 1 END DESC,
               term_count, id
      LIMIT :candidates
    ), counted AS (
      SELECT p.id, near, term_count, weight,
             (SELECT sum(CASE mark WHEN 'A' THEN :heading ELSE 1 END) FROM unnest(word.marks) AS mark) AS tf
      FROM candidates JOIN passages p ON p.id = candidates.id
      CROSS JOIN LATERAL unnest(p.tsv) AS word (term, positions, marks) JOIN asked ON asked.term = word.term
    ), ranked AS (
      SELECT id, near * sum(weight * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * term_count / :mean_terms))) AS rank
      FROM counted GROUP BY id, near ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT p.id, p.page_id, ranked.rank FROM ranked JOIN passages p ON p.id = ranked.id
    ORDER BY ranked.rank DESC, p.id"""
_RANKED = text(_FOUND.format(inside=""))
_RANKED_IN_SCOPES = text(_FOUND.format(inside="AND scope_id = ANY (cast(:scopes AS int[]))"))
