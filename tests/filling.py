"""Fills every table of a database with rows its constraints accept, whatever its revision, and reads all rows back."""

import random
import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, inspect, select, text, types
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.exc import IntegrityError

TRIES = 200
WORDS = ("oil", "It's", 'the "lamp"', "dé\u0301jà", "灯台", "a\\b", "%s :x", "\U0001f3ee", "two\nlines")

# Rows as the driver gives them, by table and then by primary key.
Rows = dict[str, dict[tuple[object, ...], dict[str, object]]]


def tables(connection: Connection) -> list[Table]:
    """Return the tables that hold data of their own, those that others point to first."""
    found, left_out = MetaData(), _not_ours(connection)
    found.reflect(connection, only=lambda name, _: name not in left_out)
    return found.sorted_tables


def fill(connection: Connection, number: int, seed: int = 0) -> None:
    """Add ``number`` rows to every table, drawn at random but alike for one ``seed``; the caller commits."""
    draw = random.Random(seed)  # noqa: S311  (no secret is made of it)
    for table in tables(connection):
        for _ in range(number):
            _add_row(connection, table, draw)


def rows(connection: Connection) -> Rows:
    """Return every row of every table, without what the database computes."""
    found: Rows = {}
    for table in tables(connection):
        names = [column.name for column in table.columns if column.computed is None]
        columns = ", ".join(f'"{name}"' for name in names)
        read = [
            dict(zip(names, row, strict=True)) for row in connection.execute(text(f"SELECT {columns} FROM {table}"))
        ]
        key = [column.name for column in table.primary_key]
        found[table.name] = {tuple(row[name] for name in key): row for row in read}
        assert len(found[table.name]) == len(read), f"two rows of {table} have one key"
    return found


def lost(before: Rows, after: Rows, but: Collection[str] = ()) -> list[str]:
    """Return what of ``before`` is not in ``after``, in the tables and columns that both have, ``but`` some."""
    found = []
    for name in before.keys() & after.keys() - set(but):
        for key, row in before[name].items():
            kept = after[name].get(key)
            if kept is None:
                found.append(f"{name} {key} is gone")
            else:
                found += [
                    f"{name} {key}: {column} is {kept[column]!r}, was {row[column]!r}"
                    for column in row.keys() & kept.keys()
                    if row[column] != kept[column] and f"{name}.{column}" not in but
                ]
    return found


def _not_ours(connection: Connection) -> set[str]:
    """Return the tables that Alembic keeps, and on SQLite those that a full-text index is made of."""
    index: set[str] = set()
    if connection.dialect.name == "sqlite":
        listed = text("SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")
        index = set(connection.scalars(listed))
    return index | {"alembic_version"}


def _add_row(connection: Connection, table: Table, draw: random.Random) -> None:
    """Draw rows until one is accepted: which columns may be empty together is for the database to say."""
    choices = _choices(connection, table)
    for _ in range(TRIES):
        values = {
            column.name: _draw(connection, column, choices.get(column.name), draw)
            for column in table.columns
            if not _given(table, column)
        }
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(values))
        except IntegrityError:
            continue
        return
    raise AssertionError(f"no row that was drawn for {table} is accepted by its constraints")


def _choices(connection: Connection, table: Table) -> dict[str, list[str]]:
    """Return the words that the checks admit, for each column that has such a check of its own."""
    found = {}
    for check in inspect(connection).get_check_constraints(table.name):
        words = re.findall(r"'([^']*)'", check["sqltext"])
        named = [column.name for column in table.columns if re.search(rf"\b{column.name}\b", check["sqltext"])]
        if words and len(named) == 1:
            found[named[0]] = words
    return found


def _given(table: Table, column: Column[Any]) -> bool:
    """Tell whether the database itself gives the value."""
    numbered = column is table.autoincrement_column and not column.foreign_keys
    return numbered or column.computed is not None


def _draw(connection: Connection, column: Column[Any], choices: list[str] | None, draw: random.Random) -> object:
    if column.nullable and draw.random() < 0.4:
        return None
    if column.foreign_keys:
        [key] = column.foreign_keys
        parents = connection.scalars(select(key.column)).all()
        if column.primary_key and len(column.table.primary_key) == 1:
            # Each parent has one row at most, and few are left without one.
            parents = sorted(set(parents) - set(connection.scalars(select(column))))
        return draw.choice(parents) if parents else None
    if choices is not None:
        return draw.choice(choices)
    word, number = draw.choice(WORDS), draw.randrange(2**31)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number / 100, microseconds=number % 10**6)
    match column.type:
        case types.JSON():
            return draw.choice([{"word": word, "number": number, "none": None}, [word, {"deep": [number]}], []])
        case types.Boolean():
            return draw.random() < 0.5
        case types.Integer():
            return number
        case types.Numeric() | types.Float():
            return number / 7
        case types.DateTime(timezone=True):
            return moment
        case types.DateTime():
            return moment.replace(tzinfo=None)
        case types.Date():
            return date(2026, 1, 1) + timedelta(days=number % 100_000)
        case TSVECTOR():
            return "'lamp':1A,2"
        case types.LargeBinary():
            return draw.randbytes(16)
        case types.String(length=length):
            return f"{number:x} {word}"[:length]
    raise AssertionError(f"nothing is known of the type of {column}: {column.type}")
