"""What a backup holds, the same from whichever database: tables, kinds of columns, rows and their hashes.

A row is a list of values that JSON knows. Times are texts in UTC, bytes are base64, JSON is the text that is stored,
and the terms of the full-text index are two texts, those of the heading and those of the body.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Column, Connection, MetaData, Table, inspect, types
from sqlalchemy.dialects.postgresql import TSVECTOR

from chatkit.errors import BackupError

Row = list[Any]
# The column of the full-text index, which SQLite keeps in a table of its own.
FULL_TEXT_TABLE, FULL_TEXT_COLUMN = "passages", "tsv"
# PostgreSQL counts a term no more often than this in one passage, and ranks by no more.
MOST_PLACES = 255


class Kind(StrEnum):
    """What the values of a column are."""

    BOOLEAN = "boolean"
    BYTES = "bytes"
    DATE = "date"
    INTEGER = "integer"
    JSON = "json"
    REAL = "real"
    TERMS = "terms"
    TEXT = "text"
    TIME = "time"


@dataclass(frozen=True)
class Shape:
    """A table: the kinds of its columns in order, and the number that its next row gets, if it numbers them."""

    name: str
    columns: Mapping[str, Kind]
    next_id: int | None = None


class Source(Protocol):
    """Where rows come from: a database as of one moment, or a backup."""

    revision: str

    def tables(self) -> Iterator[tuple[Shape, Iterable[Row]]]:
        """Yield each table, those that others point to first, with its rows, which are read before the next table."""


class Database(Protocol):
    """What each kind of database does in its own way, on a connection of SQLAlchemy."""

    def snapshot(self, connection: Connection) -> None:
        """Let the connection see the database as it is at this moment until it is rolled back."""

    def begin(self, connection: Connection) -> None:
        """Begin the transaction that replaces everything, alone: nobody migrates meanwhile."""

    def not_ours(self, connection: Connection) -> set[str]:
        """Return the tables that hold no data of their own."""

    def shape(self, connection: Connection, table: Table) -> Shape: ...

    def read(self, connection: Connection, shape: Shape) -> Iterator[Row]: ...

    def write(self, connection: Connection, shape: Shape, rows: Iterable[Row]) -> None:
        """Add rows to an empty table, and let it number the next one as ``shape`` says."""

    def drop_everything(self, connection: Connection) -> None: ...

    def check(self, connection: Connection) -> None:
        """Raise ``BackupError`` when a row points to none, before the transaction ends."""

    def tidy(self, connection: Connection) -> None:
        """Do what makes a database quick that was filled at once, after its transaction."""

    def translate_errors(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into ``BackupError``."""


class Digest:
    """How many rows there are, and a hash of all of them that does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Count a row, as ``encode`` writes it."""
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % 2**256

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows, and count each."""
        for row in rows:
            self.add(encode(row))
            yield row

    @property
    def sha256(self) -> str:
        """The sum of the rows' SHA-256, as 64 hexadecimal digits."""
        return f"{self._sum:064x}"


def encode(value: object) -> bytes:
    """Return a line of a backup, without its end."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def terms(counted: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return the terms of a passage, each as often as it was counted in the heading and in the body."""
    in_headings, in_body = list[str](), list[str]()
    for term in sorted(counted):
        heading = min(counted[term][0], MOST_PLACES)
        in_headings += [term] * heading
        in_body += [term] * min(counted[term][1], MOST_PLACES - heading)
    return [" ".join(in_headings), " ".join(in_body)]


def tables(connection: Connection, database: Database) -> list[Table]:
    """Return the tables that hold data of their own, those that others point to first."""
    left_out = database.not_ours(connection) | {"alembic_version"}
    found = MetaData()
    found.reflect(connection, only=[name for name in inspect(connection).get_table_names() if name not in left_out])
    return found.sorted_tables


def columns(table: Table) -> dict[str, Kind]:
    """Return the kinds of a table's columns, but of those that the database computes."""
    kinds = {column.name: _kind(column) for column in table.columns if column.computed is None}
    # The index comes last, as it does where it is no column.
    return dict(sorted(kinds.items(), key=lambda item: item[1] is Kind.TERMS))


def _kind(column: Column[Any]) -> Kind:
    match column.type:
        case types.JSON():
            return Kind.JSON
        case types.Boolean():
            return Kind.BOOLEAN
        case types.Integer():
            return Kind.INTEGER
        case types.Numeric() | types.Float():
            return Kind.REAL
        case types.DateTime():
            return Kind.TIME
        case types.Date():
            return Kind.DATE
        case TSVECTOR():
            return Kind.TERMS
        case types.LargeBinary():
            return Kind.BYTES
        case types.String():
            return Kind.TEXT
    raise BackupError(f"{column} is of a type that no backup knows: {column.type}.")
