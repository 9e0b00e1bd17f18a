"""PostgreSQL's ranking: BM25 written out in SQL, because its own rankings ignore how rare a word is.

Two stages keep it quick on many passages: rare terms choose candidates, and only these are scored.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from chatkit.database.orm import db
from chatkit.search.statistics import TermStatistics, inverse_document_frequency

# Up to this many passages, every term chooses candidates.
LARGE = 20_000
COMMON = 0.05
RAREST = 2
# The fewer terms choose, the more passages are alike to them.
CANDIDATES = 400
FEWEST = 100


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    passages = statistics.passages
    times = Counter(lexeme for term in terms for lexeme in statistics.frequencies[term])
    counts = {lexeme: df for term in terms for lexeme, df in statistics.frequencies[term].items() if df}
    if not counts:
        return []
    rarest = sorted(counts, key=lambda lexeme: counts[lexeme])[:RAREST]
    choosing = [lexeme for lexeme, df in counts.items() if passages <= LARGE or df <= COMMON * passages]
    choosing += [lexeme for lexeme in rarest if lexeme not in choosing]
    asking = {
        "lexemes": list(counts),
        "weights": [times[lexeme] * inverse_document_frequency(passages, df) for lexeme, df in counts.items()],
        "choosing": choosing,
        "mean_words": max(statistics.mean_words, 1.0),
        "candidates": max(CANDIDATES // len(choosing), FEWEST, values["limit"]),
    }
    return db.session.execute(_RANKED, values | asking).all()


def term_statistics(terms: Sequence[str]) -> TermStatistics:
    """Return how many passages hold each lexeme of each term, as PostgreSQL's English configuration reads it."""
    rows = db.session.execute(_STATISTICS, {"terms": list(terms)}).all()
    frequencies: dict[str, dict[str, int]] = {term: {} for term in terms}
    for row in rows:
        if row.lexeme is not None:
            frequencies[row.word][row.lexeme] = row.df
    passages, mean_words = (rows[0].passages, rows[0].mean_words) if rows else (0, 0.0)
    return TermStatistics(passages, mean_words, frequencies)


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns, in one statement; the caller commits."""
    columns = {column: [row[column] for row in passages] for column in passages[0]}
    columns["blocks"] = [json.dumps(blocks, ensure_ascii=False) for blocks in columns["blocks"]]
    db.session.execute(_ADDED, columns)


def refresh() -> None:
    """Count anew how many passages hold each term, and how they are spread; the caller commits."""
    # PostgreSQL counts by itself a while later, and may see none in the middle of this transaction.
    db.session.execute(text("ANALYZE passages"))
    db.session.execute(_COUNTED)
    # What was inserted waits in a list that every search would read.
    db.session.execute(text("SELECT gin_clean_pending_list('ix_passages_tsv')"))


_STATISTICS = text(
    """SELECT word, lexeme, coalesce(terms.df, 0) AS df, corpus.passages, corpus.mean_words
    FROM corpus CROSS JOIN unnest(cast(:terms AS text[])) AS word
    LEFT JOIN LATERAL unnest(tsvector_to_array(to_tsvector('english', word))) AS lexeme ON true
    LEFT JOIN terms ON term = lexeme"""
)

_ADDED = text(
    """INSERT INTO passages (stable_id, page_id, position, anchor, heading, body, blocks, unseen, word_count)
    SELECT * FROM unnest(cast(:stable_id AS text[]), cast(:page_id AS int[]), cast(:position AS int[]),
      cast(:anchor AS text[]), cast(:heading AS text[]), cast(:body AS text[]), cast(:blocks AS json[]),
      cast(:unseen AS text[]), cast(:word_count AS int[]))"""
)

_COUNTED = text(
    """WITH counted AS MATERIALIZED (SELECT word, ndoc FROM ts_stat('SELECT tsv FROM passages')),
    gone AS (DELETE FROM terms WHERE NOT EXISTS (SELECT FROM counted WHERE word = term))
    INSERT INTO terms (term, df) SELECT word, ndoc FROM counted
    ON CONFLICT (term) DO UPDATE SET df = excluded.df WHERE terms.df <> excluded.df"""
)

# k1 = 1.2 and b = 0.75, as in FTS5. Headings are lexemes of weight A.
_RANKED = text(
    """WITH asked AS (
      SELECT lexeme, weight FROM unnest(cast(:lexemes AS text[]), cast(:weights AS float[])) AS asked (lexeme, weight)
    ), candidates AS (
      SELECT found.id, CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :boost ELSE 1 END AS near
      FROM asked CROSS JOIN LATERAL (
        SELECT id, page_id, word_count FROM passages WHERE tsv @@ quote_literal(asked.lexeme)::tsquery
      ) AS found
      WHERE asked.lexeme = ANY (cast(:choosing AS text[]))
      GROUP BY found.id, page_id, word_count
      ORDER BY sum(weight) * CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :boost ELSE 1 END DESC,
               word_count, id
      LIMIT :candidates
    ), counted AS (
      SELECT p.id, near, word_count, weight,
             (SELECT sum(CASE mark WHEN 'A' THEN :heading ELSE 1 END) FROM unnest(word.marks) AS mark) AS tf
      FROM candidates JOIN passages p ON p.id = candidates.id
      CROSS JOIN LATERAL unnest(p.tsv) AS word (lexeme, positions, marks) JOIN asked ON asked.lexeme = word.lexeme
    ), ranked AS (
      SELECT id, near * sum(weight * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * word_count / :mean_words))) AS rank
      FROM counted GROUP BY id, near ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT p.stable_id, p.heading, p.body, cast(p.blocks AS text) AS blocks, p.anchor, pages.url, ranked.rank
    FROM ranked JOIN passages p ON p.id = ranked.id JOIN pages ON pages.id = p.page_id
    ORDER BY ranked.rank DESC, p.id"""
)
