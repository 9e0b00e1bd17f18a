"""Rows out of a SQLite file, and into one in one transaction."""

import base64
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from chatkit.backup.portable import FULL_TEXT_COLUMN, FULL_TEXT_TABLE, Kind, Row, Shape, columns, terms
from chatkit.database import migration_lock
from chatkit.errors import BackupError

BATCH = 200
INDEX = "passages_fts"


def snapshot(connection: Connection) -> None:
    """Begin a transaction that reads: writers go on, and what they write is not seen."""
    _driver(connection).execute("BEGIN")


def begin(connection: Connection) -> None:
    """Begin a transaction that alone may write, without foreign keys, which dropping and migrating trip over."""
    _driver(connection).execute("PRAGMA foreign_keys = OFF")
    connection.begin()
    migration_lock.acquire(connection, migration_lock.RESTORE_WAIT_SECONDS)


def not_ours(connection: Connection) -> set[str]:
    """Return the tables that the full-text index is made of."""
    listed = _driver(connection).execute("SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")
    return {name for (name,) in listed}


def shape(connection: Connection, table: Table) -> Shape:
    """Return what a table is; passages have the terms of the index with them."""
    kinds = columns(table)
    if table.name == FULL_TEXT_TABLE:
        kinds[FULL_TEXT_COLUMN] = Kind.TERMS
    number = table.autoincrement_column
    if number is None or number.foreign_keys:
        return Shape(table.name, kinds)
    driver = _driver(connection)
    [(next_id,)] = driver.execute(f'SELECT max(coalesce(max("{number.name}"), 0), 0) + 1 FROM "{table.name}"')  # noqa: S608
    if _never_reuses(driver, table.name):
        [(used,)] = driver.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table.name,))
        next_id = max(next_id, used + 1)
    return Shape(table.name, kinds, next_id)


def read(connection: Connection, shape: Shape) -> Iterator[Row]:
    """Yield the rows of a table, one in memory at a time."""
    index = f"LEFT JOIN {INDEX} i ON i.rowid = t.id" if Kind.TERMS in shape.columns.values() else ""
    names = [f't."{name}"' for name, kind in shape.columns.items() if kind is not Kind.TERMS]
    names += ["i.heading", "i.body"] if index else []
    makers = [_READ.get(kind) for kind in shape.columns.values()]
    found = _driver(connection).execute(f'SELECT {", ".join(names)} FROM "{shape.name}" t {index}')  # noqa: S608
    for row in found:
        values = (*row[:-2], row[-2:]) if index else row
        yield [
            value if value is None or make is None else make(value) for make, value in zip(makers, values, strict=True)
        ]


def write(connection: Connection, shape: Shape, rows: Iterable[Row]) -> None:
    """Add rows to an empty table, and to the index what belongs there."""
    driver, makers = _driver(connection), [_WRITE.get(kind) for kind in shape.columns.values()]
    names = [name for name, kind in shape.columns.items() if kind is not Kind.TERMS]
    places = ", ".join("?" * len(names))
    add = f'INSERT INTO "{shape.name}" ({", ".join(map(_quoted, names))}) VALUES ({places})'  # noqa: S608
    indexed = len(names) < len(shape.columns)
    id_ = list(shape.columns).index("id") if indexed else 0
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        values: list[Row] = [
            [value if value is None or make is None else make(value) for make, value in zip(makers, row, strict=True)]
            for row in batch
        ]
        driver.executemany(add, [row[: len(names)] for row in values])
        if indexed:
            found = [(row[id_], *row[-1]) for row in values]
            driver.executemany(f"INSERT INTO {INDEX} (rowid, heading, body) VALUES (?, ?, ?)", found)  # noqa: S608
    if shape.next_id is not None and _never_reuses(driver, shape.name):
        driver.execute("DELETE FROM sqlite_sequence WHERE name = ?", (shape.name,))
        driver.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (shape.name, shape.next_id - 1))


def drop_everything(connection: Connection) -> None:
    """Drop every table, also what a later version of ChatKit made, which would be in the way of the next upgrade."""
    driver = _driver(connection)
    # Virtual tables first: each takes its own tables with it.
    listed = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    for condition in ("type = 'virtual'", "type = 'table'"):
        for (name,) in driver.execute(f"{listed} AND {condition} ORDER BY name DESC").fetchall():
            driver.execute(f"DROP TABLE {_quoted(name)}")


def check(connection: Connection) -> None:
    """Raise ``BackupError`` when a row points to none."""
    missing = _driver(connection).execute("PRAGMA foreign_key_check").fetchone()
    if missing is not None:
        raise BackupError(f"A row of {missing[0]} points to a row of {missing[2]} that is not there.")


def tidy(connection: Connection) -> None:
    """Gather what the planner knows of the tables."""
    _driver(connection).execute("PRAGMA optimize")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the driver's errors into ``BackupError``."""
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"SQLite says: {error}.") from error
    except DBAPIError as error:
        raise BackupError(f"SQLite says: {error.orig}.") from error


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _never_reuses(driver: sqlite3.Connection, name: str) -> bool:
    """Tell whether a table gives no number twice, also not that of a row that was deleted."""
    found = "SELECT 1 FROM sqlite_master WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'"
    return driver.execute(found, (name,)).fetchone() is not None


def _read_time(value: str) -> str:
    """Return a time with its microseconds, which SQLite may have been given without."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(" ", "microseconds")


def _read_terms(value: tuple[str | None, str | None]) -> list[str]:
    heading, body = (Counter((text or "").split()) for text in value)
    return terms({term: (heading[term], body[term]) for term in heading | body})


_READ: dict[Kind, Callable[[Any], object]] = {
    Kind.BOOLEAN: bool,
    Kind.BYTES: lambda value: base64.b64encode(value).decode(),
    Kind.REAL: float,
    Kind.TERMS: _read_terms,
    Kind.TIME: _read_time,
}
_WRITE: dict[Kind, Callable[[Any], object]] = {Kind.BOOLEAN: int, Kind.BYTES: base64.b64decode}
