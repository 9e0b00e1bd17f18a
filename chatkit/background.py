"""Work beside the requests: one worker at a time, elected by a lease in the database, does it."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import String, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.extensions import Model, changed, db, upsert

log = structlog.get_logger()

LEASE_SECONDS = 15
RENEW_SECONDS = 5
BATCH = 500


class Lease(Model):
    """Who does the background work until when, in seconds since 1970."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[float]


@dataclass(frozen=True)
class Job:
    """Work to repeat every so many seconds, by the holder of the lease."""

    name: str
    every_seconds: float
    run: Callable[[], object]


@dataclass(frozen=True)
class _Work:
    jobs: tuple[Job, ...]
    pruners: tuple[Callable[[int], int], ...]


def init_app(app: Flask, jobs: tuple[Job, ...], pruners: tuple[Callable[[int], int], ...]) -> None:
    """Make the jobs known, and `flask prune`, which does by hand what one of them does.

    A pruner takes how many rows to delete at most and returns how many it did.
    """
    app.extensions["chatkit_background"] = _Work(jobs, pruners)
    app.cli.add_command(_prune_command)


def start(app: Flask) -> None:
    """Start this process's background thread; it ends with the process."""
    threading.Thread(target=_loop, args=(app,), name="chatkit-background", daemon=True).start()


def hold(name: str, holder: str) -> bool:
    """Take or renew a lease and commit; False when another holds it."""
    now = time.time()
    db.session.execute(upsert(Lease).values(name=name, holder="", until=0.0).on_conflict_do_nothing())
    free = update(Lease).where(Lease.name == name, or_(Lease.holder == holder, Lease.until < now))
    held = changed(db.session.execute(free.values(holder=holder, until=now + LEASE_SECONDS)))
    db.session.commit()
    return bool(held)


def prune_all() -> int:
    """Delete what is past its time in batches, each its own transaction, so that requests go on between."""
    work: _Work = current_app.extensions["chatkit_background"]
    total = 0
    for prune in work.pruners:
        gone = BATCH
        while gone == BATCH:
            gone = prune(BATCH)
            db.session.commit()
            total += gone
    return total


@click.command("prune")
@with_appcontext
def _prune_command() -> None:
    """Delete what is past its time: tokens, sessions, transcripts, events, mails, windows."""
    click.echo(f"{prune_all()} rows deleted.")


def _loop(app: Flask) -> None:
    jobs = app.extensions["chatkit_background"].jobs
    holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    due = {job.name: 0.0 for job in jobs}
    renewed, holding = float(-RENEW_SECONDS), False
    while True:
        time.sleep(1)
        with app.app_context():
            try:
                now = time.monotonic()
                if now - renewed >= RENEW_SECONDS:
                    holding, renewed = hold("background", holder), now
                for job in jobs:
                    if holding and now >= due[job.name]:
                        due[job.name] = now + job.every_seconds
                        job.run()
            except SQLAlchemyError as error:
                holding = False
                db.session.rollback()
                log.warning("background_waits", error=type(error).__name__)
            except Exception as error:
                log.error("background_failed", exc_info=error)
