"""One indexing at a time, on whatever machine: another one waits for the lock, and not for ever."""

import time
from collections.abc import Callable
from typing import Self

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from chatkit.database.lease import LeaseHolder, find_holder
from chatkit.database.orm import db
from chatkit.errors import ContentError

LEASE = "indexing"
POLL_SECONDS = 0.5
WAIT_SECONDS = 600.0
SQLITE_BUSY = "SQLITE_BUSY"


class IndexLock:
    """Holds the lease of indexing as long as the work takes.

    When another holds it, ``waiting`` is called once with a sentence that says who. Raises ``ContentError`` when that
    one is still at work after ``wait_seconds``.
    """

    def __init__(
        self, waiting: Callable[[str], None] = lambda reason: None, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._waiting = waiting
        self._wait_seconds = wait_seconds
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._lease = LeaseHolder(app, LEASE)

    def __enter__(self) -> Self:
        until = time.monotonic() + self._wait_seconds
        if not self._acquire():
            self._waiting(_who_works())
            while not self._acquire():
                if time.monotonic() > until:
                    raise ContentError(
                        f"{_who_works()} It has been waited for as long as was said, {self._wait_seconds:g} seconds. "
                        "Nothing was changed; run the command again when that one has ended."
                    )
                time.sleep(POLL_SECONDS)
        self._lease.start()
        return self

    def __exit__(self, *exception: object) -> None:
        db.session.rollback()
        self._lease.release()

    def confirm(self) -> None:
        """Make sure, inside the transaction that writes, that nobody else has had the lock since."""
        if not self._lease.confirm():
            db.session.rollback()
            raise ContentError(
                "Another indexing took over, because this one stood still. Nothing was changed; run it again."
            )

    def _acquire(self) -> bool:
        try:
            return self._lease.take()
        except OperationalError as error:
            db.session.rollback()
            # On SQLite the holder may be writing for longer than one waits to write.
            if getattr(error.orig, "sqlite_errorname", None) != SQLITE_BUSY:
                raise
            return False


def _who_works() -> str:
    holder = find_holder(LEASE)
    return f"Another indexing is at work: {holder}." if holder else "Another program is writing to the database."
