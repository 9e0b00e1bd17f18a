"""Run migrations on the current application's database."""

from collections.abc import MutableMapping
from typing import Any

import click
from alembic import context
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from chatkit.config import settings
from chatkit.database import engine, migration_lock, schema
from chatkit.errors import database_problem

# What the revisions make for full-text search and models cannot describe.
FULL_TEXT = ("passages_fts", "tsv")


def include_name(name: str | None, kind: str, parents: MutableMapping[Any, str | None]) -> bool:
    """Leave the full-text index out of comparisons with the models."""
    return not (name or "").startswith(FULL_TEXT) and "tsv" not in (name or "")


def run() -> None:
    """Run in one transaction and under a lock, so that of two servers that start at once one migrates.

    Who restores a backup hands over the connection, whose transaction it ends itself.
    """
    given = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    with engine.separate(settings().database_url) as opened, opened.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A batch would trip over them.
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.commit()
        with connection.begin():
            migration_lock.acquire(connection)
            schema.refuse_newer(connection)
            _migrate(connection)


def _migrate(connection: Connection) -> None:
    migrate = current_app.extensions["migrate"]
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        include_name=include_name,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


try:
    run()
except OperationalError as error:
    # One sentence, as of every other command, also where the database cannot be reached.
    raise click.ClickException(database_problem(error)) from None
