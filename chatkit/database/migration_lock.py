"""One process at a time migrates a database; the others wait, and find it migrated."""

import sqlite3
import time

import click
from sqlalchemy import Connection

from chatkit.database.sqlite import BUSY_SECONDS, SqliteConnection
from chatkit.errors import SchemaError

# A migration that rewrites many rows takes some minutes.
WAIT_SECONDS = 600.0
POLL_SECONDS = 0.2
# A number for PostgreSQL's advisory locks that nothing else in the database uses.
KEY = 0x436861744B6974
# Who brings a backup back sees to it that nobody works there.
RESTORE_WAIT_SECONDS = 5.0
WAITING = "Another process is migrating or restoring this database. Waiting for it, {seconds:.0f} seconds at most."
GIVEN_UP = (
    "Another process went on migrating, restoring or writing this database for {seconds:.0f} seconds. "
    "See what it is doing, then try again."
)


def acquire(connection: Connection, seconds: float = WAIT_SECONDS) -> None:
    """Lock the database for whoever else migrates, until the transaction ends; says so when it has to wait.

    The transaction of SQLAlchemy must have begun. Raises ``SchemaError`` when the wait does not end.
    """
    if _try(connection):
        return
    click.echo(WAITING.format(seconds=seconds), err=True)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _try(connection):
            return
        time.sleep(POLL_SECONDS)
    raise SchemaError(GIVEN_UP.format(seconds=seconds))


def _try(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    if not isinstance(driver, SqliteConnection):
        return bool(connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s)", (KEY,)).scalar())
    # SQLite has one lock, that of whoever writes.
    driver.busy_seconds = 0.0
    try:
        driver.begin_immediate()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        driver.busy_seconds = BUSY_SECONDS
        driver.set_busy_timeout()
    return True
