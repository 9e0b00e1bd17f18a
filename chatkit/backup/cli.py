"""`flask backup` and `flask restore`: what both databases have in common, and what is refused."""

import os
import sqlite3
from pathlib import Path
from typing import Protocol

import click
from alembic.script import ScriptDirectory
from flask.cli import with_appcontext
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from chatkit.backup import postgresql, sqlite
from chatkit.database import lease
from chatkit.database.orm import db, on_sqlite
from chatkit.errors import database_problem
from chatkit.paths import MIGRATIONS

REMINDER = "SECRET_KEY is not in it. Keep a copy of that elsewhere: without it everybody has to sign in again."


class Kind(Protocol):
    """What each kind of database does in its own way. Every function may raise ``click.ClickException``."""

    NAME: str
    HEADER: bytes

    def write(self, file: Path) -> None:
        """Write the database as it is at one moment into a file that exists, and is empty."""

    def revision(self, file: Path) -> str | None:
        """Return the revision of the tables in a backup, None when there are none of ChatKit."""

    def restore(self, file: Path) -> None:
        """Put a backup in the place of everything the database holds, whole or not at all."""


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the database into a new FILE, as it is at one moment; the server may run."""
    if file.exists():
        raise click.ClickException(f"{file} is there already, and no backup is overwritten. Choose another name.")
    if "alembic_version" not in _tables():
        raise click.ClickException(
            "The database of DATABASE_URL holds no tables of ChatKit. There is nothing to back up."
        )
    partial = file.with_name(f"{file.name}.partial")
    try:
        # What readers wrote is for the operator alone, from the first byte.
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        raise click.ClickException(
            f"{partial} is there: a backup that is being made, or broke off. Remove it."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    try:
        _kind().write(partial)
        os.fsync(descriptor)
        partial.rename(file)
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"{file} cannot be written: {error}.") from None
    finally:
        os.close(descriptor)
        partial.unlink(missing_ok=True)
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB. {REMINDER}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete everything the database holds first.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Bring a backup back from FILE, whole or not at all; stop the server first."""
    kind = _kind()
    with file.open("rb") as opened:
        if opened.read(len(kind.HEADER)) != kind.HEADER:
            raise click.ClickException(f"{file} is no backup of {kind.NAME}, which DATABASE_URL names.")
    revision = kind.revision(file)
    scripts = ScriptDirectory(str(MIGRATIONS))
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise click.ClickException(f"{file} is of no version of ChatKit up to this one. Was it made by a newer one?")
    tables = _tables()
    if tables and not replace:
        raise click.ClickException("The database of DATABASE_URL is not empty. Use --replace to delete what it holds.")
    if "leases" in tables and lease.is_held(lease.BACKGROUND):
        message = "A server works on this database. Stop it first; one that was killed counts for 15 more seconds."
        raise click.ClickException(message)
    try:
        kind.restore(file)
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"{file} cannot be brought back, and nothing was changed: {error}.") from None
    click.echo(f"Restored {file}. Sessions and links are good if SECRET_KEY is the one of that time.")
    if revision != scripts.get_current_head():
        click.echo("It is of an earlier version. `flask serve` brings it up to date, and so does `flask db upgrade`.")


def _kind() -> Kind:
    return sqlite if on_sqlite() else postgresql


def _tables() -> list[str]:
    # SQLite would make an empty file to look into.
    if on_sqlite() and not Path(db.engine.url.database or "").exists():
        return []
    try:
        return inspect(db.engine).get_table_names()
    except OperationalError as error:
        raise click.ClickException(database_problem(error)) from None
