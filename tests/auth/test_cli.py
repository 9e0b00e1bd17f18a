"""`flask accounts`: what an owner does with an account, what it says, and what the audit log keeps of it."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import insert

from chatkit.audit.models import AuditEntry
from chatkit.auth import accounts
from chatkit.auth.models import User
from chatkit.database.orm import db, utcnow
from tests import factories
from tests.factories import API


def _run(app: Flask, *words: str, **how: str) -> Result:
    return app.test_cli_runner().invoke(args=["accounts", *words], **how)


def _said(app: Flask, *words: str) -> str:
    result = _run(app, *words)
    assert result.exit_code == 0, result.output
    return result.output


def _audited(app: Flask) -> list[tuple[str, int | None]]:
    return [(row["action"], row["account_id"]) for row in factories.rows(app, AuditEntry.__table__)]


def _sign_in(app: Flask, email: str) -> tuple[int, dict[str, object]]:
    client = app.test_client()
    assert factories.sign_up(client, email).status_code == 200
    [link] = factories.links(app)
    answer = client.post(f"{API}/auth/verify", json={"token": factories.link_token(link), "confirmed": True})
    return answer.status_code, answer.get_json()


def test_every_account_is_listed_once_over_the_pages(app: Flask) -> None:
    emails = [f"reader-{number}@example.com" for number in range(accounts.PAGE + 1)]
    with app.app_context():
        db.session.execute(insert(User), [{"email": email, "tier": "full", "created_at": utcnow()} for email in emails])
        db.session.commit()
    assert [json.loads(line)["email"] for line in _said(app, "list", "--json").splitlines()] == emails
    assert _said(app, "list", "--tier", "premium") == "There is no such account.\n"


def test_an_account_is_shown_with_what_it_keeps(app: Flask) -> None:
    who = factories.person(app)
    app.test_client().post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    shown = json.loads(_said(app, "show", "READER@example.com", "--json"))
    assert (shown["number"], shown["tier"], shown["live_sessions"]) == (who.id, "lightweight", 1)
    assert shown["rows"]["saved_chats"] == 1
    assert "saved_chats: 1" in _said(app, "show", who.email)


@pytest.mark.parametrize(
    "command",
    [["show"], ["tier"], ["export"], ["delete", "--yes"], ["end-sessions", "--yes"], ["disable", "--yes"], ["enable"]],
    ids=lambda command: command[0],
)
def test_an_unknown_address_is_one_sentence(plain_app: Flask, command: list[str]) -> None:
    more = ["full"] if command == ["tier"] else []
    result = _run(plain_app, *command, "nobody@example.com", *more)
    assert result.exit_code == 1
    assert result.output == "Error: No account has the address nobody@example.com. `accounts list` lists them.\n"


def test_a_tier_holds_from_the_next_request_on(app: Flask) -> None:
    who = factories.person(app)
    _said(app, "tier", who.email, "premium")
    user = factories.check_session(app, who.token).get_json()["user"]
    assert user == {"email": who.email, "tier": "premium"}
    assert _audited(app) == [("account_tier", who.id)]


def test_an_export_is_what_the_person_would_get(app: Flask, tmp_path: Path) -> None:
    who = factories.person(app)
    _said(app, "export", who.email, "--output", "reader.json")
    assert (tmp_path / "reader.json").stat().st_mode & 0o077 == 0
    own = app.test_client().get(f"{API}/user/export", headers=who.headers).get_json()
    assert json.loads((tmp_path / "reader.json").read_text()) == own
    assert _audited(app) == [("account_exported", who.id)]
    again = _run(app, "export", who.email, "--output", "reader.json")
    assert (again.exit_code, "cannot be made: File exists" in again.output) == (1, True)


@pytest.mark.parametrize("command", ["delete", "end-sessions", "disable"])
def test_what_cannot_be_taken_back_asks_first(app: Flask, command: str) -> None:
    who = factories.person(app)
    result = _run(app, command, who.email, input="n\n")
    assert (result.exit_code, who.email in result.output) == (1, True)
    assert factories.check_session(app, who.token).status_code == 200
    assert _audited(app) == []


def test_a_deleted_account_is_gone_and_the_log_does_not_name_it(app: Flask) -> None:
    who = factories.person(app)
    _said(app, "delete", who.email, "--yes")
    assert factories.count(app, User) == 0
    assert _audited(app) == [("account_deleted", None)]


def test_ended_sessions_are_dead_and_a_link_signs_in_again(app: Flask) -> None:
    who = factories.person(app)
    _said(app, "end-sessions", who.email, "--yes")
    assert factories.check_session(app, who.token).status_code == 401
    assert _sign_in(app, who.email)[0] == 200


def test_a_disabled_account_is_signed_out_and_no_link_signs_it_in(app: Flask) -> None:
    who = factories.person(app)
    known = factories.sign_up(app.test_client(), who.email)
    [waiting] = factories.links(app)
    _said(app, "disable", who.email, "--yes")
    assert factories.check_session(app, who.token).status_code == 401
    redeemed = app.test_client().post(
        f"{API}/auth/verify", json={"token": factories.link_token(waiting), "confirmed": True}
    )
    assert (redeemed.status_code, redeemed.get_json()["detail"]["error"]) == (403, "account_disabled")
    # Who asks for a mail learns nothing of it.
    assert (factories.sign_up(app.test_client(), who.email).data) == known.data
    assert "disabled since" in _said(app, "list", "--disabled")
    _said(app, "enable", who.email)
    assert _sign_in(app, who.email)[0] == 200
    assert [action for action, _ in _audited(app)] == ["account_disabled", "account_enabled"]


def test_a_session_that_was_made_while_its_account_was_disabled_is_dead(app: Flask) -> None:
    who = factories.person(app)
    _said(app, "disable", who.email, "--yes")
    late = factories.another_session(app, who)
    assert factories.check_session(app, late.token).status_code == 401
