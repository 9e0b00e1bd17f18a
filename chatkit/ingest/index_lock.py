"""One indexing at a time, on whatever machine: another one waits until it has the lock."""

import time
from collections.abc import Callable
from typing import Self

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from chatkit.database.lease import LeaseHolder
from chatkit.database.orm import db, on_sqlite
from chatkit.errors import ContentError

LEASE = "indexing"
POLL_SECONDS = 0.5


class IndexLock:
    """Holds the lease of indexing as long as the work takes; ``waiting`` is called once when another holds it."""

    def __init__(self, waiting: Callable[[], None] = lambda: None) -> None:
        self._waiting = waiting
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._lease = LeaseHolder(app, LEASE)

    def __enter__(self) -> Self:
        if not self._acquire():
            self._waiting()
            while not self._acquire():
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
        except OperationalError:
            # On SQLite the holder may be writing for longer than one waits to write.
            db.session.rollback()
            if not on_sqlite():
                raise
            return False
