"""PostgreSQL: no connection that has ended is used, and a server that does not answer is given up in time.

This module alone relies on names that psycopg does not document: `Connection.wait`, which every
statement waits in, and `Connection._connect_gen`, which a connection is opened by. setup.cfg admits
the versions that have both, and a test says so.
"""

import select
from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import InvalidatePoolError

from chatkit.database import deadline

# For commands; psycopg knows no less than 2 seconds.
CONNECT_SECONDS = 2
BREAKER_SECONDS = 1.0
# PostgreSQL ends what takes too long a little before the client gives the connection up, so it survives.
# A worker that froze in the middle of a transaction does not hold its locks for ever.
SERVER_TIMEOUTS = "-c statement_timeout=1400 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=10000"


class NoAnswer(psycopg.errors.ConnectionTimeout):
    """PostgreSQL did not answer in time."""


class TimeoutConnection(psycopg.Connection[Any]):
    """A connection that closes when PostgreSQL does not answer before the deadline.

    A server that is frozen or cut off cannot be asked to time anything out, and its machine may
    still confirm what it is sent, so only the waiting side can tell.
    """

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        try:
            return super().wait(_fail_when_idle(gen, deadline.seconds_left()), *args, **options)
        except NoAnswer:
            self.close()
            raise

    @classmethod
    def _connect_gen(cls, *args: Any, **options: Any) -> Generator[Any, Any, Any]:
        return _fail_when_idle(super()._connect_gen(*args, **options), deadline.seconds_left())


def connect_args() -> dict[str, Any]:
    """Return how the driver makes connections."""
    return {"connect_timeout": CONNECT_SECONDS, "application_name": "chatkit"}


def prepare(engine: Engine) -> None:
    """Never hand out a connection that has ended."""
    event.listen(engine, "checkout", _refuse_ended)


def limit_waits(engine: Engine) -> None:
    """Let every connection opened from now on wait as long as a request may."""
    event.listen(engine, "do_connect", _Connector().connect)


def _refuse_ended(connection: psycopg.Connection[Any], record: object, proxy: object) -> None:
    """Look at the socket, which saves the round trip of a ping.

    An idle server says nothing. When it went away, the end of the connection waits to be read.
    """
    if connection.closed:
        raise InvalidatePoolError
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError


class _Connector:
    """Opens this process's connections behind a circuit breaker.

    For a second after PostgreSQL did not answer it is not asked again, or requests that all wait
    for it would keep those behind them waiting twice.
    """

    def __init__(self) -> None:
        self._open_until = 0.0

    def connect(
        self, dialect: Dialect, record: object, arguments: list[Any], options: dict[str, Any]
    ) -> TimeoutConnection:
        if monotonic() < self._open_until:
            raise NoAnswer("the server did not answer a moment ago")
        timeouts = f"{SERVER_TIMEOUTS} {options.get('options', '')}"
        try:
            return TimeoutConnection.connect(*arguments, **options | {"options": timeouts})
        except psycopg.errors.ConnectionTimeout:
            self._open_until = monotonic() + BREAKER_SECONDS
            raise


def _fail_when_idle(gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """Pass a generator of psycopg on, and raise ``NoAnswer`` when nothing happened for ``seconds``.

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
