"""The last step of indexing: which pages are near each other."""

import structlog

from chatkit.database.orm import db
from chatkit.ingest.index_lock import IndexLock
from chatkit.search import neighbours

log = structlog.get_logger()


def find_neighbours(lock: IndexLock) -> None:
    """Find the neighbours of pages that are committed; what goes wrong is logged, and left to the next indexing."""
    try:
        neighbours.refresh(lock.confirm)
    except Exception as error:
        db.session.rollback()
        log.warning("neighbours_not_found", error=type(error).__name__, reason=str(error)[:200])
