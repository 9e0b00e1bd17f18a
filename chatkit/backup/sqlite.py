"""SQLite's own online backup: a copy of every page as of one moment, in one file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import click

from chatkit.database.orm import db

NAME = "SQLite"
HEADER = b"SQLite format 3\0"


def write(file: Path) -> None:
    """Copy the database into a file; writers go on meanwhile, and what they write is not in it."""
    with closing(sqlite3.connect(file)) as copy:
        _copy(_database(), copy)
        _check(copy, file)
        # A file of its own, without the log beside it that a database in use has.
        copy.execute("PRAGMA journal_mode = DELETE")


def revision(file: Path) -> str | None:
    """Return the revision of the tables in a backup, None when there are none of ChatKit."""
    with closing(_open(file)) as copy:
        _check(copy, file)
        try:
            found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
        return cast(str, found[0]) if found else None


def restore(file: Path) -> None:
    """Put the pages of a backup in the place of the database's, in one transaction."""
    Path(db.engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
    database = _database()
    # The copy itself would wait without end for a lock that another program holds; this waits some seconds.
    database.execute("BEGIN IMMEDIATE")
    database.execute("ROLLBACK")
    with closing(_open(file)) as copy:
        _copy(copy, database)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all pages in one step: in several, each write in between would begin them anew."""
    source.backup(target)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _database() -> sqlite3.Connection:
    return cast(sqlite3.Connection, db.session.connection().connection.driver_connection)


def _check(copy: sqlite3.Connection, file: Path) -> None:
    try:
        [(found, *_)] = copy.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise click.ClickException(f"{file} would be, or is, damaged: {found}.")
