"""The ORM: the base of every table, UTC times, and what statements need on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, MetaData, Result, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from chatkit.config import settings


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


def monday_of(moment: datetime) -> datetime:
    """Return when the week of a moment in UTC began."""
    return (moment - timedelta(days=moment.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def database_now() -> Any:
    """Return the time now for use inside a statement, on the clock of the database.

    Machines that share a PostgreSQL agree on it, whatever their own clocks say. SQLite has the clock of its machine.
    """
    return utcnow() if on_sqlite() else func.statement_timestamp(type_=DateTime(timezone=True))


def row_count(result: Result[Any]) -> int:
    """Return how many rows a statement changed."""
    return cast(CursorResult[Any], result).rowcount


def table(model: type[Model]) -> Table:
    """Return a model's table, for the statements of hot paths, which the ORM would only slow."""
    return cast(Table, model.__table__)


def upsert(model: type[Any] | Table) -> Any:
    """Return an INSERT for a model or its table that knows ON CONFLICT, in the dialect of the current database."""
    return (sqlite if on_sqlite() else postgresql).insert(model)


def on_sqlite() -> bool:
    """Tell whether the current application's database is SQLite."""
    return settings().on_sqlite
