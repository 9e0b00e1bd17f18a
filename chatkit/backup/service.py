"""Everything of a database out of it, and into another one, whole or not at all, checked row by row.

with snapshot(db.engine) as source:
    archive.write(source, file)
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

import alembic.command
from flask import current_app
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

from chatkit.backup.portable import Database, Digest, Row, Shape, Source, tables
from chatkit.database import lease, schema
from chatkit.errors import BackupError

NOT_EMPTY = "{where} is not empty. Use --replace to delete what it holds."
BUSY = "{where} is in use by a server. Stop it first; one that was killed counts for 15 more seconds."
# Told of each table, its number of rows and their hash, once it was checked.
Report = Callable[[str, int, str], None]


class Snapshot:
    """A database as of one moment, as a source."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection, self._database = connection, database
        schema.check(connection)
        self.revision = schema.head()

    def tables(self) -> Iterator[tuple[Shape, Iterable[Row]]]:
        """Yield each table with its rows."""
        for table in tables(self._connection, self._database):
            shape = self._database.shape(self._connection, table)
            yield shape, self._database.read(self._connection, shape)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Lend a database as it is at this moment; whoever writes goes on. Raises ``SchemaError`` of another version."""
    database = _kind(engine)
    with engine.connect() as connection, database.translate_errors():
        database.snapshot(connection)
        try:
            yield Snapshot(connection, database)
        finally:
            connection.rollback()


def load(
    source: Source, engine: Engine, where: str, report: Report, *, replace: bool, last: Callable[[Connection], None]
) -> None:
    """Put everything of a source into a database, in one transaction that fails as a whole.

    What the database holds is deleted first with ``replace``; else it must be empty. Every row is read back and
    compared before tables of an earlier version are migrated, ``last`` is called and the transaction ends.
    """
    if not schema.is_known(source.revision):
        raise BackupError("It is of no version of ChatKit up to this one. Was it made by a newer one?")
    database, made = _kind(engine), _new_file(engine)
    try:
        with _connect(engine, where) as connection, database.translate_errors():
            database.begin(connection)
            _refuse_occupied(connection, where, replace)
            database.drop_everything(connection)
            migrate(connection, source.revision)
            _fill(source, connection, database, report)
            database.check(connection)
            migrate(connection, "head")
            last(connection)
            connection.commit()
            database.tidy(connection)
    except BaseException:
        if made is not None:
            for name in (made.name, f"{made.name}-wal", f"{made.name}-shm"):
                made.with_name(name).unlink(missing_ok=True)
        raise


def refuse_served(connection: Connection, where: str) -> None:
    """Raise ``BackupError`` while a server works on a database."""
    if inspect(connection).has_table(lease.Lease.__tablename__) and lease.holds(connection, lease.BACKGROUND):
        raise BackupError(BUSY.format(where=where))


def _connect(engine: Engine, where: str) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        raise BackupError(f"{where} cannot be used: {str(error.orig).strip().splitlines()[0].rstrip('.')}.") from None


def _fill(source: Source, connection: Connection, database: Database, report: Report) -> None:
    shapes = {table.name: database.shape(connection, table) for table in tables(connection, database)}
    for shape, rows in source.tables():
        own = shapes.pop(shape.name, None)
        if own is None or dict(own.columns) != dict(shape.columns):
            raise BackupError(f"The table {shape.name} is not as version {source.revision} has it.")
        written, found = Digest(), Digest()
        # A migration may have put rows there.
        connection.exec_driver_sql(f'DELETE FROM "{shape.name}"')  # noqa: S608
        database.write(connection, shape, written.count(rows))
        for _ in found.count(database.read(connection, shape)):
            pass
        if (written.rows, written.sha256) != (found.rows, found.sha256):
            raise BackupError(f"The rows of {shape.name} are not the same when they are read back.")
        report(shape.name, found.rows, found.sha256)
    if shapes:
        raise BackupError(f"It lacks tables: {', '.join(sorted(shapes))}.")


def _refuse_occupied(connection: Connection, where: str, replace: bool) -> None:
    if inspect(connection).get_table_names() and not replace:
        raise BackupError(NOT_EMPTY.format(where=where))
    refuse_served(connection, where)


def migrate(connection: Connection, revision: str) -> None:
    """Migrate within the connection's transaction, which the migrations leave open."""
    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, revision)


def _new_file(engine: Engine) -> Path | None:
    """Return the file that a restore would make, None where there is one or none is made."""
    path = Path(engine.url.database or "")
    return path if engine.dialect.name == "sqlite" and not path.exists() else None


def _kind(engine: Engine) -> Database:
    module: ModuleType
    if engine.dialect.name == "sqlite":
        from chatkit.backup import sqlite as module
    else:
        from chatkit.backup import postgresql as module
    return cast(Database, module)
