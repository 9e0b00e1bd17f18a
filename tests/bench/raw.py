"""The drivers of both databases as a bare view would use them: one connection per thread, and SQL with `?`.

Statements, commits and switches are the ones ChatKit uses, so that both sides ask the same of the database.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache
from typing import Any

import psycopg

URL = os.environ.get("FLOOR_DATABASE", "")
ON_SQLITE = URL.startswith("sqlite")
NOW_MS = (
    "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    if ON_SQLITE
    else "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
)
# PostgreSQL commits without waiting for the disk when the statement says so; SQLite has a switch.
HURRY = "" if ON_SQLITE else ", set_config('synchronous_commit', 'off', true)"
_local = threading.local()


def connection() -> Any:
    """Return this thread's connection."""
    if not hasattr(_local, "connection"):
        _local.connection = _connect()
    return _local.connection


def rows(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run one statement; return its rows."""
    found: list[tuple[Any, ...]] = connection().execute(_spelled(statement), values).fetchall()
    return found


@contextmanager
def transaction(hurried: bool = False) -> Iterator[None]:
    """Commit what a block does; ``hurried``, its one statement, without waiting for the disk."""
    driver = connection()
    if not ON_SQLITE:
        # One statement commits by itself there, as ChatKit's does.
        with nullcontext() if hurried else driver.transaction():
            yield
        return
    if hurried:
        driver.execute("PRAGMA synchronous = NORMAL")
    driver.execute("BEGIN IMMEDIATE")
    yield
    driver.execute("COMMIT")
    if hurried:
        driver.execute("PRAGMA synchronous = FULL")


def moment(time: datetime) -> object:
    """Return a time as the driver takes it."""
    return time.replace(tzinfo=None).isoformat(" ") if ON_SQLITE else time


@cache
def _spelled(statement: str) -> str:
    return statement if ON_SQLITE else statement.replace("?", "%s")


def _connect() -> Any:
    if not ON_SQLITE:
        return psycopg.connect(URL, autocommit=True)
    driver = sqlite3.connect(URL.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        driver.execute(f"PRAGMA {pragma}")
    return driver
