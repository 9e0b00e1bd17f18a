"""SQLite's ranking: FTS5, which knows BM25."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, text

from chatkit.database.orm import db
from chatkit.search.models import Corpus, Passage, Term
from chatkit.text.tokens import stem

# Beyond this many passages, words that stand in many of them cost more time than they tell.
LARGE = 20_000
COMMON = 0.3
RAREST = 3


def rank(words: Sequence[str], values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    # Quoted, no character of a word is query syntax.
    query = " OR ".join(f'"{word}"' for word in _telling(words))
    return db.session.execute(_RANKED, values | {"query": query}).all()


def frequencies(words: Sequence[str]) -> dict[str, int]:
    """Return for each word how many passages hold it."""
    kept = select(Term.term, Term.df).where(Term.term.in_({stem(word) for word in words}))
    known = {row.term: row.df for row in db.session.execute(kept)}
    return {word: known.get(stem(word), 0) for word in words}


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows; they are found after ``refresh``. The caller commits."""
    db.session.execute(insert(Passage), passages)


def refresh() -> None:
    """Index the passages that are new, and count how many hold each term; the caller commits.

    FTS5 writes to its index at the end of each statement, so all go in with one; row by row takes thrice as long.
    """
    db.session.execute(_ADDED)
    db.session.execute(text("DELETE FROM terms"))
    db.session.execute(text("INSERT INTO terms (term, df) SELECT term, doc FROM passages_fts_terms"))


def _telling(words: Sequence[str]) -> list[str]:
    """Return the words without the common ones when there are many passages, repeats kept."""
    passages = db.session.scalar(select(Corpus.passages)) or 0
    if passages <= LARGE:
        return list(words)
    counts = Counter(frequencies(words))
    rarest = sorted(counts, key=lambda word: counts[word])[:RAREST]
    return [word for word in words if counts[word] <= COMMON * passages or word in rarest]


_ADDED = text(
    """INSERT INTO passages_fts (rowid, heading, body, unseen) SELECT id, heading, body, unseen FROM passages
    WHERE id NOT IN (SELECT id FROM passages_fts_docsize) ORDER BY id"""
)

_RANKED = text(
    """WITH found AS (
      SELECT rowid AS id, -bm25(passages_fts, :heading, 1.0, 1.0)
             * CASE WHEN rowid IN (SELECT id FROM passages WHERE page_id IN :near) THEN :nearness ELSE 1 END AS rank
      FROM passages_fts WHERE passages_fts MATCH :query ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT p.stable_id, p.heading, p.body, p.anchor, pages.url, found.rank
    FROM found JOIN passages p ON p.id = found.id JOIN pages ON pages.id = p.page_id
    ORDER BY found.rank DESC, p.id"""
).bindparams(bindparam("near", expanding=True))
