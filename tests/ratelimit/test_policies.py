"""The policy table: what is limited to how much, and that nobody is bombed with mail."""

import re
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db
from chatkit.mail import service as mail
from chatkit.paths import DOCS
from chatkit.ratelimit.models import RateLimit
from chatkit.ratelimit.policies import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, POLICIES, Policy
from tests import factories, servers
from tests.conftest import RAISED
from tests.factories import API, MakeApp
from tests.servers import Postbox

SIGNUP, RESEND, VERIFY = (f"{API}/auth/{name}" for name in ("signup", "resend-verification", "verify"))
# How the documentation says a window.
WINDOWS = {
    None: "per minute",
    5 * MINUTE_SECONDS: "in 5 minutes",
    30 * MINUTE_SECONDS: "in 30 minutes",
    HOUR_SECONDS: "in an hour",
    6 * HOUR_SECONDS: "in 6 hours",
    DAY_SECONDS: "per day",
}
NAMED = {"message_id": "12345678-1234-4234-8234-123456789abc"}
RATING = NAMED | {"rating": "up"}
# As a server has them that nobody set a limit on.
DEFAULT = dict.fromkeys(RAISED)


def _ask(app: Flask, email: str, address: str = "192.0.2.1", path: str = SIGNUP) -> TestResponse:
    body = {"email": email, "consent_data_storage": True}
    return app.test_client().post(path, json=body, environ_base={"REMOTE_ADDR": address})


def _addresses(count: int) -> Iterable[str]:
    return (f"198.51.{number // 250}.{number % 250}" for number in range(count))


def _everything(app: Flask) -> dict[str, Any]:
    with app.app_context():
        tables = db.metadata.sorted_tables
    return {table.name: factories.rows(app, table) for table in tables}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: f"{policy.action}-{policy.scope}")
def test_the_documentation_tells_each_limit_and_its_window(policy: Policy) -> None:
    limit, window = RATE_LIMITS[policy.setting][0], WINDOWS[policy.window_seconds]
    lines = (DOCS / "limits.md").read_text().splitlines()
    told = [line for line in lines if f"`RATE_LIMIT_{policy.setting}`" in line]
    assert any(re.search(rf"\b{limit:,} .*{window}", line) for line in told), told


def test_every_policy_names_a_setting_and_every_setting_a_policy() -> None:
    assert {policy.setting for policy in POLICIES} == set(RATE_LIMITS)


def test_policies_that_share_a_count_share_its_window() -> None:
    for one, other in combinations(POLICIES, 2):
        if (one.scope, one.counter) == (other.scope, other.counter):
            assert one.window_seconds == other.window_seconds


def test_no_request_is_counted_twice_in_one_window() -> None:
    for one, other in combinations(POLICIES, 2):
        if (one.action, one.scope, one.counter) == (other.action, other.scope, other.counter):
            assert not set(one.tiers) & set(other.tiers)


def test_two_hundred_requests_for_one_address_send_three_mails(make_app: MakeApp, postbox: Postbox) -> None:
    app = make_app(**DEFAULT, **_smtp(postbox))
    spellings = ["reader@example.com", "Reader@Example.COM", "reader+more@example.com"]
    statuses = [
        _ask(app, spellings[number % 3], address, (SIGNUP, RESEND)[number % 2]).status_code
        for number, address in enumerate(_addresses(200))
    ]
    with app.app_context():
        mail.deliver_due()
    assert statuses == [200] * 3 + [429] * 197
    assert len(postbox.mails) <= 3


def test_two_hundred_requests_from_one_network_send_five_mails(make_app: MakeApp, postbox: Postbox) -> None:
    app = make_app(**DEFAULT, **_smtp(postbox))
    statuses = [_ask(app, f"reader{number}@example.com", f"2001:db8::{number:x}").status_code for number in range(200)]
    with app.app_context():
        mail.deliver_due()
    assert statuses == [200] * 5 + [429] * 195
    assert len(postbox.mails) == 5


def test_the_whole_server_sends_no_more_mails_an_hour_than_it_may(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAIL_SITE=4)
    answers = [_ask(app, f"{number}@example.com", address) for number, address in enumerate(_addresses(6))]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert answers[-1].headers["RateLimit-Policy"] == '"mail";q=4;w=3600'


@pytest.mark.parametrize("path", [SIGNUP, RESEND])
def test_the_limit_of_a_recipient_does_not_tell_whether_there_is_an_account(make_app: MakeApp, path: str) -> None:
    app = make_app(RATE_LIMIT_MAIL_RECIPIENT=1)
    factories.person(app, "known@example.com")
    _ask(app, "known@example.com")
    _ask(app, "stranger@example.com")
    known, stranger = (_ask(app, email, path=path) for email in ("known@example.com", "stranger@example.com"))
    assert [known.status_code, stranger.status_code] == [429, 429]
    assert known.get_json()["detail"]["message"] == stranger.get_json()["detail"]["message"]
    assert [name for name, _ in known.headers] == [name for name, _ in stranger.headers]


def test_a_resend_to_an_address_that_never_asked_counts_like_any_other(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAIL_RECIPIENT=2)
    got = [_ask(app, "stranger@example.com", path=RESEND).status_code for _ in range(3)]
    assert got == [200, 200, 429]


@pytest.mark.parametrize("setting", ["SIGNUP", "MAIL_RECIPIENT", "MAIL_SITE"])
def test_a_refused_request_for_a_mail_does_nothing_else(make_app: MakeApp, setting: str) -> None:
    app = make_app(**{f"RATE_LIMIT_{setting}": 1})
    _ask(app, "reader@example.com")
    before = _everything(app)
    assert [_ask(app, "reader@example.com", path=path).status_code for path in (SIGNUP, SIGNUP)] == [429, 429]
    assert _everything(app) == before


def test_the_wait_for_a_mail_is_said_in_hours(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAIL_RECIPIENT=1)
    _ask(app, "reader@example.com")
    detail = _ask(app, "reader@example.com").get_json()["detail"]
    assert detail["message"] == "Too many mails to this address. Try again in 6 hours."
    assert 21_000 < detail["retry_after"] <= 21_600


def test_a_recipient_is_kept_as_a_hash_that_needs_the_secret_key(make_app: MakeApp) -> None:
    keys = []
    for secret in (factories.SECRET_KEY, factories.SECRET_KEY[::-1]):
        app = make_app(SECRET_KEY=secret)
        _ask(app, "reader@example.com")
        keys = [row["key"] for row in factories.rows(app, RateLimit.__table__) if row["key"].startswith("recipient:")]
        assert "reader" not in repr(keys)
    assert len(keys) == 2


def test_an_address_that_does_not_fit_is_counted_for_its_sender_alone(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_SIGNUP=2)
    bodies: list[Any] = [{"email": 7}, {"email": ["a@example.com"]}, {}]
    got = [app.test_client().post(SIGNUP, json=body).status_code for body in bodies]
    assert got == [422, 422, 429]


def test_links_and_codes_are_tried_ten_times_from_one_network(make_app: MakeApp) -> None:
    client = make_app(**DEFAULT).test_client()
    code = {"code": "000000", "browser_id": factories.session_id()}
    tries: list[tuple[str, Any]] = [(VERIFY, {"token": "wrong"}), (f"{VERIFY}-code", code)] * 6
    statuses = [client.post(path, json=body).status_code for path, body in tries]
    assert statuses == [401] * 10 + [429] * 2


def test_all_networks_together_have_a_number_of_wrong_codes(make_app: MakeApp) -> None:
    client = make_app(RATE_LIMIT_VERIFY_SITE=2).test_client()
    body = {"code": "000000", "browser_id": factories.session_id()}
    sent = [{"environ_base": {"REMOTE_ADDR": address}, "json": body} for address in _addresses(3)]
    assert [client.post(f"{VERIFY}-code", **one).status_code for one in sent] == [401, 401, 429]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{VERIFY}-code", {"code": "12"}, 422),
        (VERIFY, {"token": "wrong"}, 401),
        (SIGNUP, {"email": "no address", "consent_data_storage": True}, 422),
        (SIGNUP, {"email": "a@example.com", "consent_data_storage": False}, 422),
        (
            SIGNUP,
            {"email": "a@example.com", "consent_data_storage": True, "return_to": "https://evil.example/"},
            403,
        ),
        (RESEND, {"email": 7}, 422),
    ],
)
def test_no_stranger_uses_up_what_everybody_shares(make_app: MakeApp, path: str, body: Any, status: int) -> None:
    """Whatever sends no mail and is no wrong code is counted for who does it alone."""
    app = make_app(RATE_LIMIT_MAIL_SITE=1, RATE_LIMIT_VERIFY_SITE=1)
    places = [{"REMOTE_ADDR": address} for address in _addresses(3)]
    assert {app.test_client().post(path, json=body, environ_base=place).status_code for place in places} == {status}
    assert _ask(app, "reader@example.com", "192.0.2.9").status_code == 200


def test_signing_in_by_the_code_is_no_wrong_code(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_VERIFY_SITE=1)
    for email in ("one@example.com", "two@example.com"):
        client, browser_id = app.test_client(), factories.session_id()
        factories.sign_up(client, email, browser_id=browser_id)
        with app.app_context():
            mails = {message.recipient: made.text for message, made in mail.render_waiting()}
        body = {"code": re.findall(r"^\s*([0-9]{6})\s*$", mails[email], re.MULTILINE)[0], "browser_id": browser_id}
        assert client.post(f"{VERIFY}-code", json=body).status_code == 200


def test_an_ipv6_network_of_one_holder_has_four_times_what_one_reader_has(make_app: MakeApp) -> None:
    app = make_app(**DEFAULT)
    networks = [f"2001:db8:1:{number:x}::1" for number in range(100)]
    statuses = [_ask(app, f"{number}@example.com", address).status_code for number, address in enumerate(networks)]
    assert statuses == [200] * 20 + [429] * 80
    assert _ask(app, "reader@example.com", "2001:db8:2::1").status_code == 200


@pytest.mark.parametrize(
    "policy", [policy for policy in POLICIES if policy.scope == "site"], ids=lambda policy: policy.action
)
def test_what_the_site_shares_is_counted_by_success_or_failure_alone(policy: Policy) -> None:
    assert policy.counted != "requests"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{API}/analytics/event", {"event_type": "opened"}, 200),
        (f"{API}/chat/feedback", RATING, 404),
        (f"{API}/chat/resume", NAMED, 404),
        (f"{API}/chat/stop", NAMED, 404),
    ],
)
def test_an_anonymous_session_is_limited_wherever_it_comes_from(
    make_app: MakeApp, path: str, body: dict[str, Any], status: int
) -> None:
    app = make_app(**{f"RATE_LIMIT_{name}": 2 for name in ("ANALYTICS", "FEEDBACK", "RESUME", "STOP")})
    client, named = app.test_client(), body | {"session_id": factories.session_id()}
    places = [{"REMOTE_ADDR": address} for address in _addresses(3)]
    assert [client.post(path, json=named, environ_base=place).status_code for place in places] == [status] * 2 + [429]


@pytest.mark.parametrize(
    ("setting", "path", "body", "status"),
    [
        ("SIGNUP", SIGNUP, {"email": "a@example.com", "consent_data_storage": True}, 200),
        ("RESEND", RESEND, {"email": "a@example.com"}, 200),
        ("VERIFY", VERIFY, {"token": "wrong"}, 401),
        ("ANALYTICS", f"{API}/analytics/event", {"event_type": "opened"}, 200),
        ("FEEDBACK", f"{API}/chat/feedback", RATING, 404),
        ("RESUME", f"{API}/chat/resume", NAMED, 404),
        ("STOP", f"{API}/chat/stop", NAMED, 404),
        ("CHAT_ADDRESS_DAY", f"{API}/chat", factories.question(), 200),
    ],
)
def test_each_policy_without_an_account_has_a_setting(
    make_app: MakeApp, setting: str, path: str, body: object, status: int
) -> None:
    client = make_app(**{f"RATE_LIMIT_{setting}": 1}).test_client()
    assert [client.post(path, json=body).status_code for _ in range(2)] == [status, 429]


@pytest.mark.parametrize(
    ("setting", "method", "path", "body", "status"),
    [
        ("ANALYTICS", "POST", "/analytics/event", {"event_type": "opened"}, 200),
        ("FEEDBACK", "POST", "/chat/feedback", RATING, 404),
        ("RESUME", "POST", "/chat/resume", NAMED, 404),
        ("STOP", "POST", "/chat/stop", NAMED, 404),
        ("EDIT", "PATCH", "/chat/saved/1", {"title": "Other"}, 404),
        ("EDIT", "DELETE", "/chat/saved/1", None, 404),
        ("EDIT", "POST", "/auth/migrate-session", {"anon_id": "12345678-1234-4234-8234-123456789abc"}, 404),
        ("EDIT", "DELETE", "/auth/sessions/none", None, 404),
        ("CHAT_LIGHTWEIGHT", "POST", "/chat", factories.question(), 200),
        ("SAVE_CHAT", "POST", "/chat/save", factories.chat(), 200),
        ("PERSONALIZE", "POST", "/user/personalize", {}, 200),
    ],
)
def test_each_policy_by_account_has_a_setting(
    make_app: MakeApp, setting: str, method: str, path: str, body: object, status: int
) -> None:
    app = make_app(**{f"RATE_LIMIT_{setting}": 1})
    who, client = factories.person(app), app.test_client()
    got = [client.open(API + path, method=method, json=body, headers=who.headers).status_code for _ in range(2)]
    assert got == [status, 429]


@pytest.mark.parametrize("setting", ["REFRESH", "REFRESH_ADDRESS"])
def test_refreshing_has_settings(make_app: MakeApp, setting: str) -> None:
    app = make_app(**{f"RATE_LIMIT_{setting}": 1})
    who, client = factories.person(app), app.test_client()
    path = f"{API}/auth/refresh-token"
    token = client.post(path, headers=who.headers).get_json()["token"]
    assert client.post(path, headers=factories.bearer(token)).status_code == 429


def _smtp(postbox: Postbox) -> dict[str, object]:
    settings = {"SMTP_HOST": servers.LOOPBACK, "SMTP_PORT": postbox.port}
    return settings | {"FROM_EMAIL": "docs@example.com", "BASE_URL": "https://chat.example.com"}
