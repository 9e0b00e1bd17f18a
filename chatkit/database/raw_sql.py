"""Statements that every request runs: compiled once, run on the driver's own connection.

SQLAlchemy's execution costs more than these statements themselves. Connections still come from its
pool, values are still converted by its types, and failures still come out as its exceptions.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from chatkit.database.orm import db


class Statement:
    """A statement with named parameters, compiled at its first use on each kind of database."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, dialect: Dialect) -> "_Compiled":
        """Return the statement in a dialect's SQL."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._clause, dialect)
        return found


class _Compiled:
    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = clause.compile(dialect=dialect)
        self.sql = str(compiled)
        # The names in the order of their marks, where the driver counts marks.
        self._order: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None
        self._convert: list[Callable[[Any], Any]] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is
            for column in getattr(clause, "selected_columns", ())
        ]
        self._row: Callable[..., Any] | None = None

    def parameters(self, given: Mapping[str, object]) -> Any:
        return given if self._order is None else [given[name] for name in self._order]

    def rows(self, cursor: Any) -> list[Any]:
        if self._row is None:
            self._row = namedtuple("Row", [column[0] for column in cursor.description])  # type: ignore[misc]
        if not self._convert:
            return [self._row(*values) for values in cursor.fetchall()]
        return [
            self._row(*(convert(value) for convert, value in zip(self._convert, values, strict=True)))
            for values in cursor.fetchall()
        ]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Connection:
    """A driver's connection, lent from the pool."""

    driver: Any
    dialect: Dialect

    def rows(self, statement: Statement, parameters: Mapping[str, object]) -> list[Any]:
        """Run a statement; return its rows as named tuples."""
        compiled = statement.compiled(self.dialect)
        return compiled.rows(self.driver.execute(compiled.sql, compiled.parameters(parameters)))


@contextmanager
def reading() -> Iterator[Connection]:
    """Lend a connection in no transaction: each statement sees what is committed."""
    with _lent() as connection:
        if connection.dialect.name == "sqlite":
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
def counting() -> Iterator[Connection]:
    """Lend a connection in a transaction whose commit does not wait for the disk.

    A crash of the process loses nothing; a crash of the machine may lose the last moments. On
    PostgreSQL the statement itself sets `synchronous_commit`, which saves a round trip.
    """
    with _lent() as connection:
        driver = connection.driver
        if connection.dialect.name != "sqlite":
            yield connection
            driver.commit()
            return
        driver.execute("PRAGMA synchronous = NORMAL")
        try:
            driver.begin_writing()
            yield connection
            driver.commit()
        finally:
            driver.rollback()
            driver.execute("PRAGMA synchronous = FULL")


@contextmanager
def _lent() -> Iterator[Connection]:
    """Lend a connection; what is not committed when it comes back, the pool rolls back."""
    engine = db.engine
    dialect, failure = engine.dialect, engine.dialect.loaded_dbapi.Error
    lent = None
    try:
        lent = engine.raw_connection()
        yield Connection(lent.dbapi_connection, dialect)
    except failure as error:
        gone = lent is not None and dialect.is_disconnect(error, lent.dbapi_connection, None)
        if lent is not None and gone:
            lent.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, failure, hide_parameters=True, connection_invalidated=gone, dialect=dialect
        ) from error
    finally:
        if lent is not None:
            lent.close()
