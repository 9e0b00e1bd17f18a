"""How long a reader's request waits for the database: less than two seconds, whatever became of it.

Only the workers of a server limit their connections. A command, such as a migration or an index of
many pages, may wait as long as it needs.
"""

from collections.abc import Generator
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Dialect, event

from chatkit.database.deadline import patience
from chatkit.database.orm import db
from chatkit.database.sqlite import SqliteConnection

ANSWER_SECONDS = 1.5
SILENCE_SECONDS = 1.0
# PostgreSQL ends what takes too long a little before the client gives the connection up, so it survives.
# A worker that froze in the middle of a transaction does not hold its locks for ever.
POSTGRES_OPTIONS = "-c statement_timeout=1400 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=10000"


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that closes when PostgreSQL does not answer in time.

    A server that is frozen or cut off cannot be asked to time anything out, and its machine may
    still confirm what it is sent, so only the waiting side can tell.
    """

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        try:
            return super().wait(_within(min(ANSWER_SECONDS, patience.seconds), gen), *args, **options)
        except NoAnswer:
            self.close()
            raise

    @classmethod
    def _connect_gen(cls, *args: Any, **options: Any) -> Generator[Any, Any, Any]:
        # The option connect_timeout knows no less than 2 seconds.
        return _within(min(ANSWER_SECONDS, patience.seconds), super()._connect_gen(*args, **options))


class NoAnswer(psycopg.errors.ConnectionTimeout):
    """PostgreSQL did not answer in time."""


def serve_readers(app: Flask) -> None:
    """Limit how long every connection this process opens may wait for the database."""
    with app.app_context():
        engine = db.engine
    if app.config["CHATKIT"].on_sqlite:
        event.listen(engine, "do_connect", _connect_to_file)
        event.listen(engine, "connect", _wait_briefly)
    else:
        event.listen(engine, "do_connect", _Server().connect)


def _connect_to_file(dialect: Dialect, record: object, arguments: list[Any], options: dict[str, Any]) -> None:
    """Open the file only where it is: a new one in its place would be empty, and take over its log."""
    if not options.get("uri"):
        arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=rw"
        options["uri"] = True


def _wait_briefly(connection: SqliteConnection, record: object) -> None:
    connection.patience_seconds = ANSWER_SECONDS
    connection.execute(f"PRAGMA busy_timeout = {ANSWER_SECONDS * 1000:.0f}")


class _Server:
    """PostgreSQL as this process meets it.

    For a second after it did not answer it is not asked again, or requests that all wait for it
    would keep those behind them waiting twice.
    """

    def __init__(self) -> None:
        self._silent_until = 0.0

    def connect(
        self, dialect: Dialect, record: object, arguments: list[Any], options: dict[str, Any]
    ) -> ImpatientConnection:
        if monotonic() < self._silent_until:
            raise NoAnswer("the server did not answer a moment ago")
        asked = f"{POSTGRES_OPTIONS} {options.get('options', '')}"
        try:
            return ImpatientConnection.connect(*arguments, **options | {"options": asked})
        except psycopg.errors.ConnectionTimeout:
            self._silent_until = monotonic() + SILENCE_SECONDS
            raise


def _within(seconds: float, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Pass a generator of psycopg on, and give up when nothing happened for so many seconds.

    What drives it wakes it every tenth of a second when there is nothing to read or write.
    """
    idle_since = None
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                idle_since = None
            elif idle_since is None:
                idle_since = monotonic()
            elif monotonic() - idle_since > seconds:
                raise NoAnswer("the server did not answer in time")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value
