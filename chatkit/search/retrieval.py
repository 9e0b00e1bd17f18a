"""Search: the passages that fit a question best, by BM25, headings counting three times."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from chatkit.database.orm import db
from chatkit.search import index
from chatkit.search.models import PassageRow
from chatkit.search.passages import Passage, read_blocks, read_texts
from chatkit.search.query import Query, search_terms
from chatkit.search.reranking import rerank
from chatkit.search.statistics import TermStatistics
from chatkit.text.languages.registry import language_of

HEADING_WEIGHT = 3.0
CURRENT_PAGE_BOOST = 1.3
# Of the best other passage of its page, how much counts for a passage too. `make eval` measures it.
CONTEXT = 0.3
POOL = 50
CANDIDATES = 15


def retrieve(query: Query) -> list[Passage]:
    """Return the passages to answer a query from, best first."""
    return rerank(query, _rank(query.terms, query.statistics, CANDIDATES, query.near))


def search(text: str, limit: int) -> list[Passage]:
    """Return the ``limit`` passages that hold the words of a text best, best first; none for a text without words."""
    terms, statistics = search_terms(text)
    return _rank(terms, statistics, limit, ())


def page_texts(stable_ids: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return for each passage what its page shows of the passages down to it, in order; it is the last."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in db.session.execute(_DOWN_TO, {"stable_ids": stable_ids}):
        found.setdefault(row.stable_id, []).append(read_texts(row.blocks, row.body))
    return found


def _rank(terms: Sequence[str], statistics: TermStatistics, limit: int, near: Sequence[int]) -> list[Passage]:
    """Return the ``limit`` passages that fit ``terms`` best; those of the page where the reader is rank higher."""
    if not terms:
        return []
    pool = max(limit, POOL)
    values = {"heading": HEADING_WEIGHT, "near": list(near), "boost": CURRENT_PAGE_BOOST, "limit": pool}
    return _in_context(index.rank(terms, statistics, values), limit)


def _in_context(rows: Sequence[Row[Any]], limit: int) -> list[Passage]:
    """Return the best of rows as passages; a page that fits in another passage too speaks for each of them."""
    firsts: dict[str, list[float]] = {}
    for row in rows:
        firsts.setdefault(row.url, []).append(row.rank)
    found = []
    for row in rows:
        first, *others = firsts[row.url]
        other = first if row.rank < first else next(iter(others), 0.0)
        url = f"{row.url}#{row.anchor}" if row.anchor else row.url
        found.append((row.rank + CONTEXT * other, url, row))
    found.sort(key=lambda ranked: -ranked[0])
    return [_passage(row, url, rank) for rank, url, row in found[:limit]]


def _passage(row: Row[Any], url: str, rank: float) -> Passage:
    blocks = read_blocks(json.loads(row.blocks), row.body, language_of(row.language, row.body))
    return Passage(row.stable_id, row.heading, row.body, url, rank, blocks, row.language)


_CITED, _ABOVE = PassageRow.__table__.alias(), PassageRow.__table__.alias()
_DOWN_TO = (
    select(_CITED.c.stable_id, _ABOVE.c.body, _ABOVE.c.blocks)
    .join(_ABOVE, (_ABOVE.c.page_id == _CITED.c.page_id) & (_ABOVE.c.position <= _CITED.c.position))
    .where(_CITED.c.stable_id.in_(bindparam("stable_ids", expanding=True)))
    .order_by(_ABOVE.c.position)
)
