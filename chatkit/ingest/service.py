"""Indexing: every page of a source is read, and what changed is written in one transaction."""

import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.errors import ContentError
from chatkit.ingest.folder import Folder
from chatkit.ingest.index_lock import WAIT_SECONDS, IndexLock
from chatkit.ingest.index_plan import IndexPlan
from chatkit.ingest.index_writer import PLACEHOLDER_SOURCES, PageSpool, write
from chatkit.ingest.neighbourhood import find_neighbours
from chatkit.ingest.outcomes import IndexedPage, Parsed
from chatkit.ingest.page_source import PageSource
from chatkit.ingest.reasons import count_reasons
from chatkit.search.models import Page, Source

# Called with how many pages have been read, and of how many where that is known.
Progress = Callable[[int, int | None], None]
# How many reasons are shown when no page can be indexed.
SHOWN_REASONS = 10


@dataclass
class Report:
    """What indexing a source did, in pages; the mappings say why, by path."""

    source: str
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    # The paths of those that were read, and in which no text was found.
    textless: list[str] = field(default_factory=list)
    # What is to be said of places that are no pages.
    notes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    writing_seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.indexed} pages indexed ({self.passages} passages), {self.unchanged} unchanged, "
            f"{self.removed} removed, {len(self.unreadable)} unreadable, {len(self.skipped)} left out"
        )

    @property
    def pages(self) -> int:
        """Return how many pages the index now holds of what could be read."""
        return self.indexed + self.unchanged


def index(
    source: PageSource,
    progress: Progress = lambda done, expected: None,
    waiting: Callable[[str], None] = lambda reason: None,
    wait_seconds: float = WAIT_SECONDS,
    options: Mapping[str, Any] | None = None,
) -> Report:
    """Read every page of a source, then write what changed and commit once; readers see all of it or none.

    Pages that are gone from the source are removed, those of other sources stay. Only one indexing works at a time:
    when another one is at work, ``waiting`` is called with a sentence that says whose, and it is waited for
    ``wait_seconds``. ``options`` is what the source can be read again by, kept with it. Raises ``ContentError``, and
    leaves the index as it was, when no page can be read, a process that reads them is ended, or the other one is still
    at work.

        report = index(Folder(Path("docs"), "https://docs.example.com/"))
    """
    began = time.perf_counter()
    with IndexLock(waiting, wait_seconds) as lock, tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        spool = PageSpool(file)
        source_id = _source_id(source)
        indexed = _indexed_pages(source_id)
        plan = IndexPlan(indexed, _owners(source_id))
        try:
            for done, outcome in enumerate(source.pages(indexed), 1):
                progress(done, source.expected())
                plan.add(outcome)
                if isinstance(outcome, Parsed) and outcome.path in plan.written:
                    spool.add(outcome)
        except BrokenProcessPool:
            raise ContentError(
                "A process that read pages was ended from outside, as happens when memory runs out. "
                "The index was left as it was; run the command again."
            ) from None
        report = _report(source, plan)
        if not report.pages:
            raise ContentError(_no_page(report))
        writing = time.perf_counter()
        # Only a page that is fetched whole says its links again, which may lead to what could not be read this time.
        forget_validators = bool(plan.unreadable)
        write(lock, source, source_id, plan.outdated(), spool.pages(plan.written), forget_validators, options)
        report.writing_seconds = time.perf_counter() - writing
        source.committed()
        find_neighbours(lock)
    report.seconds = time.perf_counter() - began
    return report


def preview(source: PageSource, show: Callable[[Parsed], None]) -> Report:
    """Read every page of a source as if none were indexed, and write nothing; no database is asked.

    ``show`` is called with each page that would be indexed, unless a later one displaces it. Raises ``ContentError``
    when there is none.
    """
    began = time.perf_counter()
    plan = IndexPlan({}, {})
    for outcome in source.pages({}):
        plan.add(outcome)
        if isinstance(outcome, Parsed) and outcome.path in plan.written:
            show(outcome)
    report = _report(source, plan)
    if not report.pages:
        raise ContentError(_no_page(report))
    report.seconds = time.perf_counter() - began
    return report


def _source_id(source: PageSource) -> int | None:
    """Return a source's row: the one of its name, or of a folder that stood elsewhere and is gone.

    Of several that are gone, only the one of the same last name can be meant.
    """
    row = db.session.scalar(select(Source).where(Source.name == source.name))
    if row is None and isinstance(source, Folder):
        published = db.session.scalars(select(Source).where(Source.base_url == source.base_url))
        moved = [row for row in published if Path(row.name).is_absolute() and not Path(row.name).exists()]
        same_name = [row for row in moved if Path(row.name).name == Path(source.name).name]
        candidates = same_name or moved
        row = candidates[0] if len(candidates) == 1 else None
    return row.id if row is not None else None


def _indexed_pages(source_id: int | None) -> dict[str, IndexedPage]:
    """Return the pages of a source, by path."""
    columns = select(
        Page.path, Page.id, Page.url, Page.content_hash, Page.etag, Page.last_modified, Page.version, Page.language
    )
    rows = db.session.execute(columns.where(Page.source_id == source_id))
    return {
        row.path: IndexedPage(row.id, row.url, row.content_hash, row.etag, row.last_modified, row.version, row.language)
        for row in rows
    }


def _owners(source_id: int | None) -> dict[str, str]:
    """Return the URLs that pages of other sources have and keep, with what they are called in the report."""
    others = select(Page.url, Page.path, Source.name).join(Source)
    others = others.where(Source.name.not_in(PLACEHOLDER_SOURCES), Source.id.is_distinct_from(source_id))
    return {url: f"{path} of {name}" for url, path, name in db.session.execute(others)}


def _report(source: PageSource, plan: IndexPlan) -> Report:
    return Report(
        source.name,
        len(plan.written),
        len(plan.unchanged),
        plan.removed(),
        sum(plan.written.values()),
        plan.unreadable,
        plan.skipped,
        [path for path, passages in plan.written.items() if not passages],
        plan.notes,
    )


def _no_page(report: Report) -> str:
    unreadable = [f"{path}: {reason}" for path, reason in report.unreadable.items()]
    reasons = [*unreadable, *(str(each) for each in count_reasons(report.skipped))]
    if not reasons:
        return f"{report.source} holds no page that can be indexed. The index was left as it was."
    shown = "\n".join(f"  {reason}" for reason in reasons[:SHOWN_REASONS])
    return f"No page of {report.source} could be indexed. The index was left as it was.\n{shown}"
