"""Leases: which process may do a piece of work alone, until when, on the clock of the database."""

import os
import socket
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import ColumnElement, Connection, String, case, extract, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, database_now, db, row_count, upsert

log = structlog.get_logger()

# The lease of the background work: while somebody holds it, a server works on this database.
BACKGROUND = "background"
LEASE_SECONDS = 15.0
HOST_LENGTH = 40


class Lease(Model):
    """Who holds the lease of this name, since and until when, in seconds since 1970 on the database's clock.

    A holder is written as host:process:random.
    """

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[float]
    since: Mapped[float] = mapped_column(server_default="0")


@dataclass(frozen=True)
class Holder:
    """Who holds a lease, such as "process 4711 on build-1", and since when."""

    name: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.name}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class LeaseHolder:
    """Takes a lease for this process and renews it in a thread, however long the work takes.

    A thread renews what was taken. With ``retake`` it also takes the lease whenever it is free,
    which suits work that may change hands; work that must notice when another had the lease in
    between does without and calls ``confirm``. Each method needs an application context and may
    raise ``SQLAlchemyError``. One export at a time, on whatever machine::

        lease = LeaseHolder(app, "export")
        while not lease.take():
            time.sleep(0.5)
        lease.start()
        try:
            write_rows()
            if not lease.confirm():
                raise ExportError("Another export took over.")
            db.session.commit()
        finally:
            lease.release()
    """

    def __init__(self, app: Flask, name: str, *, retake: bool = False, seconds: float = LEASE_SECONDS) -> None:
        self._app = app
        self._name = name
        self._retake = retake
        self._seconds = seconds
        self._holder = f"{socket.gethostname()[:HOST_LENGTH]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._held_until = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_stopped, name=f"lease {name}", daemon=True)

    @property
    def held(self) -> bool:
        """Whether the lease was taken or renewed recently enough that nobody else can hold it."""
        return time.monotonic() < self._held_until

    def take(self) -> bool:
        """Take or renew the lease and commit; False when another holds it.

        A lease that lasts longer than any is given was given before the clock was set back: it is free.
        """
        began, now = time.monotonic(), _database_seconds()
        free = or_(Lease.holder == self._holder, Lease.until < now, Lease.until > now + 2 * LEASE_SECONDS)
        given = {"holder": self._holder, "until": now + self._seconds}
        since = case((Lease.holder == self._holder, Lease.since), else_=now)
        take = upsert(Lease).values(name=self._name, since=now, **given)
        take = take.on_conflict_do_update(index_elements=["name"], set_=given | {"since": since}, where=free)
        taken = db.session.scalar(take.returning(Lease.name)) is not None
        db.session.commit()
        return self._note(taken, began)

    def confirm(self) -> bool:
        """Renew the lease inside the caller's transaction; False when another has taken it since.

        The row stays locked until the caller commits, so nobody takes the lease before that.
        """
        began = time.monotonic()
        own = update(Lease).where(Lease.name == self._name, Lease.holder == self._holder)
        renewed = row_count(db.session.execute(own.values(until=_database_seconds() + self._seconds)))
        return self._note(renewed > 0, began)

    def start(self) -> None:
        """Start the thread that renews the lease, if it is not started yet."""
        if not self._thread.is_alive():
            self._thread.start()

    def release(self, timeout_seconds: float | None = None) -> None:
        """End the thread and give the lease back before its time, when this process still holds it; commits."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        own = update(Lease).where(Lease.name == self._name, Lease.holder == self._holder)
        db.session.execute(own.values(until=0.0))
        db.session.commit()

    def _note(self, held: bool, began: float) -> bool:
        self._held_until = began + self._seconds if held else 0.0
        return held

    def _renew_until_stopped(self) -> None:
        while not self._stopped.is_set():
            with self._app.app_context():
                try:
                    if self._retake:
                        self.take()
                    else:
                        self.confirm()
                        db.session.commit()
                except Exception as error:
                    # The database is busy or away. The thread goes on: an end here would lose the lease for good.
                    # Whether a lease that is not taken again was lost shows when it is confirmed.
                    if self._retake or not isinstance(error, SQLAlchemyError):
                        log.warning("lease_not_renewed", lease=self._name, error=type(error).__name__)
            self._stopped.wait(self._seconds / 3)


def find_holder(name: str) -> Holder | None:
    """Return who holds the lease of this name now, if anybody does."""
    found = db.session.execute(select(Lease.holder, Lease.since).where(Lease.name == name, *is_current())).first()
    db.session.rollback()
    if found is None:
        return None
    host, process, _ = f"{found.holder}::".split(":", 2)
    return Holder(f"process {process} on {host}", datetime.fromtimestamp(found.since, UTC))


def is_held(name: str) -> bool:
    """Tell whether any process holds the lease of this name now, also in a database of an earlier version."""
    found = holds(db.session.connection(), name)
    db.session.rollback()
    return found


def is_current() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a lease that somebody holds now."""
    return _lasts(_database_seconds())


def holds(connection: Connection, name: str) -> bool:
    """Tell whether any process holds the lease of this name now in a database, not only in the application's."""
    now = time.time() if connection.dialect.name == "sqlite" else extract("epoch", func.statement_timestamp())
    return connection.scalar(select(Lease.name).where(Lease.name == name, *_lasts(now))) is not None


def _lasts(now: Any) -> tuple[ColumnElement[bool], ...]:
    return Lease.until > now, Lease.until <= now + 2 * LEASE_SECONDS


def _database_seconds() -> Any:
    """Return the database's time in seconds since 1970, for use inside a statement."""
    now = database_now()
    return now.timestamp() if isinstance(now, datetime) else extract("epoch", now)
