"""Pruning: what is past its time goes, in batches between which others write, found by an index."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from chatkit.analytics import service as analytics
from chatkit.analytics.models import AnalyticsEvent
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.chat.models import AnonymousSession, Message
from chatkit.database.orm import db
from chatkit.mail import service as mail
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit.models import RateLimit
from chatkit.server import pruning
from chatkit.wiring import PRUNERS
from tests import factories
from tests.bulk_rows import insert_bulk
from tests.factories import API, MakeApp
from tests.plans import scanned

# Rows among which PostgreSQL prefers the way that it would take among a million.
ENOUGH = 3_000


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


def test_prune_deletes_what_is_past_its_time_and_says_how_much(app: Flask) -> None:
    client, who = app.test_client(), factories.person(app)
    client.post(f"{API}/chat", json=factories.question())
    client.post(f"{API}/chat", json=factories.question(), headers=who.headers)
    factories.sign_up(client)
    long_ago = datetime.now(UTC) - timedelta(days=100)
    with app.app_context():
        aged: list[tuple[Any, str]] = [
            (AnonymousSession, "expires_at"),
            (SessionToken, "expires_at"),
            (VerificationToken, "created_at"),
            (OutboxMessage, "created_at"),
            (AnalyticsEvent, "logged_at"),
            (Message, "created_at"),
        ]
        for model, column in aged:
            db.session.execute(update(model).values({column: long_ago}))
        db.session.execute(update(RateLimit).values(window_end_ms=0))
        db.session.commit()
    code, output = _run(app, "prune")
    assert code == 0
    assert output.endswith(" rows deleted.\n")
    assert {model: factories.count(app, model) for model, _ in aged} == dict.fromkeys((model for model, _ in aged), 0)
    assert factories.count(app, RateLimit) == 0
    assert factories.count(app, User) == 1
    assert _run(app, "prune") == (0, "0 rows deleted.\n")


def _add_old_events(app: Flask, number: int) -> None:
    logged_at = datetime.now(UTC) - timedelta(days=100)
    old: dict[str, Any] = {"event_type": "old", "event_data": {}, "user_id": None, "logged_at": logged_at}
    with app.app_context():
        db.session.execute(insert(AnalyticsEvent), [old] * number)
        db.session.commit()


def test_prune_goes_on_until_nothing_is_left(app: Flask) -> None:
    number = pruning.BATCH * 2 + 3
    _add_old_events(app, number)
    result = app.test_cli_runner().invoke(args=["prune"])
    assert (result.exit_code, result.output) == (0, f"{number} rows deleted.\n")


def _prune_with(app: Flask, *pruners: Callable[[int], int]) -> int:
    pruning.init_app(app, pruners)
    with app.app_context():
        return pruning.prune_batch()


def test_others_write_between_two_batches(make_app: MakeApp) -> None:
    """Each batch is committed and lets go of what it locked before the next one begins."""
    app = make_app()
    _add_old_events(app, pruning.BATCH + 1)
    found: list[Any] = []

    def write_elsewhere(limit: int) -> int:
        with db.engine.connect() as other:
            found.append(other.scalar(select(func.count()).select_from(AnalyticsEvent)))
            other.execute(text("UPDATE analytics_events SET event_type = 'seen'"))
            other.commit()
        return 0

    assert _prune_with(app, analytics.prune, write_elsewhere, analytics.prune) == pruning.BATCH + 1
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
    insert_bulk(app, 1, ENOUGH)
    with app.app_context():
        statements = _statements(pruner)
        assert statements
        for statement, parameters in statements:
            with db.engine.connect() as connection:
                # Of clusters there are 2,000 at most.
                whole = [scan for scan in scanned(connection, statement, parameters) if "gap_clusters" not in scan]
                assert whole == [], statement


def test_looking_for_due_mail_reads_no_whole_table(app: Flask) -> None:
    """It is looked for every other second, among all that was sent in a day."""
    insert_bulk(app, 1, ENOUGH)
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
