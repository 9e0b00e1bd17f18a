"""Search: the passages that fit a question best, by BM25, headings counting three times, and by meaning.

Where pages have vectors, words and meaning choose passages together, each counting half, and late interaction orders
the first of them. Where they have none, words do both.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Result, Row, Text, bindparam, cast, select

from chatkit.database.orm import db
from chatkit.search import fusion, index, meaning
from chatkit.search.meaning import Meaning
from chatkit.search.models import Embedding, Page, PassageRow
from chatkit.search.passages import Passage, read_blocks, read_texts, unit_spans
from chatkit.search.query import Query, search_terms
from chatkit.search.reranking import rerank, rerank_by_meaning
from chatkit.search.statistics import TermStatistics
from chatkit.text.languages.registry import language_of

if TYPE_CHECKING:
    from chatkit.search.late_interaction import Likeness

HEADING_WEIGHT = 3.0
CURRENT_PAGE_BOOST = 1.3
# Of the best other passage of its page, how much counts for a passage too. `make eval` measures it.
CONTEXT = 0.3
POOL = 50
CANDIDATES = 15
# So many passages that fit best by words, and so many by meaning, are looked at together.
FUSED = 100
# The first of these are compared token by token.
INTERACTING = 20


def retrieve(query: Query) -> list[Passage]:
    """Return the passages to answer a query from, best first."""
    asked = meaning.of(query)
    if asked is None:
        return rerank(query, _rank(query.terms, query.statistics, CANDIDATES, query.near))
    return rerank_by_meaning(query, _by_meaning(query, asked))


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


def _by_meaning(query: Query, asked: Meaning) -> list[Passage]:
    """Return the passages that fit best by words and by meaning, best first."""
    values = {"heading": HEADING_WEIGHT, "near": list(query.near), "boost": CURRENT_PAGE_BOOST, "limit": FUSED}
    rows = index.rank(query.terms, query.statistics, values) if query.terms else []
    ranks = {row.id: row.rank for row in rows}
    chosen = fusion.choose(ranks, asked.nearest(FUSED, ranks), FUSED, INTERACTING)
    read: Result[Any] = db.session.execute(_READ, {"ids": list(chosen), "model": asked.model})
    found = {row.id: row for row in read}
    likenesses = asked.likenesses({id_: row.tokens for id_, row in found.items() if row.tokens})
    tokens = {id_: likeness.passage for id_, likeness in likenesses.items()}
    headings = {id_: likeness.heading for id_, likeness in likenesses.items()}
    worth = fusion.order({id_: chosen[id_] for id_ in found}, tokens, headings)
    best = sorted(worth, key=lambda id_: -worth[id_])[:CANDIDATES]
    return [_compared(found[id_], worth[id_], likenesses.get(id_)) for id_ in best]


def _compared(row: Row[Any], worth: float, likeness: "Likeness | None") -> Passage:
    passage, stored = _passage(row, worth), json.loads(row.blocks)
    if likeness is None:
        return passage
    return replace(passage, meaning=likeness.passage, unit_scores=likeness.units(unit_spans(stored, row.body)))


def _in_context(rows: Sequence[Row[Any]], limit: int) -> list[Passage]:
    """Return the best of rows as passages; a page that fits in another passage too speaks for each of them."""
    firsts: dict[str, list[float]] = {}
    for row in rows:
        firsts.setdefault(row.url, []).append(row.rank)
    found = []
    for row in rows:
        first, *others = firsts[row.url]
        other = first if row.rank < first else next(iter(others), 0.0)
        found.append((row.rank + CONTEXT * other, row))
    found.sort(key=lambda ranked: -ranked[0])
    return [_passage(row, rank) for rank, row in found[:limit]]


def _passage(row: Row[Any], rank: float) -> Passage:
    url = f"{row.url}#{row.anchor}" if row.anchor else row.url
    blocks = read_blocks(json.loads(row.blocks), row.body, language_of(row.language, row.body))
    return Passage(row.stable_id, row.heading, row.body, url, rank, blocks, row.language)


_READ = (
    select(
        PassageRow.id,
        PassageRow.stable_id,
        PassageRow.heading,
        PassageRow.body,
        cast(PassageRow.blocks, Text).label("blocks"),
        PassageRow.anchor,
        Page.url,
        Page.language,
        Embedding.tokens,
    )
    .join(Page)
    .outerjoin(Embedding, (Embedding.text_hash == PassageRow.text_hash) & (Embedding.model == bindparam("model")))
    .where(PassageRow.id.in_(bindparam("ids", expanding=True)))
)
_CITED, _ABOVE = PassageRow.__table__.alias(), PassageRow.__table__.alias()
_DOWN_TO = (
    select(_CITED.c.stable_id, _ABOVE.c.body, _ABOVE.c.blocks)
    .join(_ABOVE, (_ABOVE.c.page_id == _CITED.c.page_id) & (_ABOVE.c.position <= _CITED.c.position))
    .where(_CITED.c.stable_id.in_(bindparam("stable_ids", expanding=True)))
    .order_by(_ABOVE.c.position)
)
