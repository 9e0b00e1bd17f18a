"""Sessions: what opens them, what ends them, what a stolen token is worth."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.auth import sessions
from chatkit.auth.models import SessionToken
from chatkit.database import orm
from chatkit.database.orm import db
from tests import factories
from tests.conftest import dispose
from tests.factories import API, Person


def _error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def _rotated(app: Flask, who: Person, ago: timedelta) -> str:
    """Refresh so long ago; return the new token."""
    fresh: str = factories.refresh(app, who.token).get_json()["token"]
    with app.app_context():
        rotated = update(SessionToken).where(SessionToken.rotated_at.is_not(None))
        db.session.execute(rotated.values(rotated_at=datetime.now(UTC) - ago))
        db.session.commit()
    return fresh


def test_a_session_tells_whose_it_is(app: Flask) -> None:
    who = factories.person(app, tier="full")
    assert factories.check_session(app, who.token).get_json() == {
        "valid": True,
        "user": {"email": who.email, "tier": "full"},
    }


def test_a_session_tells_whether_the_address_is_verified(app: Flask) -> None:
    who = factories.person(app)
    response = app.test_client().get(f"{API}/auth/verification-status", headers=who.headers)
    assert response.get_json() == {"verified": True}


def test_a_session_idle_for_less_than_a_day_lives(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(hours=23, minutes=59))
    assert factories.check_session(app, who.token).status_code == 200


def test_a_session_idle_for_a_day_has_expired(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(hours=24, seconds=1))
    assert _error(factories.check_session(app, who.token)) == (401, "session_expired")


def test_a_session_ends_after_its_absolute_time(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, expires_at=timedelta(seconds=1))
    assert _error(factories.check_session(app, who.token)) == (401, "session_expired")


def test_a_session_may_last_thirty_days(app: Flask) -> None:
    factories.person(app)
    row = factories.rows(app, SessionToken.__table__)[0]
    assert row["expires_at"] - row["signed_in_at"] == timedelta(days=30)


def test_use_keeps_a_session_from_idling_out(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(hours=23))
    factories.check_session(app, who.token)
    assert factories.rows(app, SessionToken.__table__)[0]["last_seen_at"] > datetime.now(UTC) - timedelta(minutes=1)


def test_last_seen_is_not_written_within_five_minutes(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(minutes=4, seconds=50))
    before = factories.rows(app, SessionToken.__table__)
    factories.check_session(app, who.token)
    assert factories.rows(app, SessionToken.__table__) == before


def test_refreshing_does_not_move_the_absolute_end(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, expires_at=-timedelta(hours=2))
    factories.refresh(app, who.token)
    ends = {row["expires_at"] for row in factories.rows(app, SessionToken.__table__)}
    assert len(ends) == 1


def test_a_refresh_tells_the_new_token_and_its_end(app: Flask) -> None:
    answer = factories.refresh(app, factories.person(app).token).get_json()
    assert set(answer) == {"token", "expires_at"}
    end = datetime.fromisoformat(answer["expires_at"])
    assert answer["expires_at"].endswith("Z")
    assert abs(end - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)


def test_the_new_token_works(app: Flask) -> None:
    fresh = factories.refresh(app, factories.person(app).token).get_json()["token"]
    assert factories.check_session(app, fresh).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/auth/session-check", None),
        ("POST", "/chat", factories.question()),
        ("POST", "/chat/save", factories.chat()),
        ("POST", "/auth/logout", None),
        ("POST", "/auth/logout-all", None),
        ("GET", "/user/export", None),
        ("DELETE", "/user", None),
    ],
)
def test_the_old_token_stops(app: Flask, method: str, path: str, body: Any) -> None:
    who = factories.person(app)
    factories.refresh(app, who.token)
    response = app.test_client().open(API + path, method=method, json=body, headers=who.headers)
    assert _error(response) == (401, "unauthorized")


def test_using_the_old_token_at_once_does_not_end_the_new_one(app: Flask) -> None:
    who = factories.person(app)
    fresh = factories.refresh(app, who.token).get_json()["token"]
    factories.check_session(app, who.token)
    assert factories.check_session(app, fresh).status_code == 200


def test_the_old_token_may_refresh_again_for_thirty_seconds(app: Flask) -> None:
    who = factories.person(app)
    _rotated(app, who, timedelta(seconds=25))
    second = factories.refresh(app, who.token)
    assert second.status_code == 200
    assert factories.check_session(app, second.get_json()["token"]).status_code == 200


def test_refreshing_twice_does_not_prolong_the_thirty_seconds(app: Flask) -> None:
    who = factories.person(app)
    _rotated(app, who, timedelta(seconds=25))
    before = [row["rotated_at"] for row in factories.rows(app, SessionToken.__table__) if row["rotated_at"]]
    factories.refresh(app, who.token)
    after = [row["rotated_at"] for row in factories.rows(app, SessionToken.__table__) if row["rotated_at"]]
    assert after == before


@pytest.mark.parametrize("reuse", [factories.refresh, factories.check_session])
def test_a_rotated_token_used_later_ends_the_whole_sign_in(app: Flask, reuse: Any) -> None:
    who = factories.person(app)
    fresh = _rotated(app, who, timedelta(seconds=31))
    assert _error(reuse(app, who.token)) == (401, "unauthorized")
    assert _error(factories.check_session(app, fresh)) == (401, "unauthorized")
    assert _error(factories.refresh(app, fresh)) == (401, "unauthorized")


def test_the_use_of_a_rotated_token_is_logged_without_naming_anybody(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    who = factories.person(app)
    _rotated(app, who, timedelta(seconds=31))
    factories.refresh(app, who.token)
    [line] = [line for line in capsys.readouterr().out.splitlines() if "replaced_session_used_again" in line]
    assert json.loads(line)["account_id"] == who.id
    assert who.email not in line


def test_a_reused_token_does_not_end_another_sign_in(app: Flask) -> None:
    who = factories.person(app)
    other = factories.another_session(app, who)
    _rotated(app, who, timedelta(seconds=31))
    factories.refresh(app, who.token)
    assert factories.check_session(app, other.token).status_code == 200


def test_an_expired_token_cannot_refresh(app: Flask) -> None:
    who = factories.person(app)
    factories.age_session(app, who, last_seen_at=timedelta(hours=25))
    assert _error(factories.refresh(app, who.token)) == (401, "session_expired")


def test_refreshing_at_once_from_two_tabs_signs_neither_out(app: Flask) -> None:
    who = factories.person(app)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: factories.refresh(app, who.token), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {factories.check_session(app, answer.get_json()["token"]).status_code for answer in answers} == {200}


def test_a_clock_that_was_set_back_ends_no_session(app: Flask) -> None:
    """Every time that is kept lies in the future then."""
    who, ahead = factories.person(app), timedelta(hours=-3)
    fresh = _rotated(app, who, ahead)
    factories.age_session(app, who, last_seen_at=ahead, signed_in_at=ahead, expires_at=ahead - timedelta(days=30))
    assert factories.refresh(app, who.token).get_json()["token"] == fresh
    assert factories.check_session(app, fresh).status_code == 200
    assert factories.refresh(app, fresh).status_code == 200


@pytest.mark.parametrize("wrong_by", [timedelta(days=-40), timedelta(days=40)])
def test_a_server_whose_own_clock_is_wrong_ends_no_session(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, wrong_by: timedelta
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + wrong_by

    app = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": postgresql_url})
    who = factories.person(app)
    monkeypatch.setattr(orm, "datetime", Wrong)
    later = factories.another_session(app, who)
    fresh = factories.refresh(app, who.token).get_json()["token"]
    again = factories.refresh(app, who.token)
    factories.sign_up(app.test_client())
    link = factories.link_token(factories.links(app)[0])
    verified = app.test_client().post(f"{API}/auth/verify", json={"token": link, "confirmed": True})
    monkeypatch.undo()
    tokens = [later.token, fresh, again.get_json()["token"], verified.get_json()["session_token"]]
    assert [factories.check_session(app, token).status_code for token in tokens] == [200] * 4
    dispose(app)


def test_logging_out_ends_the_session_on_the_server(app: Flask) -> None:
    who = factories.person(app)
    response = app.test_client().post(f"{API}/auth/logout", headers=who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert _error(factories.check_session(app, who.token)) == (401, "unauthorized")


def test_logging_out_ends_the_rotated_tokens_too(app: Flask) -> None:
    who = factories.person(app)
    fresh = factories.refresh(app, who.token).get_json()["token"]
    app.test_client().post(f"{API}/auth/logout", headers=factories.bearer(fresh))
    assert _error(factories.refresh(app, who.token)) == (401, "unauthorized")


def test_logging_out_leaves_other_devices_signed_in(app: Flask) -> None:
    who = factories.person(app)
    other = factories.another_session(app, who)
    app.test_client().post(f"{API}/auth/logout", headers=who.headers)
    assert factories.check_session(app, other.token).status_code == 200


def test_logging_out_everywhere_ends_every_session_of_the_account(app: Flask) -> None:
    who, stranger = factories.person(app), factories.person(app, "other@example.com")
    other = factories.another_session(app, who)
    response = app.test_client().post(f"{API}/auth/logout-all", headers=who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert {factories.check_session(app, token).status_code for token in (who.token, other.token)} == {401}
    assert factories.check_session(app, stranger.token).status_code == 200


def test_sessions_are_listed_with_the_current_one_marked(app: Flask) -> None:
    who = factories.person(app)
    factories.another_session(app, who)
    factories.person(app, "other@example.com")
    listed = app.test_client().get(f"{API}/auth/sessions", headers=who.headers).get_json()["sessions"]
    assert {row["device_name"]: row["current"] for row in listed} == {
        "Firefox on Linux": True,
        "Safari on iPhone": False,
    }
    assert all(row["last_seen_at"].endswith("Z") and row["created_at"].endswith("Z") for row in listed)


def test_a_refreshed_session_is_listed_once(app: Flask) -> None:
    who = factories.person(app)
    fresh = factories.refresh(app, who.token).get_json()["token"]
    listed = app.test_client().get(f"{API}/auth/sessions", headers=factories.bearer(fresh)).get_json()["sessions"]
    assert [row["current"] for row in listed] == [True]


@pytest.mark.parametrize(
    "ended", [{"last_seen_at": timedelta(hours=25)}, {"expires_at": timedelta(1)}, {"revoked_at": timedelta(1)}]
)
def test_an_ended_session_is_not_listed(app: Flask, ended: dict[str, timedelta]) -> None:
    who = factories.person(app)
    factories.age_session(app, who, **ended)
    current = factories.another_session(app, who)
    listed = app.test_client().get(f"{API}/auth/sessions", headers=current.headers).get_json()["sessions"]
    assert [row["current"] for row in listed] == [True]


def test_a_session_of_ones_own_can_be_revoked(app: Flask) -> None:
    who = factories.person(app)
    other = factories.another_session(app, who)
    client = app.test_client()
    listed = client.get(f"{API}/auth/sessions", headers=who.headers).get_json()["sessions"]
    target = next(row["id"] for row in listed if not row["current"])
    response = client.delete(f"{API}/auth/sessions/{target}", headers=who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert factories.check_session(app, other.token).status_code == 401
    assert factories.check_session(app, who.token).status_code == 200


def test_another_persons_session_is_not_found(app: Flask) -> None:
    who, stranger = factories.person(app), factories.person(app, "other@example.com")
    with app.app_context():
        family = db.session.scalar(select(SessionToken.family_id).where(SessionToken.user_id == who.id))
    response = app.test_client().delete(f"{API}/auth/sessions/{family}", headers=stranger.headers)
    assert _error(response) == (404, "not_found")
    assert factories.check_session(app, who.token).status_code == 200


@pytest.mark.parametrize("target", ["none", "%00", "%ed%a0%80", "a" * 3000, "%F0%9F%8D%8B", "a%2Fb"])
def test_a_session_that_is_not_there_is_not_found(app: Flask, target: str) -> None:
    who = factories.person(app)
    response = app.test_client().delete(f"{API}/auth/sessions/{target}", headers=who.headers)
    assert _error(response) == (404, "not_found")


def test_sessions_are_pruned_a_week_after_their_end(app: Flask) -> None:
    old, recent = factories.person(app), factories.person(app, "other@example.com")
    factories.age_session(app, old, expires_at=timedelta(days=7, minutes=1))
    factories.age_session(app, recent, expires_at=timedelta(days=6, hours=23))
    with app.app_context():
        assert sessions.prune(500) == 1
        db.session.commit()
    assert [row["user_id"] for row in factories.rows(app, SessionToken.__table__)] == [recent.id]


def test_a_log_out_beside_refreshes_leaves_no_token_alive(app: Flask) -> None:
    def call(path: str, who: Person) -> TestResponse:
        return app.test_client().post(f"{API}/auth/{path}", headers=who.headers)

    with ThreadPoolExecutor(4) as pool:
        for count in range(15):
            who = factories.person(app, f"reader{count}@example.com")
            paths = ("refresh-token", "refresh-token", "logout-all", "refresh-token")
            refreshed, again, logged_out, last = pool.map(call, paths, [who] * len(paths))
            # A log-out that came after the first refresh had no right to anything.
            tokens = [answer.get_json().get("token") for answer in (refreshed, again, last)]
            headers = [factories.bearer(token) for token in tokens if token and logged_out.status_code == 204]
            checks = [app.test_client().get(f"{API}/auth/session-check", headers=header) for header in headers]
            assert {check.status_code for check in checks} <= {401}
