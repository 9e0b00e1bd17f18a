"""Test users and the fixtures of test mode: made, replaced, removed, and refused in production."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit.analytics.models import AnalyticsEvent
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.database.orm import db
from chatkit.errors import SettingsError
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit.models import RateLimit
from chatkit.server import fixtures
from tests import factories
from tests.factories import API, MakeApp


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


def test_test_users_are_made_with_tokens_that_work(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    code, output = _run(app, "seed-users", "--count", "2")
    assert code == 0
    users = [line.split() for line in output.splitlines()]
    assert len(users) == 2
    for email, token in users:
        answer = app.test_client().get(f"{API}/auth/session-check", headers=factories.bearer(token)).get_json()
        assert answer["user"]["email"] == email


def test_test_users_are_refused_in_production(app: Flask) -> None:
    code, output = _run(app, "seed-users")
    assert code != 0
    assert "INTEGRATION_TEST_MODE=true" in output
    assert factories.count(app, User) == 0


def test_removing_test_users_leaves_everybody_else(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    _run(app, "seed-users", "--count", "2")
    who = factories.person(app)
    assert _run(make_app(), "seed-users", "--remove") == (0, "2 test users removed.\n")
    assert [row["email"] for row in factories.rows(app, User.__table__)] == [who.email]


def test_removing_test_users_leaves_no_row_of_theirs(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    client, headers = app.test_client(), factories.bearer(fixtures.FIXTURE_SESSION)
    with app.app_context():
        fixtures.prepare_database()
    client.post(f"{API}/chat/save", json=factories.chat(), headers=headers)
    factories.sign_up(client, fixtures.FIXTURE_EMAIL)
    _run(make_app(), "seed-users", "--remove")
    for model in (User, SessionToken, VerificationToken, OutboxMessage):
        assert factories.count(app, model) == 0, model
    # What an address and the whole site used up stays; what the account did goes with it.
    keys = {row["key"] for row in factories.rows(app, RateLimit.__table__)}
    assert keys == {"address:127.0.0.1", "site"}


def test_test_mode_seeds_the_contracts_fixtures(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    app.test_client().post(f"{API}/analytics/event", json={"event_type": "earlier"})
    with app.app_context():
        fixtures.prepare_database()
    assert factories.count(app, AnalyticsEvent) == 0
    client = app.test_client()
    headers = factories.bearer("integration-test-session-token-12345")
    answer = client.get(f"{API}/auth/session-check", headers=headers).get_json()
    assert answer == {"valid": True, "user": {"email": "test@integration.local", "tier": "lightweight"}}
    status = client.get(f"{API}/auth/verification-status", headers=headers).get_json()
    assert status == {"verified": True}
    body = {"token": "integration-test-verification-token-67890"}
    assert client.post(f"{API}/auth/verify", json=body).get_json()["user_profile"] == answer["user"]


def test_the_fixtures_end_when_the_contract_says(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    with app.app_context():
        fixtures.prepare_database()
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    [session] = factories.rows(app, SessionToken.__table__)
    [token] = factories.rows(app, VerificationToken.__table__)
    assert abs(session["expires_at"] - now - timedelta(hours=24)) < minute
    assert abs(token["expires_at"] - now - timedelta(minutes=10)) < minute


def test_starting_again_keeps_what_earlier_runs_made(make_app: MakeApp) -> None:
    """The fixtures are there once, good for as long as at first, and what they and other test users saved stays."""
    app = make_app(INTEGRATION_TEST_MODE="true")
    with app.app_context():
        fixtures.prepare_database()
    _run(app, "seed-users", "--count", "1")
    headers = factories.bearer("integration-test-session-token-12345")
    saved = app.test_client().post(f"{API}/chat/save", json=factories.chat(), headers=headers).get_json()["chat_id"]
    with app.app_context():
        db.session.execute(update(SessionToken).values(expires_at=datetime.now(UTC)))
        db.session.commit()
        fixtures.prepare_database()
    assert factories.count(app, User) == 2
    assert factories.count(app, SessionToken) == 2
    assert factories.count(app, VerificationToken) == 1
    assert app.test_client().get(f"{API}/chat/saved/{saved}", headers=headers).status_code == 200


def test_fixtures_in_production_are_refused_with_the_remedy(make_app: MakeApp) -> None:
    with make_app(INTEGRATION_TEST_MODE="true").app_context():
        fixtures.prepare_database()
    with make_app().app_context(), pytest.raises(SettingsError, match="flask seed-users --remove"):
        fixtures.prepare_database()


def test_no_command_seeds_fixtures_or_empties_analytics(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    app.test_client().post(f"{API}/analytics/event", json={"event_type": "earlier"})
    for arguments in (["mail", "outbox"], ["prune"], ["content", "search", "x"], ["db", "current"]):
        assert _run(app, *arguments)[0] == 0
    assert factories.count(app, User) == 0
    assert factories.count(app, AnalyticsEvent) == 1
