"""The last step of indexing: which pages are near each other."""

import time
from dataclasses import dataclass

import structlog
from flask import Flask, current_app

from chatkit.database.orm import db
from chatkit.ingest.index_lock import IndexLock
from chatkit.search import neighbours

log = structlog.get_logger()

# When the same state of the index is tried again by a process.
AGAIN_SECONDS = 3600.0


@dataclass
class _Tried:
    """The state of the index whose neighbours this process has asked for last, and when, in monotonic seconds."""

    state: str | None = None
    at: float = 0.0


def init_app(app: Flask) -> None:
    """Make the place for what this process knows of the work."""
    app.extensions["chatkit_neighbourhood"] = _Tried()


def find_neighbours(lock: IndexLock) -> None:
    """Find the neighbours of pages that are committed; what goes wrong is logged, and left to the next indexing."""
    try:
        neighbours.refresh(lock.confirm)
    except Exception as error:
        db.session.rollback()
        log.warning("neighbours_not_found", error=type(error).__name__, reason=str(error)[:200])


def find_due() -> str | None:
    """Return the state of the index whose neighbours are to be found while nobody indexes, as after an upgrade.

    None where there is nothing to find, or this process has tried that state within the hour, however that ended.
    """
    tried: _Tried = current_app.extensions["chatkit_neighbourhood"]
    state = neighbours.missing_in()
    return None if state == tried.state and time.monotonic() < tried.at + AGAIN_SECONDS else state


def note_tried(state: str) -> None:
    """Keep that somebody is finding the neighbours of a state of the index."""
    current_app.extensions["chatkit_neighbourhood"] = _Tried(state, time.monotonic())
