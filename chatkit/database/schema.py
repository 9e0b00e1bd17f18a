"""Whether the tables are those that this version of ChatKit works with."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import click
from sqlalchemy import Connection, Engine, event, inspect

from chatkit.errors import MIGRATE, MISSING_TABLES, SchemaError
from chatkit.paths import MIGRATIONS

# Read of the files: importing all of them, as Alembic does, takes longer than most commands.
REVISION = re.compile(r'^(down_)?revision = (?:"(\w+)"|None)$', re.MULTILINE)
OLDER = f"The database of DATABASE_URL is not migrated to this version of ChatKit. {MIGRATE}"
NEWER = "The database of DATABASE_URL was migrated by a newer version of ChatKit. Install that version here, too."


def head() -> str:
    """Return the revision of the tables that this version works with."""
    [last] = _parents().keys() - set(_parents().values())
    return last


def is_known(revision: str) -> bool:
    """Tell whether this version, or an earlier one, made tables of this revision."""
    return revision in _parents()


def revision(connection: Connection) -> str | None:
    """Return the revision of a database's tables, None when it has none of ChatKit."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def problem(found: str | None) -> str | None:
    """Return what is wrong with a database of this revision and what to do, None when this version works with it."""
    if found is None:
        return MISSING_TABLES
    if found == head():
        return None
    return OLDER if is_known(found) else NEWER


def refuse_newer(connection: Connection) -> None:
    """Raise ``SchemaError`` when the tables are of a version that this one knows nothing of."""
    found = revision(connection)
    if found is not None and not is_known(found):
        raise SchemaError(NEWER)


def check(connection: Connection) -> None:
    """Raise ``SchemaError`` unless this version works with the tables."""
    wrong = problem(revision(connection))
    if wrong is not None:
        raise SchemaError(wrong)


def guard_commands(engine: Engine) -> None:
    """Let a command that opens a connection end with one sentence where the tables are not its own.

    A worker never asks: while a site is upgraded, the servers that are not yet restarted go on answering.
    """
    event.listen(engine, "connect", _check_for_command)


def _check_for_command(driver: Any, record: object) -> None:
    if click.get_current_context(silent=True) is None:
        return
    cursor = driver.cursor()
    try:
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
    except Exception as error:  # Each driver has its own; whatever is wrong beside, the command itself will say.
        if "alembic_version" not in str(error):
            return
        row = None
    finally:
        cursor.close()
        driver.rollback()
    wrong = problem(row[0] if row else None)
    if wrong is not None:
        raise SchemaError(wrong)


@cache
def _parents() -> Mapping[str, str | None]:
    """Return every revision with the one before it."""
    found = dict[str, str | None]()
    for path in (MIGRATIONS / "versions").glob("[0-9]*.py"):
        lines = {bool(down): name for down, name in REVISION.findall(path.read_text())}
        found[lines[False]] = lines[True] or None
    return found
