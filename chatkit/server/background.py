"""Work beside the requests: one process at a time, elected by a lease in the database, does it."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from chatkit.database.lease import BACKGROUND, LEASE_SECONDS, LeaseHolder
from chatkit.errors import RetryLater
from chatkit.web import read_only

log = structlog.get_logger()

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


def init_app(app: Flask, jobs: Sequence[Job]) -> None:
    """Hand over the jobs that a server of this application shall run."""
    app.extensions["chatkit_jobs"] = jobs


def start(app: Flask) -> None:
    """Start this process's background threads; they end with the process.

    Raises ``RuntimeError`` where the system admits no thread more; called again then, it starts the others.
    """
    scheduler = app.extensions.setdefault("chatkit_scheduler", Scheduler(app, app.extensions["chatkit_jobs"]))
    scheduler.start()


def stop(app: Flask) -> None:
    """End the background threads, if they were started, and give the lease back."""
    scheduler: Scheduler | None = app.extensions.get("chatkit_scheduler")
    if scheduler is not None:
        scheduler.stop()


class Scheduler:
    """Runs jobs while this process holds the lease and storing is not switched off.

    Each has a thread of its own, so that none waits for another.

    The threads end with the process, or earlier::

        scheduler = Scheduler(app, [Job("export", 60, export_rows)])
        scheduler.start()
        ...
        scheduler.stop()
    """

    def __init__(
        self,
        app: Flask,
        jobs: Sequence[Job],
        tick_seconds: float = TICK_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._app = app
        self._tick_seconds = tick_seconds
        self._lease = LeaseHolder(app, BACKGROUND, retake=True, seconds=lease_seconds)
        self._stopping = threading.Event()
        self._job_threads = [
            threading.Thread(target=self._run_job, args=(job,), name=job.name, daemon=True) for job in jobs
        ]

    def start(self) -> None:
        """Start the thread of the lease and one for each job, those that are not started yet."""
        self._lease.start()
        for thread in self._job_threads:
            if not thread.is_alive():
                thread.start()

    def stop(self) -> None:
        """Let each job end what it does, for some seconds at most, and give the lease back."""
        self._stopping.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._job_threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        with self._app.app_context():
            try:
                # Not without waiting: the thread may be taking the lease at this moment.
                self._lease.release(max(1.0, until - time.monotonic()))
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
                    more = not read_only.is_on() and job.run()
                    wait, failures = (0.0 if more else job.every_seconds), 0
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
