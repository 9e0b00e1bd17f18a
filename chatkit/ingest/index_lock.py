"""One indexing at a time, on whatever machine: the others wait for their turn."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Self

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from chatkit.database import lease
from chatkit.database.orm import db, on_sqlite
from chatkit.errors import ContentError

LEASE = "indexing"
RENEW_SECONDS = lease.LEASE_SECONDS / 3
LOOK_SECONDS = 0.5


class Turn:
    """Holds the lease of indexing as long as the work takes; ``waiting`` is called once when another holds it."""

    def __init__(self, waiting: Callable[[], None]) -> None:
        self._waiting = waiting
        self._holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._done = threading.Event()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._keeper = threading.Thread(target=self._keep, args=(app,), daemon=True)

    def __enter__(self) -> Self:
        if not self._take():
            self._waiting()
            while not self._take():
                time.sleep(LOOK_SECONDS)
        self._keeper.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._keeper.join()
        db.session.rollback()
        lease.release(LEASE, self._holder)

    def confirm(self) -> None:
        """Make sure, inside the transaction that writes, that nobody else has had the turn since."""
        if not lease.renew(LEASE, self._holder):
            db.session.rollback()
            raise ContentError(
                "Another indexing took over, because this one stood still. Nothing was changed; run it again."
            )

    def _take(self) -> bool:
        try:
            return lease.hold(LEASE, self._holder)
        except OperationalError:
            # On SQLite whoever has the turn may be writing for longer than one waits to write.
            db.session.rollback()
            if not on_sqlite():
                raise
            return False

    def _keep(self, app: Flask) -> None:
        with app.app_context():
            while not self._done.wait(RENEW_SECONDS):
                try:
                    lease.renew(LEASE, self._holder)
                    db.session.commit()
                except SQLAlchemyError:
                    # The database is busy or away; whether the turn was lost shows when it is confirmed.
                    db.session.rollback()
