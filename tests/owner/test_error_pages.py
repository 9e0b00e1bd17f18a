"""Whatever goes wrong at an address of the room is a page of the room; of its calls, the one envelope."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.database import deadline
from chatkit.database.orm import db, utcnow
from chatkit.gaps import service as gaps
from chatkit.owner import guard, sessions
from chatkit.owner.models import OwnerSession
from tests.conftest import DEFAULTS
from tests.factories import MakeApp
from tests.owner import room
from tests.owner.room import ORIGIN, OWNERS, Room

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
UNKNOWN = ("/owner/nothing", "/owner/gaps/nothing/at/all", "/owner//", "/owner/%00", "/owner/static/x")
MENU = '<nav class="menu"'


def _addresses(app: Flask, below: str) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(below):
            yield re.sub(r"<[^>]*>", "x", re.sub(r"<int[^>]*>", "1", rule.rule))


def _check_page(response: TestResponse, status: int | None = None) -> str:
    """Check that a refusal is a page of the room that runs nothing; return it."""
    page = response.get_data(as_text=True)
    assert status in {None, response.status_code}, page
    assert response.mimetype == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "script" in policy) == (True, False)
    if response.request.method != "HEAD":
        assert page.count("<h1>") == 1
        assert f"Request {response.headers['X-Request-ID']}" in page
        assert "/owner/static/owner.css" in page
    return page


@pytest.mark.parametrize("email", [None, "looks@example.org", "owner@example.org"])
def test_every_address_and_method_is_refused_by_a_page(owned: Flask, email: str | None) -> None:
    client = owned.test_client() if email is None else room.enter(owned, email).client
    refused = set()
    for path in (*_addresses(owned, "/owner"), *UNKNOWN):
        for method in METHODS:
            response = client.open(path, method=method)
            if response.status_code >= 400:
                refused.add(response.status_code)
                page = _check_page(response)
                assert (MENU in page) == (email is not None and method != "HEAD"), (method, path)
    assert refused == {403, 404, 405} | ({401} if email is None else set())


@pytest.mark.parametrize("email", [None, "owner@example.org"])
def test_every_call_is_refused_by_the_envelope(owned: Flask, email: str | None) -> None:
    client = owned.test_client() if email is None else room.enter(owned, email).client
    for path in (*_addresses(owned, "/api/v1/owner"), "/api/v1/owner/nothing", "/ownership"):
        for method in METHODS:
            response = client.open(path, method=method)
            if response.status_code >= 400 and method != "HEAD":
                assert set(response.get_json()) == {"detail"}, (method, path)


def test_without_owners_every_address_is_unknown(plain_app: Flask) -> None:
    client = plain_app.test_client()
    for path in (*_addresses(plain_app, "/owner"), *_addresses(plain_app, "/api/v1/owner"), *UNKNOWN):
        for method in METHODS:
            response = client.open(path, method=method)
            assert (response.status_code, response.mimetype) == (404, "application/json"), (method, path)


def _too_large(client: FlaskClient) -> TestResponse:
    return client.post("/owner/tests/import", data={"lines": "x" * 300_000}, headers={"Origin": ORIGIN})


def test_an_address_that_only_takes_a_form_says_so(owned: Flask) -> None:
    response = room.enter(owned).client.get("/owner/tests/import")
    assert "takes what a form sends" in _check_page(response, 405)
    assert "POST" in response.headers["Allow"]


def test_what_is_too_large_is_said_to_whoever_is_signed_in(owned: Flask) -> None:
    page = _check_page(_too_large(room.enter(owned).client), 413)
    assert ("larger than 256 KiB" in page, MENU in page) == (True, True)
    assert MENU not in _check_page(_too_large(owned.test_client()), 413)


def test_a_body_without_a_length_is_no_fault_however_large_it_is(owned: Flask) -> None:
    chunked: dict[str, Any] = {
        "content_type": "application/x-www-form-urlencoded",
        "environ_overrides": {"wsgi.input_terminated": True},
        "headers": {"Origin": ORIGIN, "Transfer-Encoding": "chunked"},
    }
    for client, status in ((room.enter(owned).client, 413), (owned.test_client(), 401)):
        _check_page(client.post("/owner/tests/import", input_stream=BytesIO(b"x" * 300_000), **chunked), status)


def test_a_limit_says_when_to_try_again(make_app: MakeApp) -> None:
    entered = room.enter(make_app(OWNERS=OWNERS, RATE_LIMIT_OWNER=1))
    entered.post("/tests/run")
    response = entered.post("/tests/run")
    assert "Too many changes. Try again in" in _check_page(response, 429)
    assert int(response.headers["Retry-After"]) >= 1


def test_a_fault_is_a_page_without_its_words(owned: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(number: int) -> None:
        raise RuntimeError("hunter2 in /etc/secrets")

    monkeypatch.setattr(gaps, "get", fail)
    page = _check_page(room.enter(owned).client.get("/owner/gaps/1"), 500)
    assert ("The fault is the server" in page, "hunter2" in page, MENU in page) == (True, False, True)


def test_a_database_that_is_away_is_a_page_that_says_when_to_come_back() -> None:
    app = create_app(DEFAULTS | {"DATABASE_URL": "sqlite:////nowhere/at/all.db", "OWNERS": OWNERS})
    client = app.test_client()
    client.set_cookie("chatkit-owner", "x")
    for path in ("/owner/", "/owner/sign-in"):
        response = client.get(path)
        assert "Try again in" in _check_page(response, 503)
        assert int(response.headers["Retry-After"]) >= 1
    # What is wrong all the same is said without it.
    _check_page(client.get("/owner/nothing"), 404)
    _check_page(_too_large(client), 413)


def test_in_read_only_mode_an_act_says_who_ends_it(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    entered = room.enter(app)
    app.test_cli_runner().invoke(args=["read-only", "on", "--no-wait"])
    assert "Overview" in entered.get("/")
    page = _check_page(entered.post("/tests/run"), 503)
    assert ("flask read-only off" in page, MENU in page) == (True, True)


WRITTEN: dict[str, Any] = {"questions": "Why is it dark?", "markdown": "a\n</textarea><script>", "section": "/a b"}


def test_what_was_written_when_a_sign_in_had_ended_is_not_lost(owned: Flask) -> None:
    entered = room.enter(owned)
    with owned.app_context():
        db.session.execute(update(OwnerSession).values(last_seen_at=utcnow() - sessions.IDLE_TIMEOUT))
        db.session.commit()
    page = _check_page(entered.post("/answers/new", **WRITTEN), 401)
    assert ("You are not signed in here" in page, 'href="/owner/sign-in"' in page) == (True, True)
    assert "Why is it dark?</textarea>" in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert entered.form_token not in page


def test_what_was_written_into_a_form_that_is_refused_is_shown_but_to_its_own_page(owned: Flask) -> None:
    entered = room.enter(owned)
    stale = Room(entered.client, "f" * 64)
    page = _check_page(stale.post("/answers/new", **WRITTEN), 403)
    assert ("This page is too old" in page, "Why is it dark?</textarea>" in page) == (True, True)
    form = {guard.FORM_FIELD: entered.form_token, **WRITTEN}
    for headers in ({}, {"Origin": "https://evil.example"}):
        page = _check_page(entered.client.post("/owner/answers/new", data=form, headers=headers), 403)
        assert "Why is it dark" not in page
    refused = entered.post("/answers/new", questions="x", markdown="<b>Why is it dark?</b>")
    page = _check_page(refused, 422)
    assert ("HTML cannot be shown" in page, "&lt;b&gt;Why is it dark?" in page) == (True, True)


def _refused_unread(client: FlaskClient, status: int) -> str:
    """Send a form that is refused without a look into it, for it might come as slowly as its sender likes."""
    body = BytesIO(b"markdown=" + b"x" * 1000)
    form: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded", "content_length": 1009}
    page = _check_page(client.post("/owner/answers/new", input_stream=body, headers={"Origin": ORIGIN}, **form), status)
    assert body.tell() == 0
    return page


@pytest.mark.parametrize("token", ["", "x", "x" * 43])
def test_for_a_strangers_page_no_body_is_waited_for(owned: Flask, token: str) -> None:
    client = owned.test_client()
    client.set_cookie("chatkit-owner", token)
    _refused_unread(client, 401)


def test_before_a_requests_turn_no_body_is_waited_for(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(OWNERS=OWNERS)
    client = room.enter(app).client
    monkeypatch.setattr(deadline, "ANSWER_SECONDS", 0.0)
    work = app.extensions["chatkit_slots"].work
    with ExitStack() as taken:
        for _ in range(work.slots):
            taken.enter_context(work)
        assert "busy" in _refused_unread(client, 503)
