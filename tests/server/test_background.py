"""The work beside the requests: who does it, what happens when a piece takes long or fails, and pruning in batches."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from chatkit.database.lease import BACKGROUND, Lease, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.server import background
from chatkit.server.background import Job, Scheduler
from tests import servers
from tests.factories import MakeApp

# Rows among which PostgreSQL prefers the way that it would take among a million.
ENOUGH = 3_000
LEASE_SECONDS = 0.5


@contextmanager
def _working(app: Flask, *jobs: Job) -> Iterator[None]:
    """Run the threads of a worker with these jobs for the length of a block."""
    scheduler = Scheduler(app, jobs, tick_seconds=0.01, lease_seconds=LEASE_SECONDS)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


def _until(app: Flask) -> float:
    with app.app_context():
        return db.session.scalar(select(Lease.until).where(Lease.name == BACKGROUND)) or 0.0


def _take(app: Flask) -> bool:
    with app.app_context():
        return LeaseHolder(app, BACKGROUND).take()


def test_a_long_piece_of_work_keeps_the_lease_and_no_other_job_waiting(make_app: MakeApp) -> None:
    app = make_app()
    began, finish, rounds = threading.Event(), threading.Event(), threading.Semaphore(0)

    def long() -> None:
        began.set()
        finish.wait(30)

    with _working(app, Job("long", 60, long), Job("short", 0.01, rounds.release)):
        assert began.wait(30)
        first = _until(app)
        for _ in range(5):
            assert rounds.acquire(timeout=30)
        # Renewed beyond what it was given at first, though the long piece still runs.
        servers.eventually(lambda: _until(app) > first + LEASE_SECONDS)
        assert not _take(app)
        finish.set()


def test_a_worker_that_ends_hands_the_work_on_at_once(make_app: MakeApp) -> None:
    app, worked = make_app(), threading.Event()
    with _working(app, Job("job", 60, worked.set)):
        assert worked.wait(30)
        assert not _take(app)
    assert _take(app)


def test_a_process_without_the_lease_does_nothing(make_app: MakeApp) -> None:
    app, worked, asked = make_app(), threading.Event(), threading.Semaphore(0)
    _take(app)
    with app.app_context():
        event.listen(db.engine, "commit", lambda _: asked.release())
    with _working(app, Job("job", 0.01, worked.set)):
        for _ in range(3):
            assert asked.acquire(timeout=30)
        assert not worked.is_set()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RetryLater("The mail server is away."), "The mail server is away."),
        (OperationalError("SELECT 1", None, Exception("away")), "OperationalError"),
        (RuntimeError("a fault of ours"), "a fault of ours"),
    ],
)
def test_a_job_that_fails_is_told_and_tried_again(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    tried = threading.Semaphore(0)

    def fail() -> None:
        tried.release()
        raise error

    with _working(make_app(), Job("job", 0.01, fail)):
        for _ in range(3):
            assert tried.acquire(timeout=30)
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("failures", "error", "seconds"),
    [
        (1, RuntimeError(), 4),
        (3, RuntimeError(), 16),
        (9, RuntimeError(), 60),
        (1, RetryLater("away"), 4),
        (1, RetryLater("wrong password", 300), 300),
    ],
)
def test_each_failure_waits_longer_up_to_a_limit(failures: int, error: Exception, seconds: float) -> None:
    assert background.backoff_seconds(Job("deliver", 2, list), failures, error) == seconds


def test_a_job_that_runs_seldom_is_not_repeated_sooner_for_its_failure() -> None:
    assert background.backoff_seconds(Job("prune", 3600, list), 1, RuntimeError()) == 3600
