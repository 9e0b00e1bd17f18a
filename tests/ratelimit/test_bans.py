"""Bans: who is shut out, of what, until when, and what a network is."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import database_now, db
from chatkit.ratelimit import bans
from chatkit.ratelimit.models import Ban
from tests import factories
from tests.factories import API, MakeApp
from tests.sql_log import log_sql


def _limits(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["limits", *words])


def _ask(app: Flask, address: str = "127.0.0.1", headers: dict[str, str] | None = None) -> tuple[int, str]:
    response = app.test_client().post(
        f"{API}/chat", json=factories.question(), headers=headers, environ_base={"REMOTE_ADDR": address}
    )
    return response.status_code, response.get_json().get("detail", {}).get("error", "")


@pytest.mark.parametrize(
    ("banned", "inside", "outside"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.0/24", "192.0.2.200", "192.0.3.1"),
        ("2001:db8::9", "2001:db8::1:2", "2001:db8:0:1::9"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("192.0.2.7", "::ffff:192.0.2.7", "::ffff:192.0.2.8"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.7", "2002:c000:207::9", "2002:c000:208::9"),
        ("64:ff9b::192.0.2.7", "192.0.2.7", "64:ff9b::192.0.2.8"),
        ("64:ff9b::192.0.2.0/120", "64:ff9b::192.0.2.7", "64:ff9b::192.0.3.7"),
        ("::192.0.2.7", "192.0.2.7", "::1"),
        ("[2001:db8::9]:443", "2001:db8::9%eth0", "2001:db8:0:1::9"),
    ],
)
def test_a_network_is_refused_every_call_and_its_neighbours_none(
    make_app: MakeApp, banned: str, inside: str, outside: str
) -> None:
    app = make_app()
    assert _limits(app, "ban", banned).exit_code == 0
    assert _ask(app, inside) == (403, "banned")
    assert _ask(app, outside)[0] == 200
    read = app.test_client().get(f"{API}/chat/saved", environ_base={"REMOTE_ADDR": inside})
    assert read.status_code in {401, 403}
    assert _limits(app, "unban", banned).exit_code == 0
    assert _ask(app, inside)[0] == 200
    assert [row["subject"] for row in factories.rows(app, AuditEntry.__table__)] == ["ban 1", "ban 1"]


def test_an_account_is_refused_what_it_would_do_and_may_leave(make_app: MakeApp) -> None:
    app = make_app()
    who, other = factories.person(app), factories.person(app, "other@example.com")
    client = app.test_client()
    assert _limits(app, "ban", who.email, "--for", "2h").exit_code == 0
    refused = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    detail = refused.get_json()["detail"]
    assert (refused.status_code, detail["error"]) == (403, "banned")
    assert "Your account is shut out here until 20" in detail["message"]
    assert _ask(app, headers=who.headers) == (403, "banned")
    assert _ask(app, headers=other.headers)[0] == 200
    # What deleting the account would forget is the ban.
    assert client.delete(f"{API}/user", headers=who.headers).status_code == 403
    export = client.get(f"{API}/user/export", headers=who.headers).get_json()
    assert len(export["bans"]) == 1
    assert client.post(f"{API}/auth/logout", headers=who.headers).status_code == 204


def test_a_ban_ends_by_itself_and_is_pruned(make_app: MakeApp) -> None:
    app = make_app()
    _limits(app, "ban", "192.0.2.7")
    with app.app_context():
        db.session.execute(update(Ban).values(until=database_now()))
        db.session.commit()
        bans.forget()
    assert _ask(app, "192.0.2.7")[0] == 200
    assert _limits(app, "bans").output == "Nobody is shut out.\n"
    app.test_cli_runner().invoke(args=["prune"])
    assert factories.count(app, Ban) == 0


def test_a_second_ban_replaces_the_first(make_app: MakeApp) -> None:
    app = make_app()
    _limits(app, "ban", "192.0.2.7", "--for", "30m")
    _limits(app, "ban", "192.0.2.7")
    assert "address:192.0.2.7/32" in (listed := _limits(app, "bans").output)
    assert ("for ever" in listed, listed.count("192.0.2.7")) == (True, 1)


def test_a_ban_costs_a_request_no_statement(make_app: MakeApp) -> None:
    app = make_app()
    _limits(app, "ban", "192.0.2.0/24")
    _ask(app)
    with log_sql(app) as statements:
        _ask(app)
        assert _ask(app, "192.0.2.7") == (403, "banned")
    assert [statement for statement in statements if "bans" in statement] == []


@pytest.mark.parametrize(
    "words",
    [["ban", "0.0.0.0/0"], ["ban", "::/0"], ["ban", "nobody"], ["ban", "192.0.2.7", "--for", "soon"], ["unban", "x"]],
)
def test_what_nobody_means_to_ban_is_refused(plain_app: Flask, words: list[str]) -> None:
    result = _limits(plain_app, *words)
    assert (result.exit_code, "Traceback" in result.output) == (2, False)


@pytest.mark.parametrize("words", [["ban", "nobody@example.com"], ["unban", "192.0.2.99"]])
def test_who_is_not_there_is_one_sentence(plain_app: Flask, words: list[str]) -> None:
    result = _limits(plain_app, *words)
    assert (result.exit_code, result.output.count("\n")) == (1, 1)


@pytest.mark.parametrize("number", [7, 10**17])
def test_a_number_that_no_account_has_is_said_to_be_none(make_app: MakeApp, number: int) -> None:
    refused = _limits(make_app(), "ban", f"account:{number}")
    assert (refused.exit_code, f"No account has the number of account:{number}." in refused.output) == (1, True)
