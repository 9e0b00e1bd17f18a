"""Work beside the requests: one process at a time, elected by a lease in the database, does it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from chatkit.database.lease import BACKGROUND, LEASE_SECONDS, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import RetryLater

log = structlog.get_logger()

BATCH = 500
TICK_SECONDS = 1.0
MAX_BACKOFF_SECONDS = 60.0
# What is under way when a worker ends gets so long to come to its end.
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """Work for the holder of the lease, in pieces.

    ``run`` does a piece; what it returns is true when it shall be called again at once, else it is
    called again after ``every_seconds``.
    """

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


def start(app: Flask, tick_seconds: float = TICK_SECONDS, lease_seconds: float = LEASE_SECONDS) -> None:
    """Start this process's background threads; they end with the process."""
    app.extensions["chatkit_background_threads"] = threads = _Threads(app, tick_seconds, lease_seconds)
    threads.start()


def stop(app: Flask) -> None:
    """End the background threads, and give the lease to whoever asks next."""
    threads: _Threads | None = app.extensions.get("chatkit_background_threads")
    if threads is not None:
        threads.stop()


def prune_some() -> int:
    """Delete one batch of every kind of data that is past its time; return how many rows.

    Each batch is a transaction of its own, and half of the time belongs to whoever waits to write.
    What hinders one kind hinders no other.
    """
    work: _Work = current_app.extensions["chatkit_background"]
    total, failure = 0, None
    for prune in work.pruners:
        began = time.monotonic()
        try:
            total += prune(BATCH)
            db.session.commit()
        except SQLAlchemyError as error:
            db.session.rollback()
            failure = error
        time.sleep(time.monotonic() - began)
    if failure is not None:
        raise failure
    return total


def prune_all() -> int:
    """Delete everything that is past its time; return how many rows."""
    total = 0
    while gone := prune_some():
        total += gone
    return total


@click.command("prune")
@with_appcontext
def _prune_command() -> None:
    """Delete what is past its time: tokens, sessions, transcripts, events, mails, windows."""
    click.echo(f"{prune_all()} rows deleted.")


class _Threads:
    """One thread keeps the lease, however long a piece of work takes; each job has its own, so that none waits."""

    def __init__(self, app: Flask, tick_seconds: float, lease_seconds: float) -> None:
        self._app = app
        self._tick_seconds = tick_seconds
        self._lease = LeaseHolder(app, BACKGROUND, retake=True, seconds=lease_seconds)
        self._stopping = threading.Event()
        jobs: tuple[Job, ...] = app.extensions["chatkit_background"].jobs
        self._job_threads = [
            threading.Thread(target=self._run_job, args=(job,), name=job.name, daemon=True) for job in jobs
        ]

    def start(self) -> None:
        self._lease.start()
        for thread in self._job_threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._job_threads:
            thread.join(max(0.0, until - time.monotonic()))
        with self._app.app_context():
            try:
                self._lease.release(max(0.0, until - time.monotonic()))
            except SQLAlchemyError as error:
                log.warning("background_lease_not_released", error=type(error).__name__)

    def _run_job(self, job: Job) -> None:
        due, failures = 0.0, 0
        while not self._stopping.is_set():
            if time.monotonic() < due or not self._lease.held:
                self._stopping.wait(self._tick_seconds)
                continue
            wait: float = job.every_seconds
            with self._app.app_context():
                try:
                    wait, failures = (0.0 if job.run() else job.every_seconds), 0
                except Exception as error:
                    failures += 1
                    wait = backoff_seconds(job, failures, error)
                    _log_failure(job, error, wait)
            due = time.monotonic() + wait


def backoff_seconds(job: Job, failures: int, error: Exception) -> float:
    """Return for how many seconds a job rests after so many failures in a row: twice as long each time, to a limit."""
    at_least = error.retry_seconds if isinstance(error, RetryLater) else 0.0
    doubled: float = job.every_seconds * 2**failures
    return max(job.every_seconds, min(doubled, MAX_BACKOFF_SECONDS), at_least)


def _log_failure(job: Job, error: Exception, wait: float) -> None:
    if isinstance(error, RetryLater):
        log.error("background_postponed", job=job.name, reason=str(error), seconds=round(wait))
    elif isinstance(error, SQLAlchemyError):
        log.warning("background_waits", job=job.name, error=type(error).__name__, seconds=round(wait))
    else:
        log.error("background_failed", job=job.name, exc_info=error)
