"""One's own data: out as one document, or gone from every table."""

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Table

from chatkit import ratelimit
from chatkit.analytics.models import AnalyticsEvent
from chatkit.extensions import db
from chatkit.ratelimit import Requester
from tests import factories
from tests.factories import API, Person

# Tables that hold nothing about a person.
IMPERSONAL = {"pages", "passages", "leases", "model_days"}


def _live_fully(app: Flask, folder: Path, email: str) -> Person:
    """Leave a row in every table that can hold one about a person."""
    client = app.test_client()
    factories.index(app, folder / "guide")
    factories.sign_up(client, email, return_to="http://localhost:3000/")
    token = factories.link_token(factories.links(app)[-1])
    answer = client.post(f"{API}/auth/verify", json={"token": token}).get_json()
    headers = factories.bearer(answer["session_token"])
    asked = client.post(f"{API}/chat", json=factories.question("How often does the foghorn sound?"), headers=headers)
    rating = {"message_id": asked.get_json()["message_id"], "rating": "down", "note": "too seldom"}
    client.post(f"{API}/chat/feedback", json=rating, headers=headers)
    client.post(f"{API}/chat/save", json=factories.chat("What about lamps?"), headers=headers)
    client.post(f"{API}/user/personalize", json={"preferences": {"topics": ["oil lamps"]}}, headers=headers)
    client.post(f"{API}/analytics/event", json={"event_type": "opened_help"}, headers=headers)
    fresh = client.post(f"{API}/auth/refresh-token", headers=headers).get_json()["token"]
    # A second request to sign in is still waiting.
    factories.sign_up(client, email)
    with app.app_context():
        users = db.metadata.tables["users"]
    [row] = [row for row in factories.rows(app, users) if row["email"] == email]
    return Person(row["id"], email, fresh)


def _about(app: Flask, who: Person) -> dict[str, int]:
    """Return how many rows each table holds about a person."""
    with app.app_context():
        tables = db.metadata.sorted_tables
    return {table.name: len(_rows_about(app, table, who)) for table in tables if table.name not in IMPERSONAL}


def _rows_about(app: Flask, table: Table, who: Person) -> list[dict[str, Any]]:
    with app.app_context():
        keys = ratelimit.keys(Requester(account_id=who.id, recipient=who.email))
    marks: dict[str, set[Any]] = {"user_id": {who.id}, "email": {who.email}, "recipient": {who.email}, "key": set(keys)}
    found = factories.rows(app, table)
    return [row for row in found if any(row.get(column) in mark for column, mark in marks.items())]


def test_export_holds_every_row_about_the_person(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    _live_fully(app, tmp_path, "other@example.com")
    held = _about(app, who)
    export = app.test_client().get(f"{API}/user/export", headers=who.headers).get_json()
    assert export["user"]["email"] == who.email
    assert {
        "users": 1,
        "sessions": len(export["sessions"]),
        "verification_tokens": len(export["sign_in_requests"]),
        "saved_chats": len(export["saved_chats"]),
        "messages": len(export["messages"]),
        "preferences": 1 if export["preferences"] else 0,
        "analytics_events": len(export["analytics_events"]),
        "outbox": len(export["mails"]),
        "rate_limits": len(export["rate_limits"]),
        "gaps": len(export["gaps"]),
        "anonymous_sessions": 0,
        # A rating is its answer's, and names nobody itself.
        "feedback": 0,
    } == held
    assert all(count > 0 for table, count in held.items() if table not in {"anonymous_sessions", "feedback"})
    assert len(export["feedback"]) == 1


def test_export_holds_what_the_person_wrote(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    for written in ("How often does the foghorn sound?", "What about lamps?", "oil lamps", "opened_help", "too seldom"):
        assert written in text


def test_export_holds_nothing_of_anybody_else(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    _live_fully(app, tmp_path, "other@example.com")
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    assert "other@example.com" not in text


def test_export_holds_no_token_and_no_hash(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    text = app.test_client().get(f"{API}/user/export", headers=who.headers).get_data(as_text=True)
    with app.app_context():
        tables = db.metadata.tables
    hashes = [
        row["token_hash"] for name in ("sessions", "verification_tokens") for row in factories.rows(app, tables[name])
    ]
    assert who.token not in text
    assert not [digest for digest in hashes if digest and digest in text]


def test_export_writes_times_in_utc_with_a_z(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    export = app.test_client().get(f"{API}/user/export", headers=who.headers).get_json()
    times = [row[name] for rows in export.values() if isinstance(rows, list) for row in rows for name in row]
    stamps = [value for value in times if isinstance(value, str) and value[:2] == "20" and "T" in value]
    assert stamps
    assert all(stamp.endswith("Z") for stamp in [*stamps, export["user"]["created_at"]])


def test_deleting_the_account_leaves_no_row_in_any_table(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    response = app.test_client().delete(f"{API}/user", headers=who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert set(_about(app, who).values()) == {0}


def test_deleting_the_account_leaves_its_address_and_words_nowhere(app: Flask, tmp_path: Path) -> None:
    who = _live_fully(app, tmp_path, "reader@example.com")
    app.test_client().delete(f"{API}/user", headers=who.headers)
    with app.app_context():
        tables = [table for table in db.metadata.sorted_tables if table.name not in IMPERSONAL]
    everything = repr([factories.rows(app, table) for table in tables])
    written = ("How often does the foghorn", "What about lamps", "oil lamps", "opened_help", "too seldom")
    for trace in (who.email, *written):
        assert trace not in everything


def test_deleting_the_account_leaves_everybody_else_alone(app: Flask, tmp_path: Path) -> None:
    who, other = (_live_fully(app, tmp_path, f"{name}@example.com") for name in ("reader", "other"))
    before = _about(app, other)
    app.test_client().delete(f"{API}/user", headers=who.headers)
    assert _about(app, other) == before


def test_a_deleted_accounts_session_is_dead(app: Flask) -> None:
    who = factories.person(app)
    client = app.test_client()
    client.delete(f"{API}/user", headers=who.headers)
    response = client.get(f"{API}/auth/session-check", headers=who.headers)
    assert response.get_json()["detail"]["error"] == "unauthorized"


def test_a_deleted_accounts_waiting_link_is_dead(app: Flask) -> None:
    who, client = factories.person(app), app.test_client()
    factories.sign_up(client, who.email)
    [link] = factories.links(app)
    client.delete(f"{API}/user", headers=who.headers)
    response = client.post(f"{API}/auth/verify", json={"token": factories.link_token(link)})
    assert response.get_json()["detail"]["error"] == "invalid_token"


def test_the_deletion_is_counted_without_whose_it_was(app: Flask) -> None:
    who = factories.person(app)
    app.test_client().delete(f"{API}/user", headers=who.headers)
    [event] = factories.rows(app, AnalyticsEvent.__table__)
    assert (event["event_type"], event["user_id"], event["event_data"]) == ("account_deleted", None, {})


def test_a_later_account_does_not_inherit_the_id(app: Flask) -> None:
    who = factories.person(app)
    app.test_client().delete(f"{API}/user", headers=who.headers)
    assert factories.person(app, "later@example.com").id != who.id
