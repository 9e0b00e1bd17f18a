"""The last step of indexing: which pages are near each other."""

from dataclasses import dataclass

import structlog
from flask import Flask, current_app

from chatkit.database.orm import db
from chatkit.ingest.index_lock import IndexLock
from chatkit.search import neighbours

log = structlog.get_logger()


@dataclass
class _Tried:
    """The state of the index whose neighbours this process has asked for last."""

    state: str | None = None


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


def is_due() -> bool:
    """Tell whether neighbours are still to be found while nobody indexes, as after an upgrade.

    Each state of the index is tried once by a process, however that ends.
    """
    tried: _Tried = current_app.extensions["chatkit_neighbourhood"]
    state = neighbours.missing_in()
    is_new, tried.state = state not in {None, tried.state}, state
    return is_new
