"""The engine of each database: its pool, and how connections are made ready."""

import select
import sqlite3
import threading
from typing import Any, cast

import psycopg
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, ExecutionContext
from sqlalchemy.exc import InvalidatePoolError

from chatkit.config import Settings
from chatkit.database.orm import db, migrate
from chatkit.database.sqlite import SQLITE_BUSY_SECONDS, SqliteConnection

# For commands; a server's workers wait less, see `chatkit.database.deadline`.
POSTGRES_CONNECT_SECONDS = 2
POOL_WAIT_SECONDS = 2
# How many requests of one process use the database at once; see `chatkit.web.concurrency`.
REQUESTS_AT_WORK = 16


def init_app(app: Flask, migrations: str) -> None:
    """Bind the database and its migrations to ``app``."""
    chosen: Settings = app.config["CHATKIT"]
    app.config["SQLALCHEMY_DATABASE_URI"] = chosen.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(chosen)
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations, render_as_batch=True, compare_type=True)
    with app.app_context():
        (_tune_sqlite if chosen.on_sqlite else _drop_ended)(db.engine)


def _engine_options(chosen: Settings) -> dict[str, Any]:
    pool = {
        "hide_parameters": True,
        "pool_size": REQUESTS_AT_WORK,
        "max_overflow": 4,
        "pool_timeout": POOL_WAIT_SECONDS,
    }
    if chosen.on_sqlite:
        # A line of its own for each database.
        factory = type("SqliteConnection", (SqliteConnection,), {"line": threading.Lock()})
        return pool | {"connect_args": {"timeout": SQLITE_BUSY_SECONDS, "isolation_level": None, "factory": factory}}
    connect = {"connect_timeout": POSTGRES_CONNECT_SECONDS, "application_name": "chatkit"}
    return pool | {"connect_args": connect}


def _tune_sqlite(engine: Engine) -> None:
    """Make SQLite durable and free of deadlocks under several processes.

    Reads run in no transaction. The first statement that writes begins an immediate one, so a
    transaction never starts as a reader and fails with SQLITE_BUSY when it turns into a writer.
    This is also how PostgreSQL behaves at READ COMMITTED: each statement sees what is committed.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "before_cursor_execute")
    def begin_before_writing(
        connection: Connection,
        cursor: sqlite3.Cursor,
        statement: str,
        parameters: object,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        if not cursor.connection.in_transaction and not statement.startswith(("SELECT", "PRAGMA", "WITH")):
            cast(SqliteConnection, cursor.connection).begin_writing()


def _drop_ended(engine: Engine) -> None:
    """Never hand out a connection to PostgreSQL that has ended, for the price of a look at its socket.

    An idle server says nothing. When it went away, the end of the connection waits to be read.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: psycopg.Connection[Any], record: object, proxy: object) -> None:
        if connection.closed:
            raise InvalidatePoolError
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if poll.poll(0):
            raise InvalidatePoolError
