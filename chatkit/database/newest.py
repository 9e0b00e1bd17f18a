"""Keeping the newest rows of what belongs together, exactly that many, by look-ups that an index answers."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, select

from chatkit.database.orm import db, on_sqlite, row_count

# How many rows a request deletes at most; what is beyond goes with the requests that follow.
MOST_DELETED = 100
# How many rows the export of a person holds at once.
EXPORT_PAGE_SIZE = 100


def lock_for_adding(name: str) -> None:
    """Let who adds to the rows of this name go one after the other, until the caller commits.

    SQLite has one writer anyway. Without it, of two that add at once neither would see the other's rows.
    """
    if not on_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def keep_newest(rows: Table, mine: ColumnElement[bool], keep: int, most: int = MOST_DELETED) -> None:
    """Delete up to ``most`` rows older than the newest ``keep``; an index has to answer ``mine`` in the order of ids.

    The caller has called ``lock_for_adding``, and commits.
    """
    beyond = select(rows.c.id).where(mine).order_by(rows.c.id.desc()).limit(most).offset(keep)
    db.session.execute(delete(rows).where(rows.c.id.in_(beyond)))


def prune_beyond(rows: Table, mine: ColumnElement[bool], keep: int, limit: int) -> int:
    """Delete up to ``limit`` of these rows that are not among the newest ``keep`` of the whole table; return how many.

    Numbers follow on each other, so the table is not counted: among the last ``keep`` numbers are at most as many rows.
    The caller commits.
    """
    newest = db.session.scalar(select(func.max(rows.c.id)))
    if newest is None or newest <= keep:
        return 0
    old = select(rows.c.id).where(mine, rows.c.id <= newest - keep).order_by(rows.c.id).limit(limit)
    return row_count(db.session.execute(delete(rows).where(rows.c.id.in_(old))))


def in_pages(columns: Sequence[Any], number: Any, mine: ColumnElement[bool], size: int) -> Iterator[Any]:
    """Yield the rows in the order of ``number``, and never hold more than ``size`` of them, nor a transaction.

    A row that is added meanwhile comes at the end, one that is deleted may be missing.
    """
    rows = select(*columns, number.label("page_number")).where(mine).order_by(number).limit(size)
    page = db.session.execute(rows).all()
    while page:
        db.session.rollback()
        yield from page
        if len(page) < size:
            return
        page = db.session.execute(rows.where(number > page[-1].page_number)).all()
