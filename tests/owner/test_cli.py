"""`flask owners link`: a way in for an owner whom no mail reaches."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import db, table, utcnow
from chatkit.mail.models import OutboxMessage
from chatkit.owner import guard
from chatkit.owner.models import OwnerSession, OwnerSignIn
from tests import factories
from tests.factories import MakeApp
from tests.owner import room
from tests.owner.room import ORIGIN


def _link(app: Flask, email: str = "owner@example.org") -> str:
    result = app.test_cli_runner().invoke(args=["owners", "link", email])
    assert result.exit_code == 0, result.output
    link = result.stdout.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/owner/sign-in/link\?token=[\w-]{43}", link)
    return urlsplit(link)._replace(scheme="", netloc="").geturl()


def _press(client: FlaskClient, link: str) -> TestResponse:
    """Open a link, and press the button of its page."""
    page = client.get(link).get_data(as_text=True)
    [token] = re.findall(r'name="token" value="([^"]*)"', page)
    form = {"token": token, guard.FORM_FIELD: room.form_token(page)}
    return client.post("/owner/sign-in/link", data=form, headers={"Origin": ORIGIN})


def test_a_link_of_the_command_opens_the_room_once_by_its_button(owned: Flask) -> None:
    link, client = _link(owned, " Owner@Example.org "), owned.test_client()
    client.head(link)
    client.get(link)
    assert factories.count(owned, OwnerSession) == 0
    assert _press(client, link).headers["Location"] == "/owner/"
    assert "owner@example.org" in client.get("/owner/").get_data(as_text=True)
    assert _press(owned.test_client(), link).status_code == 401
    acts = [(row["action"], row["subject"]) for row in factories.rows(owned, table(AuditEntry))]
    assert acts == [("owner_link_shown", "sign-in 1"), ("owner_signed_in", "sign-in 1")]
    [shown, entered] = [row["actor"] for row in factories.rows(owned, table(AuditEntry))]
    assert (shown.startswith("os:"), entered) == (True, "owner@example.org")
    assert factories.count(owned, OutboxMessage) == 0


def test_a_link_of_the_command_gives_the_role_of_the_setting(owned: Flask) -> None:
    client = owned.test_client()
    _press(client, _link(owned, "looks@example.org"))
    assert "(reader)" in client.get("/owner/").get_data(as_text=True)


def test_a_later_link_voids_the_earlier_and_none_of_a_mail(owned: Flask) -> None:
    asking = owned.test_client()
    page = asking.get("/owner/sign-in").get_data(as_text=True)
    form = {"email": "owner@example.org", guard.FORM_FIELD: room.form_token(page)}
    asking.post("/owner/sign-in", data=form, headers={"Origin": ORIGIN})
    [mailed] = [urlsplit(link)._replace(scheme="", netloc="").geturl() for link in factories.links(owned)]
    first, second = _link(owned), _link(owned)
    assert _press(owned.test_client(), first).status_code == 401
    assert _press(owned.test_client(), second).status_code == 303
    # And a mailed one stays good in its own browser alone.
    assert _press(owned.test_client(), mailed).status_code == 401
    assert _press(asking, mailed).status_code == 303


def test_a_link_of_the_command_ends_after_ten_minutes(owned: Flask) -> None:
    link = _link(owned)
    [row] = factories.rows(owned, table(OwnerSignIn))
    assert row["expires_at"] <= utcnow() + timedelta(minutes=10)
    with owned.app_context():
        db.session.execute(update(OwnerSignIn).values(expires_at=utcnow() - timedelta(seconds=1)))
        db.session.commit()
    assert _press(owned.test_client(), link).status_code == 401


@pytest.mark.parametrize("email", ["stranger@example.org", "owner@example.org.evil.example", "", "owner"])
def test_no_link_is_made_for_whom_the_setting_does_not_name(owned: Flask, email: str) -> None:
    result = owned.test_cli_runner().invoke(args=["owners", "link", email])
    known = "the setting OWNERS names owner@example.org, looks@example.org"
    assert (result.exit_code, result.output) == (1, f"Error: {email} may not enter: {known}.\n")
    assert factories.rows(owned, table(OwnerSignIn)) + factories.rows(owned, table(AuditEntry)) == []


def test_without_owners_nobody_is_let_in(make_app: MakeApp) -> None:
    result = make_app().test_cli_runner().invoke(args=["owners", "link", "owner@example.org"])
    assert (result.exit_code, "OWNERS names nobody" in result.output) == (1, True)


def test_a_link_that_would_not_work_is_not_made(make_app: MakeApp) -> None:
    app = make_app(OWNERS="owner@example.org")
    app.test_cli_runner().invoke(args=["read-only", "on", "--no-wait"])
    result = app.test_cli_runner().invoke(args=["owners", "link", "owner@example.org"])
    assert (result.exit_code, "flask read-only off" in result.output) == (1, True)
    assert factories.count(app, OwnerSignIn) == 0
