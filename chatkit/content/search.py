"""Search: BM25 in the database's own full-text index, headings counting three times.

SQLite ranks with FTS5. PostgreSQL's own rankings ignore how rare a word is, so there BM25 is
written out in SQL over its tsvector index.
"""

import re
import threading
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from sqlalchemy import text

from chatkit.extensions import db, on_sqlite

HEADING_WEIGHT = 3.0
MAX_TERMS = 64
WORD = re.compile(r"\w+")

# PostgreSQL's English stop words, so that both databases ask for the same terms.
STOP_WORDS = frozenset(
    """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves what which who whom this that these those am is are
    was were be been being have has had having do does did doing a an the and but if or because as until while of
    at by for with about against between into through during before after above below to from up down in out on
    off over under again further then once here there when where why how all any both each few more most other
    some such no nor not only own same so than too very s t can will just don should now
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)

_stemmer = snowballstemmer.stemmer("porter")
# The stemmer works on itself, so one thread at a time.
_stemming = threading.Lock()


@dataclass(frozen=True)
class Hit:
    """A passage that matched, with its link; ``rank`` is BM25, higher is better."""

    stable_id: str
    heading: str
    body: str
    url: str
    rank: float


def terms(question: str) -> list[str]:
    """Return the words of a question worth searching for, in order, repeats kept; maybe none."""
    words = [word.lower() for word in WORD.findall(question.replace("_", " "))]
    return [word for word in words if word not in STOP_WORDS][:MAX_TERMS]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem both indexes would give a word, near enough to compare words with."""
    with _stemming:
        return str(_stemmer.stemWord(word.lower()))


def search(question: str, limit: int) -> list[Hit]:
    """Return the ``limit`` passages that fit best, best first; none for a question without words."""
    words = terms(question)
    if not words:
        return []
    # Quoted, no character of a term is query syntax.
    query = " OR ".join(f'"{word}"' for word in words) if on_sqlite() else " ".join(words)
    rows = db.session.execute(_SQLITE if on_sqlite() else _POSTGRESQL, {"query": query, "limit": limit})
    return [Hit(row.stable_id, row.heading, row.body, _link(row), float(row.rank)) for row in rows]


def document_frequencies(words: list[str]) -> tuple[int, dict[str, int]]:
    """Return how many passages there are, and for each word how many hold it."""
    total = db.session.execute(text("SELECT count(*) FROM passages")).scalar_one()
    held = "SELECT count(*) FROM passages_fts WHERE passages_fts MATCH :query"
    if not on_sqlite():
        held = "SELECT count(*) FROM passages WHERE tsv @@ plainto_tsquery('english', :query)"
    counts = {}
    for word in dict.fromkeys(words):
        query = f'"{word}"' if on_sqlite() else word
        counts[word] = db.session.execute(text(held), {"query": query}).scalar_one()
    return total, counts


def _link(row: object) -> str:
    url, anchor = row.url, row.anchor  # type: ignore[attr-defined]
    return f"{url}#{anchor}" if anchor else url


_SQLITE = text(
    f"""SELECT p.stable_id, p.heading, p.body, p.anchor, pages.url,
               -bm25(passages_fts, {HEADING_WEIGHT}, 1.0) AS rank
    FROM passages_fts JOIN passages p ON p.id = passages_fts.rowid JOIN pages ON pages.id = p.page_id
    WHERE passages_fts MATCH :query ORDER BY rank DESC, p.id LIMIT :limit"""
)

# k1 = 1.2 and b = 0.75, as in FTS5. Headings are lexemes of weight A.
_POSTGRESQL = text(
    f"""WITH asked AS (
      SELECT lexeme, quote_literal(lexeme)::tsquery AS query FROM unnest(to_tsvector('english', :query))
    ), site AS (
      SELECT count(*)::float AS passages, greatest(avg(word_count), 1)::float AS words FROM passages
    ), weighed AS (
      SELECT lexeme, ln(1 + (passages - df + 0.5) / (df + 0.5)) AS idf
      FROM site, (SELECT lexeme, (SELECT count(*) FROM passages p WHERE p.tsv @@ asked.query) AS df FROM asked) counted
    ), found AS (
      SELECT p.id, p.word_count, word.lexeme,
             (SELECT sum(CASE weight WHEN 'A' THEN {HEADING_WEIGHT} ELSE 1 END) FROM unnest(word.weights) weight) AS tf
      FROM passages p CROSS JOIN LATERAL unnest(p.tsv) AS word (lexeme, positions, weights)
      JOIN weighed ON weighed.lexeme = word.lexeme
      WHERE p.tsv @@ (SELECT string_agg(query::text, ' | ')::tsquery FROM asked)
    ), ranked AS (
      SELECT found.id, sum(idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * word_count / words))) AS rank
      FROM found JOIN weighed USING (lexeme) CROSS JOIN site GROUP BY found.id
    )
    SELECT p.stable_id, p.heading, p.body, p.anchor, pages.url, ranked.rank
    FROM ranked JOIN passages p ON p.id = ranked.id JOIN pages ON pages.id = p.page_id
    ORDER BY ranked.rank DESC, p.id LIMIT :limit"""
)
