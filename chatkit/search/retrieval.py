"""Search: the passages that fit a question best, by BM25, headings counting three times, and by meaning.

Where pages have vectors, words and meaning choose passages together, each counting half, and late interaction orders
the first of them. Where they have none, words do both.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Result, Row, String, Text, bindparam, cast, or_, select

from chatkit.database.orm import db, table
from chatkit.search import fusion, index, meaning, versions
from chatkit.search.meaning import Meaning
from chatkit.search.models import Embedding, Page, PassageRow, Source
from chatkit.search.passages import Block, Passage, read_blocks, read_texts, unit_spans
from chatkit.search.query import Query, search_terms
from chatkit.search.reranking import rerank, rerank_by_meaning
from chatkit.search.scope import EVERYTHING, Scope
from chatkit.search.statistics import TermStatistics
from chatkit.text.language import Language
from chatkit.text.languages.registry import language_of

if TYPE_CHECKING:
    from chatkit.search.late_interaction import Likeness

HEADING_WEIGHT = 3.0
CURRENT_PAGE_BOOST = 1.3
# Of the best other passage of its page, how much counts for a passage too. `make eval` measures it.
CONTEXT = 0.15
POOL = 50
CANDIDATES = 15
# So many passages that fit best by words, and so many by meaning, are looked at together.
FUSED = 100
# The first of these are compared token by token.
INTERACTING = 20
# Of these, as many are returned as an answer can be made of.
ORDERED = 10
WITHOUT_TOKENS = ""
# So many passages of a section, or of a page, are read when it is named.
SECTION_PASSAGES = 20
# So many passages are kept as they were read, about 15 kB each.
REMEMBERED = 1_000


def retrieve(query: Query) -> list[Passage]:
    """Return the passages to answer a query from, best first."""
    return next(retrieve_in_turn(query))


def retrieve_in_turn(query: Query) -> Iterator[list[Passage]]:
    """Yield the passages of the query's scope, then those of other versions and languages, if there are any."""
    asked = meaning.of(query)
    for scope in (query.scope, query.scope.elsewhere):
        if scope is None:
            return
        if asked is None:
            yield rerank(query, _rank(query.terms, query.statistics, CANDIDATES, scope, query.near))
        else:
            yield rerank_by_meaning(query, _by_meaning(query, asked, scope))


def search(text: str, limit: int, scope: Scope = EVERYTHING) -> list[Passage]:
    """Return the ``limit`` passages that hold the words of a text best, best first; none for a text without words."""
    terms, statistics = search_terms(text)
    return _rank(terms, statistics, limit, scope)


def read_section(url: str, anchor: str, scope: Scope = EVERYTHING) -> list[Passage]:
    """Return the passages of a section in their order, of the whole page without an anchor; none outside the scope."""
    values = {"url": url, "anchor": anchor, "limit": SECTION_PASSAGES}
    found = db.session.execute(_SECTION, values).all()
    ids = [row.id for row in found if scope.holds(row.scope_id)]
    rows = _rows(ids, WITHOUT_TOKENS)
    return [_passage(rows[id_], 1.0) for id_ in ids if id_ in rows]


def page_texts(stable_ids: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return for each passage what its page shows of the passages down to it, in order; it is the last."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for stable_id, body, blocks in db.session.execute(_DOWN_TO, {"stable_ids": stable_ids}).all():
        found.setdefault(stable_id, []).append(_texts(blocks, body))
    return found


def _rank(
    terms: Sequence[str], statistics: TermStatistics, limit: int, scope: Scope, near: Sequence[int] = ()
) -> list[Passage]:
    """Return the ``limit`` passages that fit ``terms`` best; those of the page where the reader is rank higher."""
    if not terms:
        return []
    values = _values(scope, near, max(limit, POOL))
    return _in_context(index.rank(terms, statistics, values), limit, scope)


def _by_meaning(query: Query, asked: Meaning, scope: Scope) -> list[Passage]:
    """Return the passages that fit best by words and by meaning, best first."""
    values = _values(scope, query.near, FUSED)
    ranked = index.rank(query.terms, query.statistics, values) if query.terms else []
    ranks = {row.id: row.rank for row in ranked}
    chosen = fusion.choose(ranks, asked.nearest(FUSED, ranks, scope.ids), FUSED)
    rows = _read(list(chosen), asked.model, INTERACTING, scope)
    likenesses = asked.likenesses({id_: row.tokens for id_, row in rows.items() if row.tokens})
    tokens = {id_: likeness.passage for id_, likeness in likenesses.items()}
    headings = {id_: likeness.heading for id_, likeness in likenesses.items()}
    worth = fusion.order({id_: chosen[id_] for id_ in rows}, tokens, headings)
    best = sorted(worth, key=lambda id_: -worth[id_])[:ORDERED]
    return [_passage(rows[id_], worth[id_], likenesses.get(id_)) for id_ in best]


def _values(scope: Scope, near: Sequence[int], limit: int) -> dict[str, Any]:
    """Return what a ranking is asked with."""
    values = {"heading": HEADING_WEIGHT, "near": list(near), "boost": CURRENT_PAGE_BOOST, "limit": limit}
    return values if scope.ids is None else values | {"scopes": sorted(scope.ids)}


def _in_context(ranked: Sequence[Row[Any]], limit: int, scope: Scope) -> list[Passage]:
    """Return the best of what is ranked as passages; a page that fits in another passage too speaks for each."""
    firsts: dict[int, list[float]] = {}
    for row in ranked:
        firsts.setdefault(row.page_id, []).append(row.rank)
    found = []
    for row in ranked:
        first, *others = firsts[row.page_id]
        other = first if row.rank < first else next(iter(others), 0.0)
        found.append((row.rank + CONTEXT * other, row.id))
    found.sort(key=lambda one: -one[0])
    rows = _read([id_ for _, id_ in found], WITHOUT_TOKENS, limit, scope)
    return [_passage(rows[id_], rank) for rank, id_ in found if id_ in rows]


def _read(ids: Sequence[int], model: str, limit: int, scope: Scope) -> dict[int, Row[Any]]:
    """Return the rows of the first ``limit`` passages by id, each with the tokens that a model made of it.

    Of a section that stands in several versions of its site the newest is read, and more of other sections.
    """
    if scope.is_mixed:
        addresses: Result[Any] = db.session.execute(_ADDRESSES, {"ids": ids})
        found = {row.id: row for row in addresses}
        sections = [
            (id_, found[id_].version or "", _address(found[id_]), found[id_].heading) for id_ in ids if id_ in found
        ]
        ids = versions.distinct(sections)
    rows = _rows(ids[:limit], model)
    # One may be gone meanwhile.
    return {id_: rows[id_] for id_ in ids[:limit] if id_ in rows}


def _rows(ids: Sequence[int], model: str) -> dict[int, Row[Any]]:
    found: Result[Any] = db.session.execute(_ROWS, {"ids": ids, "model": model})
    return {row.id: row for row in found.all()}


def _address(row: Row[Any]) -> str:
    return f"{row.url}#{row.anchor}" if row.anchor else str(row.url)


def _passage(row: Row[Any], rank: float, likeness: "Likeness | None" = None) -> Passage:
    language = language_of(row.language, row.body)
    units = likeness.units(unit_spans(json.loads(row.blocks), row.body)) if likeness else None
    return Passage(
        row.stable_id,
        row.heading,
        row.body,
        _address(row),
        rank,
        _blocks(row.blocks, row.body, language),
        row.language,
        likeness.passage if likeness else None,
        units,
        row.site,
        row.version,
    )


@lru_cache(maxsize=REMEMBERED)
def _blocks(stored: str, body: str, language: Language) -> tuple[Block, ...]:
    """Return the blocks of a passage; those that many questions find are read, and their words stemmed, once."""
    return read_blocks(json.loads(stored), body, language)


@lru_cache(maxsize=REMEMBERED)
def _texts(stored: str, body: str) -> tuple[str, ...]:
    """Return what a page shows of a passage, likewise read once."""
    return read_texts(json.loads(stored), body)


_PASSAGES, _PAGES, _SOURCES, _EMBEDDINGS = table(PassageRow), table(Page), table(Source), table(Embedding)
_ROWS = (
    select(
        *(_PASSAGES.c[name] for name in ("id", "stable_id", "heading", "body", "anchor")),
        cast(_PASSAGES.c.blocks, Text).label("blocks"),
        *(_PAGES.c[name] for name in ("url", "version", "language")),
        _SOURCES.c.site,
        _EMBEDDINGS.c.tokens,
    )
    .join(_PAGES, _PAGES.c.id == _PASSAGES.c.page_id)
    .join(_SOURCES, _SOURCES.c.id == _PAGES.c.source_id)
    .outerjoin(
        _EMBEDDINGS,
        (_EMBEDDINGS.c.text_hash == _PASSAGES.c.text_hash) & (_EMBEDDINGS.c.model == bindparam("model")),
    )
    .where(_PASSAGES.c.id.in_(bindparam("ids", expanding=True)))
)
_SECTION = (
    select(_PASSAGES.c.id, _PASSAGES.c.scope_id)
    .join(_PAGES, _PAGES.c.id == _PASSAGES.c.page_id)
    .where(
        _PAGES.c.url == bindparam("url"),
        or_(bindparam("anchor", type_=String) == "", _PASSAGES.c.anchor == bindparam("anchor")),
    )
    .order_by(_PASSAGES.c.page_id, _PASSAGES.c.position)
    .limit(bindparam("limit"))
)
_ADDRESSES = (
    select(*(_PASSAGES.c[name] for name in ("id", "heading", "anchor")), _PAGES.c.url, _PAGES.c.version)
    .join(_PAGES, _PAGES.c.id == _PASSAGES.c.page_id)
    .where(_PASSAGES.c.id.in_(bindparam("ids", expanding=True)))
)
_CITED, _ABOVE = PassageRow.__table__.alias(), PassageRow.__table__.alias()
_DOWN_TO = (
    select(_CITED.c.stable_id, _ABOVE.c.body, cast(_ABOVE.c.blocks, Text))
    .join(_ABOVE, (_ABOVE.c.page_id == _CITED.c.page_id) & (_ABOVE.c.position <= _CITED.c.position))
    .where(_CITED.c.stable_id.in_(bindparam("stable_ids", expanding=True)))
    .order_by(_ABOVE.c.position)
)
