"""The few statements that bypass SQLAlchemy's execution, which costs more than they do.

They are literal SQL on the driver's own connection. Connections still come from SQLAlchemy's pool,
and failures still come out as its exceptions::

    with raw_sql.autocommit() as connection:
        rows = connection.fetch("SELECT id, email FROM users WHERE tier = :tier", {"tier": "full"})
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy.exc import DBAPIError

from chatkit import tracing
from chatkit.database.orm import db


@dataclass(frozen=True)
class Connection:
    """A driver's connection, lent from the pool."""

    driver: Any
    on_sqlite: bool

    def fetch(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run a statement, whose parameters are written ``:name``, and return its rows.

        Values are the driver's: SQLite returns 0 or 1 for a truth and a text for a time, see ``utc``.
        """
        found: list[tuple[Any, ...]]
        with tracing.statement_span(sql):
            found = self.driver.execute(sql if self.on_sqlite else _for_psycopg(sql), parameters).fetchall()
        return found


def utc(value: str | datetime) -> datetime:
    """Return a time as it is stored, aware: SQLite keeps it as a text in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


@contextmanager
def autocommit() -> Iterator[Connection]:
    """Lend a connection in no transaction: each statement sees what is committed."""
    with _lent() as connection:
        if connection.on_sqlite:
            yield connection
            return
        driver = connection.driver
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


@contextmanager
def relaxed_commit(one_statement: bool = False) -> Iterator[Connection]:
    """Lend a connection in a transaction whose commit does not wait for the disk.

    A crash of the process loses nothing; a crash of the machine may lose the last moments. On
    PostgreSQL the statement itself sets `synchronous_commit`, which saves a round trip. Two more
    are saved where ``one_statement`` is all that writes: it commits by itself there, so that an
    exception after it rolls nothing back.
    """
    if one_statement and db.engine.dialect.name != "sqlite":
        with autocommit() as connection:
            yield connection
        return
    with _lent() as connection:
        driver = connection.driver
        if not connection.on_sqlite:
            yield connection
            driver.commit()
            return
        driver.execute("PRAGMA synchronous = NORMAL")
        try:
            driver.begin_immediate()
            yield connection
            driver.commit()
        finally:
            driver.rollback()
            driver.execute("PRAGMA synchronous = FULL")


@contextmanager
def _lent() -> Iterator[Connection]:
    """Lend a connection; what is not committed when it comes back, the pool rolls back."""
    dialect = db.engine.dialect
    driver_error = dialect.loaded_dbapi.Error
    lent = None
    try:
        lent = db.engine.raw_connection()
        yield Connection(lent.dbapi_connection, dialect.name == "sqlite")
    except driver_error as error:
        ended = lent is not None and dialect.is_disconnect(error, lent.dbapi_connection, None)
        if lent is not None and ended:
            lent.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, driver_error, hide_parameters=True, connection_invalidated=ended, dialect=dialect
        ) from error
    finally:
        if lent is not None:
            lent.close()


@cache
def _for_psycopg(sql: str) -> str:
    """Spell parameters as psycopg does; a cast such as ``::bigint`` is none."""
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql)
