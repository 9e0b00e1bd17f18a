"""Who gets into the owner's room, and who does not."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.audit.models import AuditEntry
from chatkit.database.orm import db, table, utcnow
from chatkit.mail.models import OutboxMessage
from chatkit.owner import guard
from chatkit.owner.models import OwnerSession, OwnerSignIn
from chatkit.ratelimit import limiter
from chatkit.ratelimit.models import RateLimit
from tests import factories
from tests.conftest import DEFAULTS
from tests.factories import MakeApp
from tests.owner import room
from tests.owner.room import ORIGIN, OWNERS


def _ask(client: FlaskClient, email: str, **headers: str) -> TestResponse:
    page = client.get("/owner/sign-in").get_data(as_text=True)
    form = {"email": email, guard.FORM_FIELD: room.form_token(page)}
    return client.post("/owner/sign-in", data=form, headers={"Origin": ORIGIN} | headers)


def _open(client: FlaskClient, token: str) -> TestResponse:
    page = client.get("/owner/sign-in/link", query_string={"token": token}).get_data(as_text=True)
    form = {"token": token, guard.FORM_FIELD: room.form_token(page)}
    return client.post("/owner/sign-in/link", data=form, headers={"Origin": ORIGIN})


def _token(app: Flask) -> str:
    [link] = [each for each in factories.links(app) if "/owner/" in each]
    assert link.startswith("http://127.0.0.1:8000/owner/sign-in/link?")
    return parse_qs(urlsplit(link).query)["token"][0]


def test_a_mailed_link_opens_the_room_once_until_its_owner_logs_out(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    client = app.test_client()
    assert client.get("/owner").headers["Location"] == "/owner/sign-in"
    _ask(client, "Owner@Example.org")
    token = _token(app)
    assert _open(client, token).headers["Location"] == "/owner/"
    page = client.get("/owner/").get_data(as_text=True)
    assert "owner@example.org" in page
    assert client.get("/owner/sign-in").status_code == 303
    again = _open(client, token)
    assert again.status_code == 401
    assert "was used already" in again.get_data(as_text=True)
    form = {guard.FORM_FIELD: room.form_token(page)}
    client.post("/owner/log-out", data=form, headers={"Origin": ORIGIN})
    assert client.get("/owner/").status_code == 303
    assert factories.count(app, OwnerSession) == 0
    acts = [(row["actor"], row["action"]) for row in factories.rows(app, table(AuditEntry))]
    assert acts == [("owner@example.org", "owner_signed_in"), ("owner@example.org", "owner_signed_out")]


def test_a_link_is_good_in_the_browser_that_asked_for_it_alone(owned: Flask) -> None:
    app = owned
    asking = app.test_client()
    _ask(asking, "owner@example.org")
    token = _token(app)
    assert _open(app.test_client(), token).status_code == 401
    assert _open(asking, token).status_code == 303


def test_a_link_ends_after_ten_minutes(owned: Flask) -> None:
    app = owned
    client = app.test_client()
    _ask(client, "owner@example.org")
    token = _token(app)
    _set(app, OwnerSignIn, expires_at=utcnow() - timedelta(seconds=1))
    assert _open(client, token).status_code == 401


def test_an_address_that_may_not_enter_gets_the_same_answer_the_same_rows_and_no_mail(owned: Flask) -> None:
    app = owned
    answers, rows = [], []
    for email in ("owner@example.org", "stranger@example.org"):
        answer = _ask(app.test_client(), email)
        answers.append((answer.status_code, answer.get_data()))
        rows.append((factories.count(app, OwnerSignIn), factories.count(app, OutboxMessage)))
    assert answers[0] == answers[1]
    assert rows == [(1, 1), (2, 2)]
    assert len(factories.links(app)) == 1
    assert "stranger" not in str(factories.rows(app, table(OwnerSignIn)) + factories.rows(app, table(OutboxMessage)))


@pytest.mark.parametrize(
    "columns",
    [
        {"last_seen_at": timedelta(hours=12, seconds=1)},
        {"expires_at": timedelta(seconds=1)},
    ],
    ids=["idle", "absolute"],
)
def test_a_session_ends_by_itself(owned: Flask, columns: dict[str, timedelta]) -> None:
    app = owned
    entered = room.enter(app)
    assert entered.client.get("/owner/").status_code == 200
    _set(app, OwnerSession, **{name: utcnow() - age for name, age in columns.items()})
    assert entered.client.get("/owner/").status_code == 303


def test_a_session_ends_when_the_setting_names_its_address_no_more(make_app: MakeApp) -> None:
    before, after = make_app(OWNERS=OWNERS), make_app(OWNERS="other@example.org")
    entered = room.enter(before)
    cookie = entered.client.get_cookie("chatkit-owner")
    assert cookie is not None
    client = after.test_client()
    client.set_cookie("chatkit-owner", cookie.value)
    assert client.get("/owner/").status_code == 303


def test_nothing_of_a_reader_opens_the_room(owned: Flask) -> None:
    """Not even of a reader with an owner's address."""
    app = owned
    reader = factories.person(app, "owner@example.org")
    for name in ("chatkit-owner", "chatkit-owner-browser", "session"):
        client = app.test_client()
        client.set_cookie(name, reader.token)
        assert client.get("/owner/", headers=reader.headers).headers["Location"] == "/owner/sign-in"
    token = room.enter(app).client.get_cookie("chatkit-owner")
    assert token is not None
    assert factories.check_session(app, token.value).status_code == 401


def test_without_owners_there_is_no_room(plain_app: Flask) -> None:
    for path in ("/owner", "/owner/", "/owner/sign-in", "/owner/static/owner.css"):
        response = plain_app.test_client().get(path)
        assert (response.status_code, response.get_json()["detail"]["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(owned: Flask, headers: dict[str, str]) -> None:
    """Be it that somebody would be signed in, or act."""
    app = owned
    entered = room.enter(app)
    form: dict[str, Any] = {guard.FORM_FIELD: entered.form_token}
    assert entered.client.post("/owner/log-out", data=form, headers=headers).status_code == 403
    client = app.test_client()
    page = client.get("/owner/sign-in").get_data(as_text=True)
    form = {"email": "owner@example.org", "token": "x", guard.FORM_FIELD: room.form_token(page)}
    for path in ("/owner/sign-in", "/owner/sign-in/link"):
        assert client.post(path, data=form, headers=headers).status_code == 403
    assert factories.count(app, OwnerSignIn) == 0


def test_a_form_needs_the_token_of_its_own_browser(owned: Flask) -> None:
    app = owned
    entered, other = room.enter(app), room.enter(app)
    for token in ("", "x", other.form_token):
        form = {guard.FORM_FIELD: token}
        answer = entered.client.post("/owner/log-out", data=form, headers={"Origin": ORIGIN})
        assert answer.status_code == 403
        assert "reload it" in answer.get_data(as_text=True)
    stranger = app.test_client().get("/owner/sign-in").get_data(as_text=True)
    client = app.test_client()
    client.get("/owner/sign-in")
    form = {"email": "owner@example.org", guard.FORM_FIELD: room.form_token(stranger)}
    assert client.post("/owner/sign-in", data=form, headers={"Origin": ORIGIN}).status_code == 403


def test_the_door_is_limited_by_mailbox_address_and_server(make_app: MakeApp) -> None:
    for setting, said in (
        ("OWNER_MAIL", "Too many links for this address"),
        ("SIGNUP", "Too many links asked for from this network"),
        ("MAIL_SITE", "Too many mails on this server"),
    ):
        app = make_app(OWNERS=OWNERS, RATE_LIMIT_VERIFY=1, **{f"RATE_LIMIT_{setting}": 1})
        client = app.test_client()
        assert _ask(client, "owner@example.org").status_code == 200
        before = factories.count(app, OwnerSignIn)
        refused = _ask(client, "Owner@example.org")
        assert refused.status_code == 429
        assert said in refused.get_data(as_text=True)
        assert factories.count(app, OwnerSignIn) == before
        assert [_open(client, "x").status_code for _ in range(2)] == [401, 429]
        with app.app_context():
            limiter.clear([row["key"] for row in factories.rows(app, table(RateLimit))])
            db.session.commit()


def test_nobody_keeps_an_owner_out(make_app: MakeApp) -> None:
    """Neither by forms that were not opened here, nor by signing up or asking for a link in the owner's name."""
    app = make_app(OWNERS=OWNERS, RATE_LIMIT_MAIL_RECIPIENT=1, RATE_LIMIT_MAIL_SITE=4, RATE_LIMIT_OWNER_MAIL=2)
    stranger, owner = app.test_client(), app.test_client()
    body = {"email": "owner@example.org", "consent_data_storage": True}
    assert stranger.post(f"{factories.API}/auth/signup", json=body).status_code == 200
    for _ in range(3):
        assert stranger.post("/owner/sign-in", data={"email": body["email"]}).status_code == 403
    _ask(owner, "owner@example.org")
    token = _token(app)
    _ask(stranger, "owner@example.org")
    assert _token(app) != token
    assert _open(owner, token).status_code == 303


def test_the_cookie_is_for_this_server_alone(owned: Flask) -> None:
    for base_url, name, path, secure in (
        ("http://127.0.0.1:8000", "chatkit-owner", "/", False),
        ("https://docs.example.com", "__Host-chatkit-owner", "/", True),
        ("https://docs.example.com/chat", "__Secure-chatkit-owner", "/chat/", True),
    ):
        app = create_app(DEFAULTS | {"DATABASE_URL": owned.config["CHATKIT"].database_url, "BASE_URL": base_url})
        with app.test_request_context():
            sent = guard.set_cookie(app.response_class(), "secret").headers["Set-Cookie"]
        assert sent.startswith(f"{name}=secret; ")
        parts = set(sent.split("; "))
        assert {f"Path={path}", "HttpOnly", "SameSite=Lax"} <= parts
        assert ("Secure" in parts) is secure
        assert not any(part.startswith("Domain") for part in parts)


def test_a_page_runs_nothing_is_kept_nowhere_and_is_for_no_other_origin(owned: Flask) -> None:
    entered = room.enter(owned)
    response = entered.client.get("/owner/", headers={"Origin": "https://docs.example.com"})
    policy = set(response.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        *("default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'"),
        *("frame-ancestors 'none'", "base-uri 'none'"),
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert "<script" not in response.get_data(as_text=True)
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


def _set(app: Flask, model: Any, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(model).values(**values))
        db.session.commit()
