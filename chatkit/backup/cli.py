"""`flask backup`, `flask restore`, `flask move` and `flask backup-key`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import structlog
from flask.cli import with_appcontext
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from chatkit import config
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.backup import archive, encryption, schedule, service
from chatkit.database import engine
from chatkit.database.command import DatabaseCommand
from chatkit.database.orm import db
from chatkit.errors import BackupError, SettingsError

log = structlog.get_logger()

REMINDER = "SECRET_KEY is not in it. Keep a copy of that elsewhere: without it everybody has to sign in again."
REPLACE = click.option("--replace", is_flag=True, help="Delete everything that the database holds first.")


class BackupCommand(DatabaseCommand):
    """A command that says in a sentence why a backup cannot be made or brought back."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BackupError as error:
            raise click.ClickException(str(error)) from None


@click.command("backup", cls=BackupCommand)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--scheduled", is_flag=True, help="Into BACKUP_FOLDER, and delete old ones there, as the server does.")
@with_appcontext
def backup(file: Path | None, scheduled: bool) -> None:
    """Write everything into a new FILE, as it is at one moment; the server may run."""
    if scheduled == (file is not None):
        raise click.UsageError("Name a file, or use --scheduled.")
    if file is not None:
        size = schedule.make(file)
        click.echo(f"{file}: {size / 1e6:.1f} MB{_encrypted()}. {REMINDER}")
        return
    folder = config.settings().backup_folder
    if folder is None:
        raise SettingsError(["BACKUP_FOLDER is not set. Set it to the folder that backups shall be in."])
    # What it says is the line of the log, since it is the server's when the server starts it.
    schedule.make_next(Path(folder))


@click.command("restore", cls=BackupCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key of an encrypted backup, as `flask backup-key` or age-keygen wrote it.",
)
@REPLACE
@with_appcontext
def restore(file: Path, key_file: Path | None, replace: bool) -> None:
    """Bring a backup back from FILE, of whichever database, whole or not at all; stop the server first."""
    url, report = config.settings().database_url, _Report()
    with _opened(file, key_file) as plain, engine.separate(url) as target:
        source = archive.Archive(plain)
        act = _record(AuditAction.DATABASE_RESTORED, file.name)
        service.load(source, target, "The database of DATABASE_URL", report, replace=replace, last=act)
    click.echo(
        f"Restored {file}, {report.rows} rows. Sessions and links are good if SECRET_KEY is the one of that time."
    )


@click.command("move", cls=BackupCommand)
@REPLACE
@with_appcontext
def move(replace: bool) -> None:
    """Copy everything into the empty database of NEW_DATABASE_URL, checked row by row; stop the server first."""
    new, report = config.settings().new_database_url, _Report()
    if new is None:
        raise SettingsError(["NEW_DATABASE_URL is not set. Set it to the database that everything shall move to."])
    if new == config.settings().database_url:
        raise SettingsError(["NEW_DATABASE_URL is the database of DATABASE_URL. Name another one."])

    def refuse_served() -> None:
        with db.engine.connect() as connection:
            service.refuse_served(connection, "The database of DATABASE_URL")

    def last(connection: Connection) -> None:
        # What a server wrote meanwhile would be left behind.
        refuse_served()
        _record(AuditAction.DATABASE_MOVED, connection.dialect.name)(connection)

    refuse_served()
    with service.snapshot(db.engine) as source, engine.separate(new) as target:
        service.load(source, target, "The database of NEW_DATABASE_URL", report, replace=replace, last=last)
    click.echo(f"{report.rows} rows are in NEW_DATABASE_URL, and the same. The old database is as it was.")
    click.echo("Now make it the DATABASE_URL, take NEW_DATABASE_URL away, and start the server.")


@click.command("backup-key", cls=BackupCommand)
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Make a key for encrypted backups in a new FILE, to be kept away from this machine."""
    recipient = encryption.make_identity(file)
    click.echo(f"BACKUP_RECIPIENT={recipient}")
    click.echo(
        f"Set that here. Keep {file} elsewhere: without it no backup can be read, and with it each can.", err=True
    )


class _Report:
    """Prints a line for each table, and counts the rows."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, name: str, rows: int, sha256: str) -> None:
        self.rows += rows
        click.echo(f"{name:<22} {rows:>9}  {sha256}")


def _record(action: AuditAction, subject: str) -> Callable[[Connection], None]:
    """Return what notes the act in the database that it made, in the same transaction."""

    def record(connection: Connection) -> None:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            audit.record_in(session, action, subject)
            session.commit()

    return record


@contextmanager
def _opened(file: Path, key_file: Path | None) -> Iterator[BinaryIO]:
    """Lend a backup to read, decrypted. Raises ``BackupError`` when it is none."""
    with file.open("rb") as opened:
        start = opened.read(len(encryption.HEADER))
        opened.seek(0)
        if start.startswith(encryption.HEADER):
            if key_file is None:
                raise BackupError(f"{file} is encrypted. Name the file with its key by --key-file.")
            with encryption.decrypting(opened, key_file) as plain:
                yield plain
        elif start.startswith(archive.HEADER):
            yield opened
        elif start.startswith(archive.FORMER):
            message = "is a copy of a database itself. Restore it with the version that made it, then upgrade."
            raise BackupError(f"{file} {message}")
        else:
            raise BackupError(f"{file} is no backup of ChatKit.")


def _encrypted() -> str:
    return ", encrypted" if config.settings().backup_recipient else ""
