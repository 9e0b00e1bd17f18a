"""Saved chats: kept, listed, renamed, deleted, by their owner alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from chatkit.auth.models import User
from chatkit.chat.models import SavedChat
from chatkit.database.orm import db
from tests import factories
from tests.factories import API, MakeApp, Person
from tests.sql_log import log_sql

SAVE = f"{API}/chat/save"
SAVED = f"{API}/chat/saved"


@pytest.fixture
def who(app: Flask) -> Person:
    """Return a person who is signed in."""
    return factories.person(app)


def _save(client: FlaskClient, who: Person, **extra: Any) -> str:
    chat_id: str = client.post(SAVE, json=factories.chat() | extra, headers=who.headers).get_json()["chat_id"]
    return chat_id


def _code(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def _fill(app: Flask, who: Person, number: int) -> None:
    with app.app_context():
        for count in range(number):
            values = {"user_id": who.id, "title": f"Chat {count}", "messages": [], "saved_at": datetime.now(UTC)}
            db.session.execute(insert(SavedChat), values)
        db.session.commit()


def test_saving_answers_with_a_text_id_and_a_utc_time(client: FlaskClient, who: Person) -> None:
    answer = client.post(SAVE, json=factories.chat(), headers=who.headers).get_json()
    assert set(answer) == {"chat_id", "saved_at"}
    assert isinstance(answer["chat_id"], str)
    assert answer["chat_id"].isdigit()
    assert answer["saved_at"].endswith("Z")
    assert abs(datetime.fromisoformat(answer["saved_at"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_saved_chat_is_read_as_it_was_sent(client: FlaskClient, who: Person) -> None:
    source = {"id": "a", "title": "Ä › B", "url": "/guide/a#b", "excerpt": "…", "score": 0.5}
    messages = [
        {"role": "user", "content": "Grüße 🍕\n\n<b>\\u0041"},
        {"role": "assistant", "content": "So.", "sources": [source]},
    ]
    chat_id = _save(client, who, messages=messages, title="Mine")
    read = client.get(f"{SAVED}/{chat_id}", headers=who.headers).get_json()
    assert set(read) == {"chat_id", "title", "saved_at", "message_count", "conversation_id", "messages"}
    assert (read["chat_id"], read["title"], read["message_count"]) == (chat_id, "Mine", 2)
    assert read["messages"] == messages


def test_without_a_title_the_first_question_is_the_title(client: FlaskClient, who: Person) -> None:
    messages = [{"role": "assistant", "content": "Hello"}, {"role": "user", "content": "  What   is\nit? "}]
    chat_id = _save(client, who, messages=messages)
    assert client.get(f"{SAVED}/{chat_id}", headers=who.headers).get_json()["title"] == "What is it?"


def test_a_long_first_question_is_shortened_to_a_title(client: FlaskClient, who: Person) -> None:
    chat_id = _save(client, who, messages=[{"role": "user", "content": "word " * 100}])
    title = client.get(f"{SAVED}/{chat_id}", headers=who.headers).get_json()["title"]
    assert len(title) <= 80
    assert title.endswith("…")


def test_saving_needs_an_account(client: FlaskClient) -> None:
    assert _code(client.post(SAVE, json=factories.chat())) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": [{"role": "user", "content": "a"}] * 201}, "messages"),
        ({"messages": ["text"]}, "messages.0"),
        ({"messages": [{"role": "system", "content": "a"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "a" * 20_001}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "a"}], "title": ""}, "title"),
        ({"messages": [{"role": "user", "content": "a"}], "title": "a" * 201}, "title"),
    ],
)
def test_a_chat_that_does_not_fit_is_refused(client: FlaskClient, who: Person, body: Any, field: str) -> None:
    response = client.post(SAVE, json=body, headers=who.headers)
    assert _code(response) == (422, "invalid_request")
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " JavaScript:alert(1)", "vbscript:x", ""])
def test_a_source_whose_link_would_run_is_refused(client: FlaskClient, who: Person, url: str) -> None:
    source = {"id": "a", "title": "A", "url": url, "excerpt": "", "score": 1}
    body = {"messages": [{"role": "assistant", "content": "a", "sources": [source]}]}
    response = client.post(SAVE, json=body, headers=who.headers)
    assert _code(response) == (422, "invalid_request")


def test_chats_are_listed_newest_first(client: FlaskClient, who: Person) -> None:
    first, second = _save(client, who), _save(client, who, title="Second")
    page = client.get(SAVED, headers=who.headers).get_json()
    assert [chat["chat_id"] for chat in page["chats"]] == [second, first]
    assert page["next_cursor"] is None
    assert set(page["chats"][0]) == {"chat_id", "title", "saved_at", "message_count"}


def test_nothing_saved_is_an_empty_page(client: FlaskClient, who: Person) -> None:
    assert client.get(SAVED, headers=who.headers).get_json() == {"chats": [], "next_cursor": None}


@pytest.mark.parametrize("total", [20, 21, 45])
def test_the_pages_hold_every_chat_once(app: Flask, client: FlaskClient, who: Person, total: int) -> None:
    _fill(app, who, total)
    titles, cursor, pages = [], "", 0
    while cursor is not None:
        query = {"cursor": cursor} if cursor else {}
        page = client.get(SAVED, query_string=query, headers=who.headers).get_json()
        titles += [chat["title"] for chat in page["chats"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert titles == [f"Chat {count}" for count in reversed(range(total))]
    assert pages == -(-total // 20)


def test_a_chat_saved_meanwhile_does_not_shift_the_next_page(app: Flask, client: FlaskClient, who: Person) -> None:
    _fill(app, who, 21)
    cursor = client.get(SAVED, headers=who.headers).get_json()["next_cursor"]
    _save(client, who)
    page = client.get(SAVED, query_string={"cursor": cursor}, headers=who.headers).get_json()
    assert [chat["title"] for chat in page["chats"]] == ["Chat 0"]


@pytest.mark.parametrize("cursor", ["x", "0", "-1", "1.5", "9" * 30, "1\x00", "١", ""])
def test_a_cursor_that_is_none_is_refused(client: FlaskClient, who: Person, cursor: str) -> None:
    response = client.get(SAVED, query_string={"cursor": cursor}, headers=who.headers)
    assert _code(response) == (422, "invalid_request")
    assert "cursor" in response.get_json()["detail"]["fields"]


def test_a_chat_can_be_renamed(client: FlaskClient, who: Person) -> None:
    chat_id = _save(client, who)
    response = client.patch(f"{SAVED}/{chat_id}", json={"title": "Better"}, headers=who.headers)
    assert response.status_code == 200
    assert response.get_json()["title"] == "Better"
    assert client.get(SAVED, headers=who.headers).get_json()["chats"][0]["title"] == "Better"


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "  "}, {"title": None}, {"title": "a" * 201}])
def test_a_title_that_does_not_fit_is_refused(client: FlaskClient, who: Person, body: Any) -> None:
    chat_id = _save(client, who)
    response = client.patch(f"{SAVED}/{chat_id}", json=body, headers=who.headers)
    assert _code(response) == (422, "invalid_request")


def test_a_chat_can_be_deleted(client: FlaskClient, who: Person) -> None:
    chat_id = _save(client, who)
    response = client.delete(f"{SAVED}/{chat_id}", headers=who.headers)
    assert (response.status_code, response.data) == (204, b"")
    assert _code(client.get(f"{SAVED}/{chat_id}", headers=who.headers)) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_another_persons_chat_is_not_found(app: Flask, client: FlaskClient, who: Person, method: str) -> None:
    stranger = factories.person(app, "other@example.com")
    chat_id = _save(client, who)
    body = {"title": "Stolen"} if method == "PATCH" else None
    response = client.open(f"{SAVED}/{chat_id}", method=method, json=body, headers=stranger.headers)
    nothing = client.open(f"{SAVED}/999999", method=method, json=body, headers=stranger.headers)
    assert _code(response) == (404, "not_found")
    assert response.get_json()["detail"]["message"] == nothing.get_json()["detail"]["message"]
    assert client.get(f"{SAVED}/{chat_id}", headers=who.headers).get_json()["title"] != "Stolen"


def test_another_persons_chats_are_not_listed(app: Flask, client: FlaskClient, who: Person) -> None:
    _save(client, who)
    stranger = factories.person(app, "other@example.com")
    assert client.get(SAVED, headers=stranger.headers).get_json()["chats"] == []


@pytest.mark.parametrize("chat_id", ["0", "2147483647", "2147483648", "9" * 40, "-1", "x", "%00", "1.0"])
def test_an_id_that_is_none_is_not_found(client: FlaskClient, who: Person, chat_id: str) -> None:
    assert _code(client.get(f"{SAVED}/{chat_id}", headers=who.headers)) == (404, "not_found")


def test_saving_is_counted_in_the_analytics(app: Flask, client: FlaskClient, who: Person) -> None:
    _save(client, who)
    with app.app_context():
        table = db.metadata.tables["analytics_events"]
    [row] = factories.rows(app, table)
    assert (row["event_type"], row["user_id"], row["event_data"]) == ("save_chat", who.id, {"messages": 2})


def test_a_save_takes_at_most_five_statements_and_two_commits(make_app: MakeApp, who: Person) -> None:
    """Who asks, the limits, what the account holds, the chat, and its event."""
    app = make_app()
    # What is read once in a while is read now.
    _save(app.test_client(), who)
    with log_sql(app) as statements:
        _save(app.test_client(), who)
    commits = statements.count("COMMIT")
    assert commits <= 2
    assert len(statements) - commits <= 5


def test_a_deleted_chats_number_is_never_given_again(client: FlaskClient, who: Person) -> None:
    first = client.post(SAVE, json=factories.chat(), headers=who.headers).get_json()["chat_id"]
    client.delete(f"{SAVED}/{first}", headers=who.headers)
    assert client.post(SAVE, json=factories.chat(), headers=who.headers).get_json()["chat_id"] != first


def test_a_conversation_that_is_saved_again_is_updated_and_keeps_its_id(
    app: Flask, client: FlaskClient, who: Person
) -> None:
    conversation = factories.session_id()
    first = _save(client, who, conversation_id=conversation, title="Mine")
    longer = factories.chat()["messages"] * 2
    assert _save(client, who, conversation_id=conversation, messages=longer) == first
    [chat] = client.get(SAVED, headers=who.headers).get_json()["chats"]
    assert (chat["chat_id"], chat["title"], chat["message_count"]) == (first, "Mine", 4)
    other = factories.person(app, "other@example.com")
    assert _save(client, other, conversation_id=conversation) != first


@pytest.mark.parametrize("conversation", ["each its own", "one"])
def test_of_saves_at_once_exactly_as_many_are_kept_as_there_may_be(
    make_app: MakeApp, who: Person, conversation: str
) -> None:
    app, one = make_app(STORAGE_SAVED_CHATS=5, RATE_LIMIT_SAVE_CHAT=1000), factories.session_id()

    def save(_: int) -> int:
        body = factories.chat() | {"conversation_id": one if conversation == "one" else factories.session_id()}
        return app.test_client().post(SAVE, json=body, headers=who.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(save, range(12)))
    assert statuses == ([200] * 12 if conversation == "one" else [200] * 5 + [409] * 7)
    assert _counted(app) == _held(app) == (1 if conversation == "one" else 5, _held(app)[1])


def test_an_account_that_is_full_says_what_to_do_and_has_room_again_once_a_chat_is_deleted(
    make_app: MakeApp, who: Person
) -> None:
    app = make_app(STORAGE_SAVED_MEGABYTES=1, RATE_LIMIT_SAVE_CHAT=1000)
    client, conversation = app.test_client(), factories.session_id()
    # As JSON each of these letters takes six bytes.
    large = {"messages": [{"role": "user", "content": "é" * 20_000}] * 5}

    def save(**more: str) -> TestResponse:
        text = json.dumps(large | more, ensure_ascii=False)
        return client.post(SAVE, data=text.encode(), content_type="application/json", headers=who.headers)

    first = save(conversation_id=conversation).get_json()["chat_id"]
    refused = save()
    assert _code(refused) == (409, "storage_full")
    assert "Delete some" in refused.get_json()["detail"]["message"]
    assert save(conversation_id=conversation).get_json()["chat_id"] == first
    assert client.delete(f"{SAVED}/{first}", headers=who.headers).status_code == 204
    assert _counted(app) == (0, 0)
    assert save().status_code == 200
    assert _counted(app) == _held(app)


def test_an_account_that_is_full_takes_a_transcript_along_as_messages_alone(make_app: MakeApp, who: Person) -> None:
    app, session = make_app(STORAGE_SAVED_CHATS=1), factories.session_id()
    client = app.test_client()
    _save(client, who)
    client.post(f"{API}/chat", json=factories.question(session=session))
    moved = client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    assert moved.get_json() == {"migrated_messages": 2}
    assert _counted(app) == _held(app) == (1, _held(app)[1])


def _counted(app: Flask) -> tuple[int, int]:
    [user] = factories.rows(app, User.__table__)
    return user["saved_chats"], user["saved_bytes"]


def _held(app: Flask) -> tuple[int, int]:
    chats = factories.rows(app, SavedChat.__table__)
    return len(chats), sum(len(json.dumps(chat["messages"])) for chat in chats)
