"""The limiter: exact counts, whose they are, and when they end."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.errors import RateLimited
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester, identifier
from chatkit.ratelimit.models import RateLimit
from tests import factories, servers
from tests.conftest import Database, dispose
from tests.factories import API, MakeApp, Person
from tests.servers import Gunicorn
from tests.sql_log import log_sql

SAVE = f"{API}/chat/save"
CHAT = f"{API}/chat"


def _save(app: Flask, who: Person) -> int:
    return app.test_client().post(SAVE, json=factories.chat(), headers=who.headers).status_code


def _ask(app: Flask, session: str | None = None, address: str = "192.0.2.1", **headers: str) -> int:
    body = factories.question(session=session)
    response = app.test_client().post(CHAT, json=body, headers=headers, environ_base={"REMOTE_ADDR": address})
    return response.status_code


def _statuses(app: Flask, who: Person, times: int) -> list[int]:
    return [_save(app, who) for _ in range(times)]


def _end_windows(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(RateLimit).values(window_end_ms=0))
        db.session.commit()


def test_saves_beyond_the_limit_are_refused(app: Flask) -> None:
    assert _statuses(app, factories.person(app), 6) == [200] * 5 + [429]


def test_personalizations_beyond_the_limit_are_refused(app: Flask) -> None:
    who = factories.person(app)
    client = app.test_client()
    got = [client.post(f"{API}/user/personalize", json={}, headers=who.headers).status_code for _ in range(4)]
    assert got == [200] * 3 + [429]


def test_anonymous_questions_beyond_the_limit_are_refused(app: Flask) -> None:
    session = factories.session_id()
    assert [_ask(app, session) for _ in range(11)] == [200] * 10 + [429]


def test_the_stream_counts_as_a_question(app: Flask) -> None:
    session, client = factories.session_id(), app.test_client()
    body = factories.question(session=session)
    got = [client.post(f"{CHAT}{path}", json=body).status_code for path in ["", "/stream"] * 5 + ["/stream"]]
    assert got == [200] * 10 + [429]


@pytest.mark.parametrize(("tier", "limit"), [("lightweight", 30), ("full", 100)])
def test_questions_are_limited_by_tier(app: Flask, tier: str, limit: int) -> None:
    with app.app_context():
        who = Requester(account="reader@example.com", tier=tier)
        for _ in range(limit):
            limiter.hit("chat", who, "192.0.2.1")
        with pytest.raises(RateLimited) as refused:
            limiter.hit("chat", who, "192.0.2.1")
    assert refused.value.limit == limit


def test_premium_questions_are_not_limited(app: Flask) -> None:
    with app.app_context():
        for _ in range(120):
            limiter.hit("chat", Requester(account="reader@example.com", tier="premium"), "192.0.2.1")
    assert factories.count(app, RateLimit) == 0


def test_test_mode_shortens_the_limits(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    who = factories.person(app)
    session = factories.session_id()
    client = app.test_client()
    got = [client.post(f"{API}/user/personalize", json={}, headers=who.headers).status_code for _ in range(3)]
    assert got == [200, 200, 429]
    assert _statuses(app, who, 3) == [200, 200, 429]
    assert [_ask(app, session) for _ in range(4)] == [200, 200, 200, 429]


def test_a_refused_request_says_when_to_come_back(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 5)
    response = app.test_client().post(SAVE, json=factories.chat(), headers=who.headers)
    detail = response.get_json()["detail"]
    wait = detail["retry_after"]
    assert 2 <= wait <= 60
    assert detail["error"] == "rate_limited"
    assert detail["message"] == f"Too many saves. Try again in {wait} seconds."
    assert response.headers["Retry-After"] == str(wait)
    assert response.headers["RateLimit-Policy"] == '"save_chat";q=5;w=60'
    assert response.headers["RateLimit"] == f'"save_chat";r=0;t={wait}'


def test_a_wait_of_less_than_a_second_is_said_as_one(app: Flask) -> None:
    assert RateLimited("save_chat", "saves", 5, 60, 0.001).retry_after == 1


def test_the_wait_is_never_earlier_than_the_truth(app: Flask) -> None:
    assert RateLimited("save_chat", "saves", 5, 60, 7.0001).retry_after == 8


def test_a_request_at_the_stated_time_is_admitted(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_SAVE_CHAT=1)
    who = factories.person(app)
    assert _statuses(app, who, 2) == [200, 429]
    # As if nearly all of the minute had passed.
    with app.app_context():
        db.session.execute(update(RateLimit).values(window_end_ms=RateLimit.window_end_ms - 59_500))
        db.session.commit()
    assert servers.eventually(lambda: _save(app, who) == 200)


def test_a_refused_request_does_not_extend_the_window(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 5)
    before = factories.rows(app, RateLimit.__table__)
    _statuses(app, who, 3)
    assert factories.rows(app, RateLimit.__table__) == before


def test_a_refused_request_saves_nothing(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 7)
    chats = app.test_client().get(f"{API}/chat/saved", headers=who.headers).get_json()["chats"]
    assert len(chats) == 5


def test_the_window_starts_at_the_first_request(app: Flask) -> None:
    who = factories.person(app)
    _save(app, who)
    started = factories.rows(app, RateLimit.__table__)[0]["window_end_ms"]
    _save(app, who)
    assert factories.rows(app, RateLimit.__table__)[0]["window_end_ms"] == started


def test_an_ended_window_starts_again_from_one(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 6)
    _end_windows(app)
    assert _statuses(app, who, 6) == [200] * 5 + [429]


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_a_window(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 5)
    with app.app_context():
        db.session.execute(update(RateLimit).values(window_end_ms=RateLimit.window_end_ms + 86_400_000))
        db.session.commit()
    response = app.test_client().post(SAVE, json=factories.chat(), headers=who.headers)
    assert response.headers["Retry-After"] == "60"


def test_refresh_keeps_the_rate_limit(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 5)
    fresh = app.test_client().post(f"{API}/auth/refresh-token", headers=who.headers).get_json()["token"]
    assert _save(app, Person(who.id, who.email, fresh)) == 429


def test_a_new_login_keeps_the_rate_limit(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 5)
    assert _save(app, factories.another_session(app, who)) == 429


def test_one_account_does_not_use_up_anothers_limit(app: Flask) -> None:
    first, second = factories.person(app), factories.person(app, "other@example.com")
    _statuses(app, first, 5)
    assert _save(app, second) == 200


def test_one_action_does_not_use_up_anothers_limit(app: Flask) -> None:
    who = factories.person(app)
    _statuses(app, who, 6)
    response = app.test_client().post(f"{API}/user/personalize", json={}, headers=who.headers)
    assert response.status_code == 200


def test_new_anonymous_ids_are_stopped_by_the_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=4)
    assert [_ask(app) for _ in range(6)] == [200] * 4 + [429] * 2


def test_the_address_admits_sixty_anonymous_questions(app: Flask) -> None:
    with app.app_context():
        for _ in range(60):
            limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")
        with pytest.raises(RateLimited):
            limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")


def test_the_address_admits_five_hundred_anonymous_questions_a_day(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1000)
    with app.app_context():
        limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")
        db.session.execute(update(RateLimit).where(RateLimit.action == "chat_day").values(hits=500))
        db.session.commit()
        with pytest.raises(RateLimited) as refused:
            limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")
    assert refused.value.window_seconds == 86_400


def test_another_address_is_not_stopped(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1)
    assert [_ask(app), _ask(app)] == [200, 429]
    assert _ask(app, address="192.0.2.2") == 200


def test_a_forged_forwarded_header_is_not_another_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1)
    assert _ask(app) == 200
    assert _ask(app, **{"X-Forwarded-For": "198.51.100.7"}) == 429


def test_a_trusted_proxys_forwarded_header_is_the_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1, TRUSTED_PROXIES=1)
    assert _ask(app, **{"X-Forwarded-For": "198.51.100.7"}) == 200
    assert _ask(app, **{"X-Forwarded-For": "198.51.100.8"}) == 200
    assert _ask(app, **{"X-Forwarded-For": "198.51.100.7"}) == 429


def test_a_hop_beyond_the_trusted_proxies_is_not_the_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1, TRUSTED_PROXIES=1)
    assert _ask(app, **{"X-Forwarded-For": "10.0.0.1, 198.51.100.7"}) == 200
    assert _ask(app, **{"X-Forwarded-For": "10.0.0.2, 198.51.100.7"}) == 429


def test_ipv6_rotation_inside_a_network_is_one_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1)
    assert _ask(app, address="2001:db8:0:1::1") == 200
    assert _ask(app, address="2001:db8:0:1:ffff::2") == 429
    assert _ask(app, address="2001:db8:0:2::1") == 200


def test_a_hundred_networks_of_one_holder_leave_the_others_served(make_app: MakeApp) -> None:
    """A /48 has 65,536 networks of one reader each; it has four times the limit of one."""
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=2)
    assert [_ask(app, address=f"2001:db8:1:{number:x}::1") for number in range(100)] == [200] * 8 + [429] * 92
    assert [_ask(app, address=address) for address in ("2001:db8:2::1", "192.0.2.1")] == [200, 200]


@pytest.mark.parametrize(
    "told", ["192.0.2.1:50001", '"192.0.2.1"', "[::ffff:192.0.2.1]:443", "64:ff9b::192.0.2.1", "[2002:c000:201::5]"]
)
def test_a_reader_is_one_however_the_proxy_writes_the_address(make_app: MakeApp, told: str) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1, TRUSTED_PROXIES=1)
    assert _ask(app, **{"X-Forwarded-For": "192.0.2.1"}) == 200
    assert _ask(app, **{"X-Forwarded-For": told}) == 429
    other = told.replace("192.0.2.1", "192.0.2.8").replace("c000:201", "c000:208")
    assert _ask(app, **{"X-Forwarded-For": other}) == 200


def test_an_address_that_the_proxy_does_not_tell_is_said_once(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(RATE_LIMIT_CHAT_ADDRESS=1, TRUSTED_PROXIES=1)
    assert [_ask(app, **{"X-Forwarded-For": told}) for told in ("unknown", "_hidden")] == [200, 429]
    assert capsys.readouterr().out.count("forwarded_address_unreadable") == 1


def test_a_question_refused_for_its_session_does_not_use_up_the_address(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAX_REQUESTS=1, RATE_LIMIT_CHAT_ADDRESS=2)
    session = factories.session_id()
    assert [_ask(app, session) for _ in range(4)] == [200, 429, 429, 429]
    assert _ask(app) == 200


def test_the_longest_wait_is_told_when_two_limits_refuse(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_MAX_REQUESTS=1, RATE_LIMIT_CHAT_ADDRESS_DAY=1)
    session = factories.session_id()
    _ask(app, session)
    response = app.test_client().post(
        CHAT, json=factories.question(session=session), environ_base={"REMOTE_ADDR": "192.0.2.1"}
    )
    assert int(response.headers["Retry-After"]) > 80_000


def test_an_anonymous_session_written_in_capitals_is_the_same_session(app: Flask) -> None:
    session = factories.session_id()
    assert [_ask(app, session) for _ in range(10)] == [200] * 10
    assert _ask(app, session.upper()) == 429


def test_the_claimed_tier_changes_no_limit(app: Flask) -> None:
    session, client = factories.session_id(), app.test_client()
    body = factories.question(session=session) | {"tier": "premium"}
    assert [client.post(CHAT, json=body).status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_preflight_is_not_counted(app: Flask) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    client = app.test_client()
    assert {client.options(CHAT, headers=headers).status_code for _ in range(15)} == {200}
    assert factories.count(app, RateLimit) == 0


@pytest.mark.parametrize(
    "path", ["/auth/session-check", "/auth/verification-status", "/auth/sessions", "/chat/saved", "/user/export"]
)
def test_reading_is_not_limited(app: Flask, path: str) -> None:
    who, client = factories.person(app), app.test_client()
    assert {client.get(API + path, headers=who.headers).status_code for _ in range(65)} == {200}


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-all"])
def test_logging_out_is_not_limited(make_app: MakeApp, path: str) -> None:
    app = make_app(RATE_LIMIT_EDIT=1)
    for number in range(3):
        who = factories.person(app, f"{number}@example.com")
        assert app.test_client().post(API + path, headers=who.headers).status_code == 204
    assert factories.count(app, RateLimit) == 0


def test_a_request_without_a_session_is_refused_before_it_is_counted(app: Flask) -> None:
    assert app.test_client().post(SAVE, json=factories.chat()).status_code == 401
    assert factories.count(app, RateLimit) == 0


@pytest.mark.parametrize("limit", ["1000000000", str(10**30)])
def test_a_limit_has_no_upper_bound(make_app: MakeApp, limit: str) -> None:
    app = make_app(RATE_LIMIT_SAVE_CHAT=limit)
    assert _save(app, factories.person(app)) == 200


def test_a_window_of_decades_is_counted(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_WINDOW_SECONDS=999_999_999)
    assert _statuses(app, factories.person(app), 6) == [200] * 5 + [429]


def test_a_limited_request_runs_one_statement(make_app: MakeApp) -> None:
    app = make_app()
    with log_sql(app) as statements, app.app_context():
        limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")
    assert len(statements) == 2
    assert statements[0].startswith("INSERT INTO rate_limits")
    assert statements[1] == "COMMIT"


def test_postgresql_counts_against_one_policy_in_one_round_trip(postgresql_url: str) -> None:
    app = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": postgresql_url, "RATE_LIMIT_SAVE_CHAT": "2"})
    with log_sql(app, switches=True) as statements:
        for _ in range(2):
            limiter.hit("save_chat", Requester(account="reader@example.com", tier="full"), None)
    first = next(place for place, words in enumerate(statements) if words.startswith("INSERT"))
    assert [words.split()[0] for words in statements[first:]] == ["INSERT", "INSERT"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/health"),
        ("GET", f"{API}/auth/session-check"),
        ("GET", f"{API}/chat/saved"),
        ("GET", f"{API}/user/export"),
        ("POST", f"{API}/auth/logout"),
        ("OPTIONS", CHAT),
    ],
)
def test_a_request_that_is_not_limited_counts_nothing(make_app: MakeApp, method: str, path: str) -> None:
    app = make_app()
    who = factories.person(app)
    with log_sql(app) as statements:
        app.test_client().open(path, method=method, headers=who.headers)
    assert not [words for words in statements if words.startswith("INSERT INTO rate_limits")]


def test_the_commit_of_a_count_does_not_wait_for_the_disk(make_app: MakeApp) -> None:
    app = make_app()
    with log_sql(app, switches=True) as statements, app.app_context():
        limiter.hit("chat", Requester(session_id=factories.session_id()), "192.0.2.1")
        db.session.execute(text("SELECT 1"))
    count = next(place for place, words in enumerate(statements) if words.startswith("INSERT"))
    if app.config["CHATKIT"].on_sqlite:
        before, after = statements[:count], statements[count:]
        assert [words for words in before if "synchronous" in words][-1] == "PRAGMA synchronous = NORMAL"
        assert after[1:3] == ["COMMIT", "PRAGMA synchronous = FULL"]
    else:
        assert "set_config('synchronous_commit', 'off', true)" in statements[count]


def test_threads_of_one_process_admit_exactly_the_limit(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMIT_SAVE_CHAT=20)
    who = factories.person(app)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: _save(app, who), range(60)))
    assert sorted(got) == [200] * 20 + [429] * 40


# Forks eight processes, each with its own application, which start together and then hit one account and one site.
HAMMER = """
import multiprocessing
import os

from chatkit import create_app
from chatkit.errors import RateLimited
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester

context = multiprocessing.get_context("fork")
barrier, admitted = context.Barrier(8), context.Queue()
READER = Requester(account="reader@example.com", tier="lightweight")

def hammer():
    app, counts = create_app(), {"save_chat": 0, "signup": 0}
    with app.app_context():
        barrier.wait()
        for number in range(40):
            stranger = Requester(recipient=f"{os.getpid()}-{number}@example.com")
            for action, who in (("save_chat", READER), ("signup", stranger)):
                try:
                    limiter.hit(action, who, f"2001:db8:{os.getpid():x}:{number:x}::1")
                    counts[action] += 1
                except RateLimited:
                    pass
    admitted.put(counts)

processes = [context.Process(target=hammer) for _ in range(8)]
for process in processes:
    process.start()
counts = [admitted.get(timeout=200) for _ in processes]
for process in processes:
    process.join()
print({action: sum(count[action] for count in counts) for action in counts[0]})
"""


def test_eight_processes_admit_exactly_the_limit(database: Database, tmp_path: Path) -> None:
    settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": database.url, "RATE_LIMIT_SAVE_CHAT": "100"}
    settings |= {"RATE_LIMIT_WINDOW_SECONDS": "600", "RATE_LIMIT_MAIL_SITE": "70"}
    script = tmp_path / "hammer.py"
    script.write_text(HAMMER)
    done = servers.run("hammer", folder=tmp_path, settings=settings)
    assert done.stdout == "{'save_chat': 100, 'signup': 70}\n", done.stderr


def test_two_servers_on_one_database_share_exact_limits(postgresql_url: str, tmp_path: Path) -> None:
    settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": postgresql_url, "RATE_LIMIT_SAVE_CHAT": "40"}
    settings["RATE_LIMIT_WINDOW_SECONDS"] = "600"
    app = create_app(settings)
    who = factories.person(app)
    dispose(app)
    settings |= servers.ONE_WORKER
    both = [Gunicorn(tmp_path / name, settings) for name in ("one", "other")]
    try:
        for server in both:
            server.folder.mkdir()
            server.launch()
        for server in both:
            servers.eventually(server.answers, servers.START_SECONDS)

        def save(number: int) -> int:
            return both[number % 2].request(SAVE, "POST", factories.chat(), who.headers).status

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(save, range(100)))
    finally:
        for server in both:
            server.end()
    assert sorted(statuses) == [200] * 40 + [429] * 60
    assert {200, 429} == set(statuses[::2]) == set(statuses[1::2])


def test_the_limiter_fails_closed_when_the_database_is_away(make_app: MakeApp) -> None:
    app = make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    response = app.test_client().post(CHAT, json=factories.question())
    assert response.status_code == 503
    assert json.loads(response.data)["detail"]["error"] == "service_unavailable"


def test_ended_windows_are_pruned_and_open_ones_kept(app: Flask) -> None:
    first, second = factories.person(app), factories.person(app, "other@example.com")
    _save(app, first)
    _end_windows(app)
    _save(app, second)
    with app.app_context():
        gone = limiter.prune(500)
        db.session.commit()
        own = identifier("account", Requester(account=second.email), None)
    assert gone == 1
    assert [row["key"] for row in factories.rows(app, RateLimit.__table__)] == [own]


def test_a_window_that_begins_anew_meanwhile_is_not_pruned(postgresql_url: str) -> None:
    """The count that begins it is not committed yet when pruning comes to the window."""
    app = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": postgresql_url})
    who = factories.person(app)
    _save(app, who)
    _end_windows(app)
    with app.app_context(), db.engine.connect() as counting:
        counting.execute(update(RateLimit).values(hits=1, window_end_ms=RateLimit.window_end_ms + 10**13))
        db.session.execute(text("SET lock_timeout = '5s'"))
        assert limiter.prune(500) == 0
        counting.commit()
        db.session.rollback()
    assert factories.count(app, RateLimit) == 1
    dispose(app)


def test_no_view_can_name_an_action_without_a_policy() -> None:
    with pytest.raises(ValueError, match="no policy limits 'typo'"):
        limiter.limited("typo")


def test_a_refusal_is_counted_for_the_operator(app: Flask, client: FlaskClient) -> None:
    who = factories.person(app)
    before = _refusals(client)
    _statuses(app, who, 7)
    assert _refusals(client) == before + 2


def _refusals(client: FlaskClient) -> float:
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    name = 'chatkit_rate_limited_total{action="save_chat"} '
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)
