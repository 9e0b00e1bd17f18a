"""The background job that has sources indexed again when they are due, in a process of its own, one at a time."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import structlog
from flask import Flask, current_app

from chatkit.child import Child
from chatkit.database import lease
from chatkit.database.orm import db, utcnow
from chatkit.errors import ContentError
from chatkit.ingest import index_lock, neighbourhood, schedule, service
from chatkit.ingest.schedule import KnownSource
from chatkit.ingest.source_options import SourceOptions

log = structlog.get_logger()

# A crawl that takes longer goes on where it stopped the next time.
MAX_SECONDS = 2 * 3600
# What does not end by itself then is killed after so many more.
KILL_SECONDS = 60


def init_app(app: Flask) -> None:
    """Make the place for what this process has started."""
    app.extensions["chatkit_reindexing"] = Child(MAX_SECONDS + KILL_SECONDS)


def start_next() -> None:
    """Start indexing the source that has been due the longest, unless one is being indexed already.

    Where none is due, but an index from before there were neighbours of pages has none, have them found.
    """
    child: Child = current_app.extensions["chatkit_reindexing"]
    if child.is_running():
        return
    # Whoever indexes by hand, or for another server, comes first.
    if lease.is_held(index_lock.LEASE):
        return
    if schedule.end_interrupted():
        log.error("reindexing_interrupted")
    source = schedule.next_due(utcnow())
    # A process of its own: what reads pages uses memory and processor that readers need, and may be ended.
    if source is not None:
        schedule.begin(source.id)
        child.start("content", "reindex", "--background", "--", source.name)
    elif state := neighbourhood.find_due():
        child.start("content", "neighbours", "--background")
        neighbourhood.note_tried(state)


def work(known: KnownSource, wait_seconds: float) -> None:
    """Index a source again, in the process that was started for it; how it went is kept and logged."""
    failed = True
    try:
        with _time_limit():
            source = SourceOptions.from_stored(known.options).open(Path(current_app.instance_path))
            report = service.index(source, wait_seconds=wait_seconds, options=known.options)
        failed, result = False, f"{report}."
    except _TooLongError:
        result = f"It took longer than {MAX_SECONDS / 3600:g} hours and was given up."
    except ContentError as error:
        result = str(error)
    except Exception as error:  # Whatever it is, the owner shall read of it.
        log.error("reindexing_failed", source=known.name, exc_info=error)
        result = f"{type(error).__name__}: {error}."
    db.session.rollback()
    schedule.end(known.id, result, failed=failed)
    (log.error if failed else log.info)("reindexed", source=known.name, failed=failed, result=result)


class _TooLongError(BaseException):
    """The time is up; no ``Exception``, for which a single page would be blamed."""


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Raise ``_TooLongError`` in what takes too long; for the main thread of a process alone."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
