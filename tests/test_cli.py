"""The commands: what they print, what they refuse, how they exit."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit.analytics.models import AnalyticsEvent
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.chat.models import AnonymousSession, Message
from chatkit.config import SETTINGS
from chatkit.database.orm import db
from chatkit.errors import SettingsError
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit.models import RateLimit
from chatkit.server import seed
from tests import factories, servers
from tests.factories import API, SECRET_KEY, MakeApp


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
    client, headers = app.test_client(), factories.bearer(seed.FIXTURE_SESSION)
    with app.app_context():
        seed.prepare_database()
    client.post(f"{API}/chat/save", json=factories.chat(), headers=headers)
    factories.sign_up(client, seed.FIXTURE_EMAIL)
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
        seed.prepare_database()
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
        seed.prepare_database()
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    [session] = factories.rows(app, SessionToken.__table__)
    [token] = factories.rows(app, VerificationToken.__table__)
    assert abs(session["expires_at"] - now - timedelta(hours=24)) < minute
    assert abs(token["expires_at"] - now - timedelta(minutes=10)) < minute


def test_seeding_again_replaces_the_fixtures(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    for _ in range(2):
        with app.app_context():
            seed.prepare_database()
    assert factories.count(app, User) == 1
    assert factories.count(app, VerificationToken) == 1


def test_fixtures_in_production_are_refused_with_the_remedy(make_app: MakeApp) -> None:
    with make_app(INTEGRATION_TEST_MODE="true").app_context():
        seed.prepare_database()
    with make_app().app_context(), pytest.raises(SettingsError, match="flask seed-users --remove"):
        seed.prepare_database()


def test_no_command_seeds_fixtures_or_empties_analytics(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    app.test_client().post(f"{API}/analytics/event", json={"event_type": "earlier"})
    for arguments in (["mail", "outbox"], ["prune"], ["content", "search", "x"], ["db", "current"]):
        assert _run(app, *arguments)[0] == 0
    assert factories.count(app, User) == 0
    assert factories.count(app, AnalyticsEvent) == 1


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


def test_doctor_lists_every_setting_with_its_source(tmp_path: Path) -> None:
    settings = {"SECRET_KEY": SECRET_KEY, "RATE_LIMIT_SAVE_CHAT": "9"}
    done = servers.run("flask", "doctor", folder=tmp_path, settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert {setting.name for setting in SETTINGS} <= set(lines)
    assert "environment" in lines["RATE_LIMIT_SAVE_CHAT"]
    assert "default" in lines["RATE_LIMIT_PERSONALIZE"]
    assert SECRET_KEY not in done.stdout
    assert "********" in lines["SECRET_KEY"]


def test_doctor_names_what_is_unsafe_and_fails(tmp_path: Path) -> None:
    done = servers.run("flask", "doctor", folder=tmp_path, settings={"CORS_ORIGINS": "*", "SECRET_KEY": "changeme"})
    assert done.returncode == 1
    unsafe = [line for line in done.stdout.splitlines() if line.startswith("unsafe: ")]
    assert len(unsafe) == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert "changeme" not in done.stdout


def test_doctor_hides_every_secret(tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": "postgresql://user:hunter2@db.example.com/chat",
        "SMTP_PASSWORD": "hunter3",
        "METRICS_TOKEN": "hunter4",
        "OPENAI_API_KEY": "hunter5",
    }
    done = servers.run("flask", "doctor", folder=tmp_path, settings=secrets)
    assert done.returncode == 0
    assert "hunter" not in done.stdout
