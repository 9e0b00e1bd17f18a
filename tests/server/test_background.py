"""The work beside the requests: who does it, what happens when a piece takes long or fails, and pruning in batches."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import OperationalError

from chatkit.analytics import service as analytics
from chatkit.analytics.models import AnalyticsEvent
from chatkit.database.lease import BACKGROUND, Lease, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.mail import service as mail
from chatkit.server import background
from chatkit.server.background import Job
from chatkit.wiring import PRUNERS
from tests import factories, servers
from tests.bulk_rows import crowd
from tests.factories import MakeApp
from tests.plans import scanned

# Rows among which PostgreSQL prefers the way that it would take among a million.
ENOUGH = 3_000
LEASE_SECONDS = 0.5


@contextmanager
def _working(app: Flask, *jobs: Job) -> Iterator[None]:
    """Run the threads of a worker with these jobs for the length of a block."""
    app.extensions["chatkit_background"] = background._Work(jobs, ())
    background.start(app, tick_seconds=0.01, lease_seconds=LEASE_SECONDS)
    try:
        yield
    finally:
        background.stop(app)


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
        assert began.wait(10)
        first = _until(app)
        for _ in range(5):
            assert rounds.acquire(timeout=10)
        # Renewed beyond what it was given at first, though the long piece still runs.
        servers.eventually(lambda: _until(app) > first + LEASE_SECONDS)
        assert not _take(app)
        finish.set()


def test_a_worker_that_ends_hands_the_work_on_at_once(make_app: MakeApp) -> None:
    app, worked = make_app(), threading.Event()
    with _working(app, Job("job", 60, worked.set)):
        assert worked.wait(10)
        assert not _take(app)
    assert _take(app)


def test_a_process_without_the_lease_does_nothing(make_app: MakeApp) -> None:
    app, worked, asked = make_app(), threading.Event(), threading.Semaphore(0)
    _take(app)
    with app.app_context():
        event.listen(db.engine, "commit", lambda _: asked.release())
    with _working(app, Job("job", 0.01, worked.set)):
        for _ in range(3):
            assert asked.acquire(timeout=10)
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
            assert tried.acquire(timeout=10)
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


def _add_old_events(app: Flask, number: int) -> None:
    logged_at = datetime.now(UTC) - timedelta(days=100)
    old: dict[str, Any] = {"event_type": "old", "event_data": {}, "user_id": None, "logged_at": logged_at}
    with app.app_context():
        db.session.execute(insert(AnalyticsEvent), [old] * number)
        db.session.commit()


def test_prune_goes_on_until_nothing_is_left(app: Flask) -> None:
    number = background.BATCH * 2 + 3
    _add_old_events(app, number)
    result = app.test_cli_runner().invoke(args=["prune"])
    assert (result.exit_code, result.output) == (0, f"{number} rows deleted.\n")


def _prune_with(app: Flask, *pruners: Callable[[int], int]) -> int:
    app.extensions["chatkit_background"] = background._Work((), pruners)
    with app.app_context():
        return background.prune_some()


def test_others_write_between_two_batches(make_app: MakeApp) -> None:
    """Each batch is committed and lets go of what it locked before the next one begins."""
    app = make_app()
    _add_old_events(app, background.BATCH + 1)
    found: list[Any] = []

    def write_elsewhere(limit: int) -> int:
        with db.engine.connect() as other:
            found.append(other.scalar(select(func.count()).select_from(AnalyticsEvent)))
            other.execute(text("UPDATE analytics_events SET event_type = 'seen'"))
            other.commit()
        return 0

    assert _prune_with(app, analytics.prune, write_elsewhere, analytics.prune) == background.BATCH + 1
    assert found == [1]


def test_what_hinders_one_kind_of_data_hinders_no_other(make_app: MakeApp) -> None:
    app = make_app()
    _add_old_events(app, 3)

    def fail(limit: int) -> int:
        raise OperationalError("DELETE", None, Exception("locked"))

    with pytest.raises(OperationalError):
        _prune_with(app, fail, analytics.prune)
    assert factories.count(app, AnalyticsEvent) == 0


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda pruner: f"{pruner.__module__}.{pruner.__name__}")
def test_no_pruner_reads_a_whole_table(app: Flask, pruner: Callable[[int], int]) -> None:
    """However many rows there are, what is past its time is found by an index, and so is what goes with it."""
    crowd(app, 1, ENOUGH)
    with app.app_context():
        statements = _statements(pruner)
        assert statements
        for statement, parameters in statements:
            with db.engine.connect() as connection:
                assert scanned(connection, statement, parameters) == [], statement


def test_looking_for_due_mail_reads_no_whole_table(app: Flask) -> None:
    """It is looked for every other second, among all that was sent in a day."""
    crowd(app, 1, ENOUGH)
    with app.app_context():
        statements = _statements(lambda _: int(mail.claim_next() is not None))
        with db.engine.connect() as connection:
            assert [scanned(connection, *said) for said in statements] == [[]]


def _statements(pruner: Callable[[int], int]) -> list[tuple[str, Any]]:
    """Return what a pruner runs, as the driver gets it."""
    found: list[tuple[str, Any]] = []

    def listen(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        pruner(500)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
        db.session.rollback()
    return found
