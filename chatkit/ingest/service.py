"""Indexing: pages in, written in one transaction; and what is indexed."""

import json
import tempfile
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from chatkit.database.orm import changed, db, utcnow
from chatkit.errors import ContentError
from chatkit.ingest.index_lock import IndexLock
from chatkit.ingest.sources import Folder, Known, LeftOut, Parsed, Source, Unchanged, Unreadable
from chatkit.search import index as search_index
from chatkit.search.models import Page, PassageRow
from chatkit.search.models import Source as SourceRow
from chatkit.text.extra_terms import extra_terms

# ChatKit's own documentation, and pages indexed before the index knew sources: both give way to an owner's pages.
OWN, EARLIER = "ChatKit's documentation", "pages indexed earlier"
GIVING_WAY = (OWN, EARLIER)
BATCH = 200
TITLE_LENGTH, HEADING_LENGTH = 300, 600

# Told how many pages have been read, and of how many where that is known.
Progress = Callable[[int, int | None], None]


@dataclass
class Report:
    """What indexing a source did, in pages; the mappings say why, by path."""

    source: str
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    writing_seconds: float = 0.0

    @property
    def pages(self) -> int:
        """Return how many pages the index now holds of what could be read."""
        return self.indexed + self.unchanged


@dataclass(frozen=True)
class Status:
    """A source as it is indexed."""

    name: str
    base_url: str
    generator: str
    pages: int
    passages: int
    indexed_at: datetime


def index(folder: Path, base_url: str, generator: str = "auto", name: str | None = None) -> Report:
    """Index the pages below ``folder``; see ``index_source``. ``base_url`` is what their addresses begin with."""
    return index_source(Folder(folder, base_url, generator, name))


def index_source(
    source: Source, progress: Progress = lambda done, expected: None, waiting: Callable[[], None] = lambda: None
) -> Report:
    """Read every page of a source, then write what changed and commit once; readers see all of it or none.

    Pages that are gone from the source are removed, those of other sources stay. Only one indexing works
    at a time; ``waiting`` is called when another one is at work. Raises ``ContentError``, and
    leaves the index as it was, when no page can be read.
    """
    began = time.perf_counter()
    report = Report(source.name)
    # What shall be written waits on disk, so that memory holds a few pages at a time.
    with IndexLock(waiting) as lock, tempfile.TemporaryFile("w+", encoding="utf-8") as journal:
        row = _row(source)
        known = _known(row)
        taken = _taken(row)
        unchanged, indexed = set[str](), dict[str, int]()
        borrowed = dict[str, str]()
        for done, outcome in enumerate(source.pages(known), 1):
            progress(done, source.expected())
            if isinstance(outcome, LeftOut):
                report.left_out[outcome.path] = outcome.reason
                continue
            before = known.get(outcome.path)
            url = outcome.url if isinstance(outcome, Parsed) else before.url if before is not None else None
            borrows = isinstance(outcome, Parsed | Unchanged) and outcome.borrowed
            if url in borrowed and not borrows:
                # The page that the other says it is a copy of.
                copy = borrowed.pop(url)
                report.left_out[copy] = f"its address {url} is that of {outcome.path}"
                unchanged.discard(copy)
                indexed.pop(copy, None)
            elif url in taken:
                report.left_out[outcome.path] = f"its address {url} is that of {taken[url]}"
                continue
            if url is not None:
                taken[url] = outcome.path
                if borrows:
                    borrowed[url] = outcome.path
            match outcome:
                case Unchanged():
                    unchanged.add(outcome.path)
                case Unreadable():
                    report.unreadable[outcome.path] = outcome.reason
                case Parsed():
                    indexed[outcome.path] = len(outcome.passages)
                    journal.write(json.dumps(_rows(outcome)) + "\n")
        report.unchanged, report.indexed, report.passages = len(unchanged), len(indexed), sum(indexed.values())
        if not report.pages:
            raise ContentError(_nothing(source, report))
        stays = unchanged | report.unreadable.keys()
        outdated = {path: page.id for path, page in known.items() if path not in stays}
        report.removed = len(outdated.keys() - indexed.keys())
        writing = time.perf_counter()
        _write(lock, source, row, list(outdated.values()), _lines(journal, indexed), bool(report.unreadable))
        report.writing_seconds = time.perf_counter() - writing
        source.indexed()
    report.seconds = time.perf_counter() - began
    return report


def remove(name: str) -> int | None:
    """Remove the source of this name, or the page at this address or path, and commit.

    Return how many pages went; none when nothing is called so. Raises ``ContentError`` for a path in several sources.
    """
    bare = name.rstrip("/")
    with IndexLock(lambda: None) as lock:
        lock.confirm()
        named = select(SourceRow).where(SourceRow.name.in_([name, bare, f"{bare}/"]))
        source = db.session.scalar(named.order_by(SourceRow.name != name).limit(1))
        which = Page.source_id == source.id if source else _page_called(name)
        removed = changed(db.session.execute(delete(Page).where(which)))
        if source is not None:
            db.session.execute(delete(SourceRow).where(SourceRow.id == source.id))
        if removed:
            search_index.refresh()
        db.session.commit()
    return removed if removed or source is not None else None


def _page_called(name: str) -> ColumnElement[bool]:
    if db.session.scalar(select(Page.id).where(Page.url == name).limit(1)):
        return Page.url == name
    holding = select(SourceRow.name).join(Page).where(Page.path == name).order_by(SourceRow.name)
    sources = db.session.scalars(holding).all()
    if len(sources) > 1:
        raise ContentError(
            f"Several sources have a page {name}: {', '.join(sources)}. Name the page by its address instead."
        )
    return Page.path == name


def titles() -> list[tuple[str, str]]:
    """Return the title and link of every page, by source and path."""
    ordered = select(Page.title, Page.url).order_by(Page.source_id, Page.path)
    return [(title, url) for title, url in db.session.execute(ordered)]


def status() -> list[Status]:
    """Return every source, by name."""
    pages = select(Page.source_id, func.count().label("pages")).group_by(Page.source_id).subquery()
    passages = (
        select(Page.source_id, func.count().label("passages")).join(PassageRow).group_by(Page.source_id).subquery()
    )
    counted = (
        select(SourceRow, func.coalesce(pages.c.pages, 0), func.coalesce(passages.c.passages, 0))
        .outerjoin(pages, pages.c.source_id == SourceRow.id)
        .outerjoin(passages, passages.c.source_id == SourceRow.id)
        .order_by(SourceRow.name)
    )
    return [
        Status(row.name, row.base_url, row.generator, page_count, passage_count, row.indexed_at)
        for row, page_count, passage_count in db.session.execute(counted)
    ]


def _row(source: Source) -> SourceRow | None:
    """Return a source as it was indexed: under its name, or from a folder that stood elsewhere and is gone.

    Of several that are gone, only the one of the same last name can be meant.
    """
    row = db.session.scalar(select(SourceRow).where(SourceRow.name == source.name))
    if row is not None or not isinstance(source, Folder):
        return row
    published = db.session.scalars(select(SourceRow).where(SourceRow.base_url == source.base_url))
    moved = [row for row in published if Path(row.name).is_absolute() and not Path(row.name).exists()]
    alike = [row for row in moved if Path(row.name).name == Path(source.name).name]
    candidates = alike or moved
    return candidates[0] if len(candidates) == 1 else None


def _known(row: SourceRow | None) -> dict[str, Known]:
    if row is None:
        return {}
    pages = db.session.scalars(select(Page).where(Page.source_id == row.id))
    return {page.path: Known(page.id, page.url, page.content_hash, page.etag, page.last_modified) for page in pages}


def _taken(row: SourceRow | None) -> dict[str, str]:
    """Return the addresses of other sources' pages that stay, with what has them."""
    own = row.id if row is not None else None
    others = select(Page.url, Page.path, SourceRow.name).join(SourceRow).where(SourceRow.name.not_in(GIVING_WAY))
    found = db.session.execute(others.where(SourceRow.id != own) if own is not None else others)
    return {url: f"{path} of {name}" for url, path, name in found}


def _nothing(source: Source, report: Report) -> str:
    reasons = [f"{path}: {reason}" for path, reason in [*report.unreadable.items(), *report.left_out.items()]]
    if not reasons:
        return f"{source.name} holds no page that can be indexed. The index was left as it was."
    shown = "\n".join(f"  {reason}" for reason in reasons[:10])
    return f"No page of {source.name} could be indexed. The index was left as it was.\n{shown}"


def _rows(page: Parsed) -> dict[str, Any]:
    """Return a page's row, its passages' rows inside it."""
    return {
        "path": page.path,
        "url": page.url,
        "title": page.title[:TITLE_LENGTH],
        "content_hash": page.digest,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "passages": [
            {
                "stable_id": chunk.stable_id,
                "position": position,
                "anchor": chunk.anchor,
                "heading": chunk.heading[:HEADING_LENGTH],
                "body": chunk.body,
                # Three times, as the words of a heading count.
                "unseen": extra_terms(f"{chunk.heading}\n" * 3 + chunk.body),
                "word_count": len(chunk.body.split()),
            }
            for position, chunk in enumerate(page.passages)
        ],
    }


def _lines(journal: IO[str], indexed: Container[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the pages that are indexed in the end."""
    journal.seek(0)
    for line in journal:
        page = json.loads(line)
        if page["path"] in indexed:
            yield page


def _write(
    lock: IndexLock,
    source: Source,
    row: SourceRow | None,
    outdated: Sequence[int],
    read: Iterable[dict[str, Any]],
    unreadable: bool,
) -> None:
    """Put what was read in the place of what is outdated, and commit."""
    lock.confirm()
    giving_way = delete(SourceRow).where(SourceRow.name.in_(GIVING_WAY), SourceRow.name != source.name)
    altered = bool(changed(db.session.execute(giving_way)))
    now = utcnow()
    about = {"name": source.name, "base_url": source.base_url, "generator": source.generator, "indexed_at": now}
    if row is None:
        source_id = db.session.execute(insert(SourceRow).returning(SourceRow.id), about).scalar_one()
    else:
        source_id = row.id
        db.session.execute(update(SourceRow).where(SourceRow.id == source_id).values(about))
    # All that goes, goes first: a page may have the address, and passages the ids, that another had.
    for ids in _batches(outdated):
        db.session.execute(delete(Page).where(Page.id.in_(ids)))
        altered = True
    for pages in _batches(read):
        own = [page.pop("passages") for page in pages]
        added = (
            insert(Page).values(source_id=source_id, indexed_at=now).returning(Page.id, sort_by_parameter_order=True)
        )
        page_ids = db.session.scalars(added, pages).all()
        passages = [
            {**passage, "page_id": page_id} for page_id, rows in zip(page_ids, own, strict=True) for passage in rows
        ]
        if passages:
            search_index.add(passages)
        altered = True
    if altered:
        search_index.refresh()
    if unreadable:
        # Only a page that is fetched whole tells its links again, to what could not be read this time.
        db.session.execute(update(Page).where(Page.source_id == source_id).values(etag=None, last_modified=None))
    db.session.commit()


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
