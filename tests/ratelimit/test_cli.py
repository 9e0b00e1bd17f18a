"""`flask limits`: the table, what is counted under a key, and beginning again."""

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester
from chatkit.ratelimit.models import RateLimit
from chatkit.ratelimit.policies import POLICIES
from tests import factories
from tests.factories import API, MakeApp

READER, OTHER = "reader@example.com", "other@example.com"
SESSION = "5F0C7F7E-6F6E-4E64-9D3B-2F2F5B0B6A11"


def _run(app: Flask, *words: str) -> str:
    result = app.test_cli_runner().invoke(args=["limits", *words])
    assert result.exit_code == 0, result.output
    return result.output


def _cells(output: str) -> list[list[str]]:
    """Return the cells of a printed table, below its heading."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in output.splitlines()[1:]]


def _count(app: Flask, action: str, requester: Requester, address: str | None = None) -> None:
    with app.app_context():
        limiter.hit(action, requester, address)


def test_the_table_has_a_line_for_every_policy(plain_app: Flask) -> None:
    printed = [(cells[0], cells[1], cells[-1]) for cells in _cells(_run(plain_app))]
    assert printed == [(policy.action, policy.scope, f"RATE_LIMIT_{policy.setting}") for policy in POLICIES]


def test_the_table_tells_the_limits_in_use(make_app: MakeApp) -> None:
    printed = _cells(_run(make_app(RATE_LIMIT_SAVE_CHAT=77, RATE_LIMIT_WINDOW_SECONDS=90)))
    line = ["save_chat", "account", "signed in", "77", "90 seconds", "save_chat", "RATE_LIMIT_SAVE_CHAT"]
    assert line in printed


def test_an_account_is_shown_by_its_key(app: Flask) -> None:
    _count(app, "save_chat", Requester(account=READER, tier="lightweight"))
    [[key, *rest]] = _cells(_run(app, "show", READER))
    assert rest == ["save_chat", "1", "5", "60 seconds"]
    assert _run(app, "show", key) == _run(app, "show", READER)


def test_an_account_and_its_mails_are_shown_by_its_email_address(app: Flask) -> None:
    who = factories.person(app)
    factories.sign_up(app.test_client(), who.email)
    app.test_client().post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    printed = _cells(_run(app, "show", "Reader@example.com"))
    assert [(cells[0].partition(":")[0], cells[1], cells[2]) for cells in printed] == [
        ("account", "save_chat", "1"),
        ("recipient", "mail", "1"),
    ]


def test_an_email_address_without_an_account_shows_its_mails(app: Flask) -> None:
    factories.sign_up(app.test_client())
    [[key, counter, counted, *_]] = _cells(_run(app, "show", "reader@example.com"))
    assert (counter, counted) == ("mail", "1")
    assert _run(app, "show", key) == _run(app, "show", "reader@example.com")


@pytest.mark.parametrize("given", ["192.0.2.7", "address:192.0.2.7"])
def test_an_address_is_shown(app: Flask, given: str) -> None:
    _count(app, "chat", Requester(), "192.0.2.7")
    assert [cells[1:4] for cells in _cells(_run(app, "show", given))] == [["chat", "1", "60"], ["chat_day", "1", "500"]]


@pytest.mark.parametrize("given", ["2001:db8::9", "2001:db8::/64", "address:2001:db8::/64"])
def test_an_ipv6_address_is_shown_as_its_network(app: Flask, given: str) -> None:
    _count(app, "feedback", Requester(), "2001:db8::7")
    assert [cells[:4] for cells in _cells(_run(app, "show", given))] == [
        ["address:2001:db8::/64", "feedback", "1", "60"],
        ["network:2001:db8::/48", "feedback", "1", "240"],
    ]


@pytest.mark.parametrize("given", [SESSION, f"session:{SESSION.lower()}"])
def test_an_anonymous_session_is_shown(app: Flask, given: str) -> None:
    _count(app, "chat", Requester(session_id=SESSION.lower()), "192.0.2.7")
    assert _cells(_run(app, "show", given))[0][:4] == [f"session:{SESSION.lower()}", "chat", "1", "10"]


def test_the_whole_site_is_shown(app: Flask) -> None:
    _count(app, "signup", Requester(), "192.0.2.7")
    assert [cells[0] for cells in _cells(_run(app, "show", "site"))] == ["site"]


def test_a_count_whose_limit_depends_on_the_tier_shows_each(app: Flask) -> None:
    _count(app, "chat", Requester(account=READER, tier="full"))
    assert _cells(_run(app, "show", READER))[0][3] == "30 or 100"


def test_a_key_under_which_nothing_is_counted_says_so(app: Flask) -> None:
    assert _run(app, "show", READER) == f"Nothing is counted under {READER} now.\n"


def test_a_window_that_ended_is_not_shown(make_app: MakeApp) -> None:
    app = make_app()
    _count(app, "save_chat", Requester(account=READER, tier="lightweight"))
    with app.app_context():
        db.session.execute(update(RateLimit).values(window_end_ms=0))
        db.session.commit()
    assert _run(app, "show", READER).startswith("Nothing is counted")


def test_a_reset_begins_again_for_the_key_alone(app: Flask) -> None:
    who = Requester(account=READER, tier="lightweight")
    for _ in range(RATE_LIMITS["SAVE_CHAT"][0]):
        _count(app, "save_chat", who)
    _count(app, "save_chat", Requester(account=OTHER, tier="lightweight"))
    assert _run(app, "reset", READER) == "Windows forgotten: 1.\n"
    _count(app, "save_chat", who)
    assert [row["hits"] for row in factories.rows(app, RateLimit.__table__)] == [1, 1]


def test_a_reset_of_an_email_address_lets_its_mails_go_again(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAIL_RECIPIENT=1)
    client = app.test_client()
    assert [factories.sign_up(client).status_code for _ in range(2)] == [200, 429]
    _run(app, "reset", "reader@example.com")
    assert factories.sign_up(client).status_code == 200


@pytest.mark.parametrize("command", ["show", "reset"])
@pytest.mark.parametrize("key", ["5", "account", "999.1.1.1", "nobody:5", "12345678-1234-1234-8234-123456789abc"])
def test_what_is_no_key_is_refused_with_what_is_one(plain_app: Flask, command: str, key: str) -> None:
    result = plain_app.test_cli_runner().invoke(args=["limits", command, key])
    assert result.exit_code == 2
    assert "an e-mail address" in result.output
