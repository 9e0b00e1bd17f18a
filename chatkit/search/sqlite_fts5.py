"""SQLite's ranking: FTS5, which knows BM25."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, text

from chatkit.database.orm import db
from chatkit.search.models import Corpus, PassageRow, Term
from chatkit.search.statistics import TermStatistics
from chatkit.text.stemming import stem

# Beyond this many passages, terms that stand in many of them cost more time than they are worth.
LARGE = 20_000
COMMON = 0.3
RAREST = 3


def rank(terms: Sequence[str], statistics: TermStatistics, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return the ``limit`` best passages as rows, best first; those of the pages ``near`` are raised."""
    # Quoted, no character of a term is query syntax.
    query = " OR ".join(f'"{term}"' for term in _distinctive(terms, statistics))
    return db.session.execute(_RANKED, values | {"query": query}).all()


def term_statistics(terms: Sequence[str]) -> TermStatistics:
    """Return how many passages hold each term; its only lexeme is its stem."""
    corpus = db.session.execute(select(Corpus.passages, Corpus.mean_words)).first()
    lexemes = {term: stem(term) for term in terms}
    rows = db.session.execute(select(Term.term, Term.df).where(Term.term.in_(set(lexemes.values()))))
    counted = {row.term: row.df for row in rows}
    frequencies = {term: {lexeme: counted.get(lexeme, 0)} for term, lexeme in lexemes.items()}
    return TermStatistics(corpus.passages if corpus else 0, corpus.mean_words if corpus else 0.0, frequencies)


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows; they are found after ``refresh``. The caller commits."""
    db.session.execute(insert(PassageRow), passages)


def refresh() -> None:
    """Index the passages that are new, and count how many hold each term; the caller commits.

    FTS5 writes to its index at the end of each statement, so all go in with one; row by row takes thrice as long.
    """
    db.session.execute(_ADDED)
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
    """INSERT INTO passages_fts (rowid, heading, body, unseen) SELECT id, heading, body, unseen FROM passages
    WHERE id NOT IN (SELECT id FROM passages_fts_docsize) ORDER BY id"""
)

_RANKED = text(
    """WITH found AS (
      SELECT rowid AS id, -bm25(passages_fts, :heading, 1.0, 1.0)
             * CASE WHEN rowid IN (SELECT id FROM passages WHERE page_id IN :near) THEN :boost ELSE 1 END AS rank
      FROM passages_fts WHERE passages_fts MATCH :query ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT p.stable_id, p.heading, p.body, cast(p.blocks AS text) AS blocks, p.anchor, pages.url, found.rank
    FROM found JOIN passages p ON p.id = found.id JOIN pages ON pages.id = p.page_id
    ORDER BY found.rank DESC, p.id"""
).bindparams(bindparam("near", expanding=True))
