"""Rows out of PostgreSQL, and into it by COPY in one transaction."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from chatkit.backup.portable import Kind, Row, Shape, columns, terms
from chatkit.database import migration_lock
from chatkit.errors import BackupError
from chatkit.search.postgresql_bm25 import term_vector

# How many rows are in memory at once; a saved chat may have 256 KiB.
BATCH = 100
LEXEME = re.compile(r"'((?:[^']|'')*)'(?::([0-9A-D,]+))?")
DROP_TABLES = """DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE %I CASCADE', name);
  END LOOP;
END $$"""


def snapshot(connection: Connection) -> None:
    """Let all that is read be of one moment; nobody waits for it."""
    connection.execution_options(isolation_level="REPEATABLE READ")
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def begin(connection: Connection) -> None:
    """Begin a transaction; who migrates waits for it, and it for nobody who holds a table longer than that."""
    connection.begin()
    migration_lock.acquire(connection, migration_lock.RESTORE_WAIT_SECONDS)
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")


def not_ours(connection: Connection) -> set[str]:
    """Return nothing: here the full-text index is a column."""
    return set()


def shape(connection: Connection, table: Table) -> Shape:
    """Return what a table is."""
    number, next_id = table.autoincrement_column, None
    if number is not None and (sequence := _sequence(connection, table.name, number.name)):
        [(last, used)] = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
        next_id = last + 1 if used else last
    return Shape(table.name, columns(table), next_id)


def read(connection: Connection, shape: Shape) -> Iterator[Row]:
    """Yield the rows of a table through a cursor of the server, some in memory at a time."""
    as_text = {Kind.JSON, Kind.TERMS}
    names = [
        sql.SQL("{}::text" if kind in as_text else "{}").format(sql.Identifier(name))
        for name, kind in shape.columns.items()
    ]
    makers = [_READ.get(kind) for kind in shape.columns.values()]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(names), sql.Identifier(shape.name))
    with _driver(connection).cursor(name="chatkit_backup") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query)
        for row in cursor:
            yield [
                value if value is None or make is None else make(value) for make, value in zip(makers, row, strict=True)
            ]


def write(connection: Connection, shape: Shape, rows: Iterable[Row]) -> None:
    """Add rows to an empty table, and set the sequence of its numbers."""
    makers = [_WRITE.get(kind) for kind in shape.columns.values()]
    names = sql.SQL(", ").join(map(sql.Identifier, shape.columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(shape.name), names)
    with _driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(
                [
                    value if value is None or make is None else make(value)
                    for make, value in zip(makers, row, strict=True)
                ]
            )
    if shape.next_id is not None and (sequence := _sequence(connection, shape.name, "id")):
        connection.exec_driver_sql("SELECT setval(%s, %s, false)", (sequence, shape.next_id))


def drop_everything(connection: Connection) -> None:
    """Drop every table, also what a later version of ChatKit made, which would be in the way of the next upgrade."""
    _driver(connection).execute(DROP_TABLES)


def check(connection: Connection) -> None:
    """Check nothing: PostgreSQL has refused each row that points to none."""


def tidy(connection: Connection) -> None:
    """Gather what the planner knows of the tables."""
    connection.exec_driver_sql("ANALYZE")
    connection.commit()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the driver's errors into ``BackupError``."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        raise BackupError(f"PostgreSQL says: {reason[0].rstrip('.')}.") from error


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast(psycopg.Connection[Any], connection.connection.driver_connection)


def _sequence(connection: Connection, table: str, column: str) -> str | None:
    quoted = table.replace('"', '""')
    found = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (f'"{quoted}"', column)).scalar()
    return None if found is None else str(found)


def _read_time(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _read_terms(value: str) -> list[str]:
    """Return the terms of a ``tsvector``; a place that is marked A is one in the heading."""
    counted = {}
    for term, places in LEXEME.findall(value):
        marks = [place[-1] == "A" for place in places.split(",")]
        counted[term.replace("''", "'").replace("\\\\", "\\")] = marks.count(True), marks.count(False)
    return terms(counted)


_READ: dict[Kind, Callable[[Any], object]] = {
    Kind.BYTES: lambda value: base64.b64encode(value).decode(),
    Kind.DATE: date.isoformat,
    Kind.TERMS: _read_terms,
    Kind.TIME: _read_time,
}
_WRITE: dict[Kind, Callable[[Any], object]] = {
    Kind.BYTES: base64.b64decode,
    Kind.TERMS: lambda value: term_vector(*value),
    Kind.TIME: lambda value: f"{value}+00",
}
