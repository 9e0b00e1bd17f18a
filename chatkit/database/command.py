"""Commands that use the database: what they cannot do for its sake is one sentence with the remedy."""

from typing import Any

import click
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatkit.database.orm import db
from chatkit.database.revision import NEWER, revision_problem
from chatkit.errors import database_problem


class DatabaseCommand(click.Command):
    """A command that says in a sentence why the database cannot be used."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DBAPIError, PoolTimeout) as error:
            raise click.ClickException(_newer_tables(ctx) or database_problem(error)) from None


class DatabaseGroup(DatabaseCommand, AppGroup):
    """A group of such commands."""


def _newer_tables(ctx: click.Context) -> str | None:
    """Return the sentence about tables of a newer ChatKit, which fail in any way; None when they are not the cause."""
    try:
        with ctx.ensure_object(ScriptInfo).load_app().app_context(), db.engine.connect() as connection:
            return NEWER if revision_problem(connection) == NEWER else None
    except (DBAPIError, PoolTimeout):
        return None
