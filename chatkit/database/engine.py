"""The engine of an application: one pool, and what its kind of database needs."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, event, make_url

from chatkit.config import Settings
from chatkit.database import schema
from chatkit.database.orm import db, migrate

# How many requests of one process use the database at once; see `chatkit.web.concurrency`.
POOL_SIZE = 16
# For what uses the database beside the requests, such as the background jobs.
POOL_OVERFLOW = 4
POOL_TIMEOUT_SECONDS = 2


def init_app(app: Flask, migrations: str) -> None:
    """Bind the database and its migrations to ``app``."""
    settings: Settings = app.config["CHATKIT"]
    kind = _kind(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
        "connect_args": kind.connect_args(),
    }
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations, render_as_batch=True, compare_type=True)
    with app.app_context():
        if Path(db.engine.url.database or "").parent == Path(app.instance_path):
            event.listen(db.engine, "do_connect", lambda *connecting: _make_folder(Path(app.instance_path)))
        kind.prepare(db.engine)
        schema.guard_commands(db.engine)


@contextmanager
def separate(url: str) -> Iterator[Engine]:
    """Lend an engine without a pool, for what makes tables or replaces those of any version, and the folder first."""
    kind = _kind(url)
    if url.startswith("sqlite"):
        _make_folder(Path(make_url(url).database or "").absolute().parent)
    engine = create_engine(make_url(url), hide_parameters=True, poolclass=NullPool, connect_args=kind.connect_args())
    kind.prepare(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def limit_waits(app: Flask) -> None:
    """Limit how long every connection that this process opens may wait, as `chatkit.database.deadline` says."""
    with app.app_context():
        _kind(app.config["CHATKIT"].database_url).limit_waits(db.engine)


def make_single(app: Flask) -> Engine:
    """Return an engine with one connection beside the pool, which waits no longer than a request may."""
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"] | {"pool_size": 1, "max_overflow": 0}
    with app.app_context():
        engine = create_engine(db.engine.url, **options)
    kind = _kind(app.config["CHATKIT"].database_url)
    kind.prepare(engine)
    kind.limit_waits(engine)
    return engine


def _make_folder(folder: Path) -> None:
    """Make a folder for its owner alone; what is wrong with it, the database says itself."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _kind(url: str) -> ModuleType:
    # Imported where it is needed: the driver of PostgreSQL takes a while, which a command on SQLite can do without.
    if url.startswith("sqlite"):
        from chatkit.database import sqlite

        return sqlite
    from chatkit.database import postgresql

    return postgresql
