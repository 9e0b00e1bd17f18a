"""The extensions, created unbound once, and how they speak to each database."""

import math
import select
import sqlite3
import threading
import time
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
from flask import Flask
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, MetaData, Result, Table, event, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, ExecutionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from chatkit.config import Settings, settings
from chatkit.times import UtcTime

# For commands; a server's workers wait less, see `chatkit.deadlines`.
SQLITE_BUSY_SECONDS = 30.0
SQLITE_ASK_SECONDS = 0.001
POSTGRES_CONNECT_SECONDS = 2
POOL_WAIT_SECONDS = 2
# How many requests of one process use the database at once; see `chatkit.slots`.
REQUESTS_AT_WORK = 16


class Model(DeclarativeBase):
    """The base of every table; names every constraint: SQLite can only alter a table whose constraints have names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Patience(threading.local):
    """How long a thread may wait for the database at most, in seconds, whatever its connection allows."""

    seconds = math.inf


patience = _Patience()


class SqliteConnection(sqlite3.Connection):
    """A connection that waits for its turn to write, at most ``patience_seconds``, and gets it.

    SQLite's own waiting sleeps longer and longer while others come and go, so that who has waited
    longest waits longer still. Asking every millisecond took the longest of 2,600 waits from 1.4
    seconds to 0.2 with 8 writers, at the same rate. The connections of one process stand in a
    ``line``, and only the first asks, so that many of them do not keep each other from writing.
    """

    patience_seconds = SQLITE_BUSY_SECONDS
    line = threading.Lock()
    _first = False

    def begin_writing(self) -> None:
        """Begin a transaction that writes, or raise `OperationalError` when another one does not end."""
        seconds = min(self.patience_seconds, patience.seconds)
        deadline = time.monotonic() + seconds
        # Who does not come to be the first in time asks all the same, and is told why it cannot.
        self._first = self.line.acquire(timeout=seconds)
        self.execute("PRAGMA busy_timeout = 0")
        try:
            while not self.in_transaction:
                try:
                    self.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(SQLITE_ASK_SECONDS)
        finally:
            if not self.in_transaction:
                self._leave()
            self.execute(f"PRAGMA busy_timeout = {self.patience_seconds * 1000:.0f}")

    def commit(self) -> None:
        super().commit()
        self._leave()

    def rollback(self) -> None:
        super().rollback()
        self._leave()

    def close(self) -> None:
        super().close()
        self._leave()

    def _leave(self) -> None:
        if self._first:
            self._first = False
            self.line.release()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without its zone, which is given back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})
migrate = Migrate()


def utcnow() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


def database_now() -> Any:
    """Return the time now for use inside a statement, on the clock of the database.

    Machines that share a PostgreSQL agree on it, whatever their own clocks say. SQLite has the clock of its machine.
    """
    return utcnow() if on_sqlite() else func.statement_timestamp(type_=DateTime(timezone=True))


def changed(result: Result[Any]) -> int:
    """Return how many rows a statement changed."""
    return cast(CursorResult[Any], result).rowcount


def table(model: type[Model]) -> Table:
    """Return a model's table, for the statements of hot paths, which the ORM would only slow."""
    return cast(Table, model.__table__)


def upsert(model: type[Any]) -> Any:
    """Return an INSERT for ``model`` that knows ON CONFLICT, in the dialect of the current database."""
    return (sqlite if on_sqlite() else postgresql).insert(model)


def init_app(app: Flask, migrations: str) -> Api:
    """Bind the extensions to ``app``; return its API registry."""
    chosen: Settings = app.config["CHATKIT"]
    app.config["SQLALCHEMY_DATABASE_URI"] = chosen.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(chosen)
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations, render_as_batch=True, compare_type=True)
    with app.app_context():
        (_tune_sqlite if chosen.on_sqlite else _drop_ended)(db.engine)
    api = Api(app)
    api.register_field(UtcTime, "string", "date-time")
    return api


def on_sqlite() -> bool:
    """Tell whether the current application's database is SQLite."""
    return settings().on_sqlite


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
