"""PostgreSQL's ranking: BM25 written out in SQL, because its own rankings ignore how rare a word is.

Two stages keep it quick on many passages: rare words choose candidates, and only these are scored.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from chatkit.database.orm import db

# Up to this many passages, every word chooses candidates.
LARGE = 20_000
COMMON = 0.05
RAREST = 2
# The fewer words choose, the more passages are alike to them.
CANDIDATES = 400
FEWEST = 100


def rank(words: Sequence[str], values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    asked = [row for row in db.session.execute(_ASKED, {"words": " ".join(words)}) if row.df]
    if not asked:
        return []
    passages = asked[0].passages
    weights = {row.lexeme: row.times * math.log(1 + (passages - row.df + 0.5) / (row.df + 0.5)) for row in asked}
    rarest = sorted(asked, key=lambda row: row.df)
    choosing = [row for row in asked if passages <= LARGE or row.df <= COMMON * passages or row in rarest[:RAREST]]
    asking = {
        "lexemes": list(weights),
        "weights": list(weights.values()),
        "choosing": [row.lexeme for row in choosing],
        "mean_words": max(asked[0].mean_words, 1.0),
        "candidates": max(CANDIDATES // len(choosing), FEWEST, values["limit"]),
    }
    return db.session.execute(_RANKED, values | asking).all()


def frequencies(words: Sequence[str]) -> dict[str, int]:
    """Return for each word how many passages hold it."""
    return {row.word: row.df for row in db.session.execute(_FREQUENCIES, {"words": list(words)})}


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns, in one statement; the caller commits."""
    db.session.execute(_ADDED, {column: [row[column] for row in passages] for column in passages[0]})


def refresh() -> None:
    """Count anew how many passages hold each term, and how they are spread; the caller commits."""
    # PostgreSQL counts by itself a while later, and may see none in the middle of this transaction.
    db.session.execute(text("ANALYZE passages"))
    db.session.execute(_COUNTED)
    # What was inserted waits in a list that every search would read.
    db.session.execute(text("SELECT gin_clean_pending_list('ix_passages_tsv')"))


_ASKED = text(
    """SELECT lexeme, cardinality(positions) AS times, coalesce(terms.df, 0) AS df, corpus.passages, corpus.mean_words
    FROM corpus, unnest(to_tsvector('english', :words)) LEFT JOIN terms ON term = lexeme"""
)

_FREQUENCIES = text(
    """SELECT word, coalesce(max(df), 0) AS df FROM unnest(cast(:words AS text[])) AS word
    LEFT JOIN terms ON term = ANY (tsvector_to_array(to_tsvector('english', word))) GROUP BY word"""
)

_ADDED = text(
    """INSERT INTO passages (stable_id, page_id, position, anchor, heading, body, unseen, word_count)
    SELECT * FROM unnest(cast(:stable_id AS text[]), cast(:page_id AS int[]), cast(:position AS int[]),
      cast(:anchor AS text[]), cast(:heading AS text[]), cast(:body AS text[]), cast(:unseen AS text[]),
      cast(:word_count AS int[]))"""
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
      SELECT found.id, CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :nearness ELSE 1 END AS near
      FROM asked CROSS JOIN LATERAL (
        SELECT id, page_id, word_count FROM passages WHERE tsv @@ quote_literal(asked.lexeme)::tsquery
      ) AS found
      WHERE asked.lexeme = ANY (cast(:choosing AS text[]))
      GROUP BY found.id, page_id, word_count
      ORDER BY sum(weight) * CASE WHEN page_id = ANY (cast(:near AS int[])) THEN :nearness ELSE 1 END DESC,
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
    SELECT p.stable_id, p.heading, p.body, p.anchor, pages.url, ranked.rank
    FROM ranked JOIN passages p ON p.id = ranked.id JOIN pages ON pages.id = p.page_id
    ORDER BY ranked.rank DESC, p.id"""
)
