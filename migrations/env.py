"""Run migrations on the current application's database."""

from collections.abc import MutableMapping
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

# What the revisions make for full-text search and models cannot describe.
FULL_TEXT = ("passages_fts", "tsv")


def include_name(name: str | None, kind: str, parents: MutableMapping[Any, str | None]) -> bool:
    """Leave the full-text index out of comparisons with the models."""
    return not (name or "").startswith(FULL_TEXT) and "tsv" not in (name or "")


def run() -> None:
    """Run in one transaction; on SQLite without foreign keys, which a batch would trip over."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            include_name=include_name,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if on_sqlite:
            connection.execute(text("PRAGMA foreign_keys = ON"))


run()
