"""Making backups: into a file that is there whole or not at all, and by the clock, where old ones are deleted."""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import structlog
from flask import Flask, current_app

from chatkit import config
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.backup import archive, encryption, service
from chatkit.child import Child
from chatkit.database.orm import db
from chatkit.errors import BackupError, RetryLater

log = structlog.get_logger()

NAME = "chatkit-%Y%m%dT%H%M%SZ.backup"
PARTIAL = ".partial"
# A backup that failed is tried again so much later; one that takes longer than that has no end.
RETRY_SECONDS = 600
MAX_SECONDS = 6 * 3600


def init_app(app: Flask) -> None:
    """Make the place for what this process has started."""
    app.extensions["chatkit_backups"] = Child(MAX_SECONDS)


def start_due() -> None:
    """Start a backup in a process of its own when the newest is too old. Raises ``RetryLater`` when the last failed."""
    child: Child = current_app.extensions["chatkit_backups"]
    if child.is_running():
        return
    if child.take_exit_code():
        raise RetryLater("No backup could be made; the log says why.", RETRY_SECONDS)
    chosen = config.settings()
    if chosen.backup_folder is None:
        return
    last = newest(Path(chosen.backup_folder))
    if last is not None and datetime.now(UTC) - last < timedelta(hours=chosen.backup_hours):
        return
    child.start("backup", "--scheduled")


def newest(folder: Path) -> datetime | None:
    """Return when the newest scheduled backup was made, None when there is none; for the schedule, and for metrics."""
    return max(_backups(folder).values(), default=None)


def make_next(folder: Path) -> Path:
    """Make a backup in a folder and delete those that are too old; return its file. What fails is logged, too."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"chatkit-*{PARTIAL}"):
            left.unlink(missing_ok=True)
        file = folder / datetime.now(UTC).strftime(NAME)
        size = make(file)
        _delete_old(folder)
    except (BackupError, OSError) as error:
        log.error("backup_failed", folder=str(folder), reason=str(error))
        raise BackupError(f"No backup could be made: {error}") from None
    log.info("backup_made", file=str(file), bytes=size)
    return file


def make(file: Path) -> int:
    """Write a backup into a new file, which its owner alone can read; return its bytes."""
    if file.exists():
        raise BackupError(f"{file} is there already, and no backup is overwritten. Choose another name.")
    partial = file.with_name(f"{file.name}{PARTIAL}")
    try:
        # What readers wrote is for the operator alone, from the first byte.
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        message = f"{partial} is there: a backup that is being made, or broke off. Remove it."
        raise BackupError(message) from None
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as opened:
            rows = _write(opened)
            opened.flush()
            os.fsync(opened.fileno())
            size = opened.tell()
        partial.rename(file)
        _sync(file.parent)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror or error}.") from None
    finally:
        partial.unlink(missing_ok=True)
    audit.record(AuditAction.BACKUP_MADE, file.name, rows=rows, bytes=size)
    db.session.commit()
    return size


def _write(file: BinaryIO) -> int:
    recipient = config.settings().backup_recipient
    with service.snapshot(db.engine) as source:
        if recipient is None:
            return sum(archive.write(source, file).values())
        with encryption.encrypting(file, recipient) as into:
            return sum(archive.write(source, into).values())


def _delete_old(folder: Path) -> None:
    """Delete the backups that are older than they are kept, but never the newest."""
    made = _backups(folder)
    before = datetime.now(UTC) - timedelta(days=config.settings().backup_keep_days)
    for file, at in made.items():
        if at < before and at < max(made.values()):
            file.unlink(missing_ok=True)


def _backups(folder: Path) -> dict[Path, datetime]:
    """Return the scheduled backups of a folder, each with when it was made."""
    found = {}
    for file in folder.glob("chatkit-*.backup"):
        with contextlib.suppress(ValueError):
            found[file] = datetime.strptime(file.name, NAME).replace(tzinfo=UTC)
    return found


def _sync(folder: Path) -> None:
    """Have the file's name reach the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
