"""Commands that use the database: what they cannot do for its sake is one sentence with the remedy."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatkit.errors import database_problem


class DatabaseCommand(click.Command):
    """A command that says in a sentence why the database cannot be used."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (DBAPIError, PoolTimeout) as error:
            raise click.ClickException(database_problem(error)) from None


class DatabaseGroup(DatabaseCommand, AppGroup):
    """A group of such commands."""
