"""Search: the passages that fit a question best, by BM25, headings counting three times.

Each database ranks with what it has: SQLite with FTS5, PostgreSQL with BM25 written out in SQL.
Both keep in ``terms`` how many passages hold each word, so that no question has to count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.orm import aliased

from chatkit.database.orm import db, on_sqlite
from chatkit.search import bm25, fts5
from chatkit.search.models import Corpus, Page, Passage
from chatkit.text.tokens import terms

HEADING_WEIGHT = 3.0
# How much more a passage of the page weighs where the reader is.
NEARNESS = 1.3
# Of the best other passage of its page, how much counts for a passage too. `make eval` measures it.
CONTEXT = 0.3
POOL = 50


@dataclass(frozen=True)
class Hit:
    """A passage that matched, with its link; ``rank`` is BM25 of it and some of its page's, higher is better."""

    stable_id: str
    heading: str
    body: str
    url: str
    rank: float


def search(question: str, limit: int) -> list[Hit]:
    """Return the ``limit`` passages that fit best, best first; none for a question without words."""
    return best(terms(question), limit)


def best(words: Sequence[str], limit: int, page_url: str | None = None) -> list[Hit]:
    """Return the ``limit`` passages that fit ``words`` best, best first.

    A word given twice weighs twice. Passages of the page at ``page_url``, where the reader is, rank higher.
    """
    if not words:
        return []
    pool = max(limit, POOL)
    values = {"heading": HEADING_WEIGHT, "near": _page_ids(page_url), "nearness": NEARNESS, "limit": pool}
    return _in_context((fts5 if on_sqlite() else bm25).rank(words, values))[:limit]


def document_frequencies(words: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return how many passages there are, and for each word how many hold it."""
    total = db.session.scalar(select(Corpus.passages)) or 0
    return total, (fts5 if on_sqlite() else bm25).frequencies(list(dict.fromkeys(words)))


def page_texts(stable_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return for each passage the texts of all passages of its page, in order."""
    cited, beside = aliased(Passage), aliased(Passage)
    rows = select(cited.stable_id, beside.body).join(beside, beside.page_id == cited.page_id)
    found: dict[str, list[str]] = {}
    for row in db.session.execute(rows.where(cited.stable_id.in_(stable_ids)).order_by(beside.position)):
        found.setdefault(row.stable_id, []).append(row.body)
    return found


def add(passages: Sequence[Mapping[str, Any]]) -> None:
    """Insert passages, given as rows with the same columns; after ``refresh`` they are found. The caller commits."""
    (fts5 if on_sqlite() else bm25).add(passages)


def refresh() -> None:
    """Bring the index up to date with the passages; the caller, who changed them, commits."""
    (fts5 if on_sqlite() else bm25).refresh()
    db.session.execute(delete(Corpus))
    counted = select(func.count(), func.coalesce(func.avg(Passage.word_count), 0))
    db.session.execute(insert(Corpus).from_select(["passages", "mean_words"], counted))


def _page_ids(page_url: str | None) -> list[int]:
    """Return the page at an address, whatever its query and fragment; an index may know it by its path alone."""
    if not page_url:
        return []
    try:
        parts = urlsplit(page_url)
    except ValueError:
        return []
    path = parts.path.rstrip("/")
    whole = f"{parts.scheme}://{parts.netloc}{path}"
    return list(db.session.scalars(select(Page.id).where(Page.url.in_([path, f"{path}/", whole, f"{whole}/"]))))


def _in_context(rows: Sequence[Row[Any]]) -> list[Hit]:
    """Return rows as hits, best first; a page that fits in another passage too speaks for each of them."""
    firsts: dict[str, list[float]] = {}
    for row in rows:
        firsts.setdefault(row.url, []).append(row.rank)
    hits = []
    for row in rows:
        first, *others = firsts[row.url]
        other = first if row.rank < first else next(iter(others), 0.0)
        url = f"{row.url}#{row.anchor}" if row.anchor else row.url
        hits.append(Hit(row.stable_id, row.heading, row.body, url, row.rank + CONTEXT * other))
    return sorted(hits, key=lambda hit: -hit.rank)
