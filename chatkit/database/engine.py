"""The engine of an application: one pool, and what its kind of database needs."""

from pathlib import Path
from types import ModuleType

from flask import Flask
from sqlalchemy import Engine, create_engine, event

from chatkit.config import Settings
from chatkit.database.orm import db, migrate

# How many requests of one process use the database at once; see `chatkit.web.concurrency`.
POOL_SIZE = 16
# For what uses the database beside the requests, such as the background jobs.
POOL_OVERFLOW = 4
POOL_TIMEOUT_SECONDS = 2


def init_app(app: Flask, migrations: str) -> None:
    """Bind the database and its migrations to ``app``."""
    settings: Settings = app.config["CHATKIT"]
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,
        "pool_size": POOL_SIZE,
        "max_overflow": POOL_OVERFLOW,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
        "connect_args": _kind(app).connect_args(),
    }
    db.init_app(app)
    migrate.init_app(app, db, directory=migrations, render_as_batch=True, compare_type=True)
    with app.app_context():
        if Path(db.engine.url.database or "").parent == Path(app.instance_path):
            event.listen(
                db.engine, "do_connect", lambda *connecting: Path(app.instance_path).mkdir(mode=0o700, exist_ok=True)
            )
        _kind(app).prepare(db.engine)


def limit_waits(app: Flask) -> None:
    """Limit how long every connection that this process opens may wait, as `chatkit.database.deadline` says."""
    with app.app_context():
        _kind(app).limit_waits(db.engine)


def make_single(app: Flask) -> Engine:
    """Return an engine with one connection beside the pool, which waits no longer than a request may."""
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"] | {"pool_size": 1, "max_overflow": 0}
    with app.app_context():
        engine = create_engine(db.engine.url, **options)
    _kind(app).prepare(engine)
    _kind(app).limit_waits(engine)
    return engine


def _kind(app: Flask) -> ModuleType:
    # Imported where it is needed: the driver of PostgreSQL takes a while, which a command on SQLite can do without.
    if app.config["CHATKIT"].on_sqlite:
        from chatkit.database import sqlite

        return sqlite
    from chatkit.database import postgresql

    return postgresql
