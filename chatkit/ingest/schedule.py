"""Which sources are indexed again without a command, and when: by the clock, and when a webhook asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select, update

from chatkit.database.orm import db, row_count, upsert, utcnow
from chatkit.errors import ContentError
from chatkit.ingest.models import IndexSchedule
from chatkit.search.models import Source

INTERRUPTED = "It was ended from outside before it was done."
MAX_RESULT_LENGTH = 2_000


@dataclass(frozen=True)
class KnownSource:
    """A source that can be indexed again: its row, its name, and how it was read."""

    id: int
    name: str
    options: dict[str, Any]


def find_sources(names: Sequence[str]) -> list[KnownSource]:
    """Return the sources of these names, or all that can be indexed again when none is given.

    Raises ``ContentError`` for a name that no source has, and for one of which it is not kept how it was read.
    """
    rows = db.session.execute(select(Source.id, Source.name, Source.options).order_by(Source.name)).all()
    found = {name: None if options is None else KnownSource(id_, name, options) for id_, name, options in rows}
    if not names:
        return [source for source in found.values() if source is not None]
    chosen = []
    for name in names:
        # A folder may be named by any path of it, a site without its last slash.
        known = next((each for each in (name, f"{name}/", str(Path(name).resolve())) if each in found), None)
        if known is None:
            raise ContentError(f"No source is called {name}. `flask content status` lists the sources.")
        if (source := found[known]) is None:
            raise ContentError(f"It is not kept how {name} was read. Index it once more by `flask content index`.")
        chosen.append(source)
    return chosen


def repeat(sources: Sequence[KnownSource], every: timedelta | None) -> None:
    """Have sources indexed again this often, or no more of themselves, and commit."""
    seconds = None if every is None else round(every.total_seconds())
    _store(sources, every_seconds=seconds)
    db.session.commit()


def request(sources: Sequence[KnownSource]) -> None:
    """Have sources indexed again as soon as can be, and commit; what waits already is asked for once."""
    _store(sources, requested_at=utcnow())
    db.session.commit()


def next_due(now: datetime) -> KnownSource | None:
    """Return the source that has been due the longest, if any is."""
    rows = db.session.execute(
        select(IndexSchedule, Source)
        .join(Source)
        .where(
            Source.options.is_not(None), or_(IndexSchedule.requested_at.is_not(None), IndexSchedule.every_seconds > 0)
        )
    )
    due = [(_due_at(schedule, source), source) for schedule, source in rows]
    for at, source in sorted(due, key=lambda each: each[0])[:1]:
        if at <= now:
            return KnownSource(source.id, source.name, source.options or {})
    return None


def begin(source_id: int) -> None:
    """Note that a source is about to be indexed, and commit; what is asked for from now on comes after it."""
    own = update(IndexSchedule).where(IndexSchedule.source_id == source_id)
    db.session.execute(own.values(started_at=utcnow(), requested_at=None))
    db.session.commit()


def end(source_id: int, result: str, *, failed: bool) -> None:
    """Note how indexing a source again went, and commit."""
    own = update(IndexSchedule).where(IndexSchedule.source_id == source_id)
    db.session.execute(own.values(ended_at=utcnow(), failed=failed, result=result[:MAX_RESULT_LENGTH]))
    db.session.commit()


def end_interrupted() -> int:
    """Note of all that is at work that it was ended from outside, and commit; return how many that were.

    The caller knows that nothing is at work.
    """
    unfinished = or_(IndexSchedule.ended_at.is_(None), IndexSchedule.ended_at < IndexSchedule.started_at)
    interrupted = update(IndexSchedule).where(IndexSchedule.started_at.is_not(None), unfinished)
    ended = db.session.execute(interrupted.values(ended_at=utcnow(), failed=True, result=INTERRUPTED))
    db.session.commit()
    return row_count(ended)


def _due_at(schedule: IndexSchedule, source: Source) -> datetime:
    by_request = [] if schedule.requested_at is None else [schedule.requested_at]
    by_clock = []
    if schedule.every_seconds:
        last = max(filter(None, [source.indexed_at, schedule.started_at]))
        by_clock.append(last + timedelta(seconds=schedule.every_seconds))
    return min(by_request + by_clock)


def _store(sources: Sequence[KnownSource], **values: object) -> None:
    if sources:
        rows = [{"source_id": source.id, "failed": False, "result": "", **values} for source in sources]
        stored = upsert(IndexSchedule).on_conflict_do_update(index_elements=["source_id"], set_=values)
        db.session.execute(stored, rows)
