"""`flask mail`: the outbox, delivering by hand, and what was given up."""

import re
from typing import Any

import pytest
from flask import Flask

from chatkit.mail import service
from chatkit.mail.models import OutboxMessage
from tests import factories, servers
from tests.factories import API
from tests.servers import Postbox


def _deliver(app: Flask) -> int:
    with app.app_context():
        return service.deliver_due()


def _outbox(app: Flask) -> list[dict[str, Any]]:
    return factories.rows(app, OutboxMessage.__table__)


def _verify(app: Flask, link: str) -> int:
    token = factories.link_token(link)
    return app.test_client().post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).status_code


def _link(postbox: Postbox) -> str:
    """Return the link in the latest mail."""
    return next(line for line in servers.plain_text(postbox.mails[-1]).splitlines() if "/signin#token=" in line)


def test_outbox_shows_a_link_that_works(app: Flask) -> None:
    factories.sign_up(app.test_client())
    result = app.test_cli_runner().invoke(args=["mail", "outbox"])
    assert result.exit_code == 0
    assert "reader@example.com" in result.output
    [link] = [line.strip() for line in result.output.splitlines() if "#token=" in line]
    assert _verify(app, link) == 200


def test_outbox_shows_the_code_of_the_same_mail(app: Flask) -> None:
    browser = factories.session_id()
    factories.sign_up(app.test_client(), browser_id=browser)
    output = app.test_cli_runner().invoke(args=["mail", "outbox"]).output
    [code] = re.findall(r"^  code ([0-9]{6})$", output, re.MULTILINE)
    body = {"code": code, "browser_id": browser}
    assert app.test_client().post(f"{API}/auth/verify-code", json=body).status_code == 200


def test_outbox_says_when_it_is_empty(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["mail", "outbox"]).output == "The outbox is empty.\n"


def test_outbox_tells_why_a_mail_waits(posting: Flask, postbox: Postbox) -> None:
    postbox.replies["RCPT"] = "451 not now"
    factories.sign_up(posting.test_client())
    _deliver(posting)
    output = posting.test_cli_runner().invoke(args=["mail", "outbox"]).output
    assert "The mail server refused the recipient for now (451)." in output


def test_dead_lists_what_was_given_up_and_why(posting: Flask, postbox: Postbox) -> None:
    postbox.refused.add("reader@example.com")
    factories.sign_up(posting.test_client())
    factories.sign_up(posting.test_client(), "other@example.com")
    _deliver(posting)
    first, second = posting.test_cli_runner().invoke(args=["mail", "dead"]).output.splitlines()
    assert re.fullmatch(r"1  reader@example\.com  queued \d{4}-\d\d-\d\d \d\d:\d\d UTC  tries: 1", first)
    assert second == "  The mail server refused the recipient for good (550 5.1.1)."


def test_dead_says_when_there_is_none(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["mail", "dead"]).output == "No message was given up.\n"


@pytest.mark.parametrize(("arguments", "again"), [(["2"], "b"), (["1", "3"], "ac"), (["--all"], "abc")])
def test_requeue_tries_again_with_a_fresh_link(
    posting: Flask, postbox: Postbox, arguments: list[str], again: str
) -> None:
    postbox.replies["RCPT"] = "550 not here"
    for name in "abc":
        factories.sign_up(posting.test_client(), f"{name}@example.com")
    _deliver(posting)
    postbox.replies.clear()
    output = posting.test_cli_runner().invoke(args=["mail", "requeue", *arguments]).output
    assert output == f"{len(again)} waiting again.\n"
    assert _deliver(posting) == len(again)
    assert sorted(str(mail["To"])[0] for mail in postbox.mails) == list(again)
    assert _verify(posting, _link(postbox)) == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "use --all"), (["1", "--all"], "use --all"), (["1"], "flask mail dead"), (["--all"], "flask mail dead")],
)
def test_requeue_refuses_what_was_not_given_up(app: Flask, arguments: list[str], said: str) -> None:
    factories.sign_up(app.test_client())
    result = app.test_cli_runner().invoke(args=["mail", "requeue", *arguments])
    assert result.exit_code != 0
    assert said in result.output
    assert _outbox(app)[0]["state"] == "waiting"


def test_deliver_sends_what_is_due(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    assert posting.test_cli_runner().invoke(args=["mail", "deliver"]).output == "1 sent.\n"
    assert len(postbox.mails) == 1


def test_deliver_says_that_no_mail_server_is_set(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert result.exit_code != 0
    assert "SMTP_HOST" in result.output


def test_deliver_says_why_the_mails_wait(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    factories.sign_up(posting.test_client())
    result = posting.test_cli_runner().invoke(args=["mail", "deliver"])
    assert result.exit_code == 1
    where = f"The mail server {servers.LOOPBACK}:{postbox.port}"
    assert result.output == f"Error: {where} cannot be reached: Connection refused. The mails wait.\n"
