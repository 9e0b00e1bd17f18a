"""Asking: answers from the site's own pages, whole or streamed, and what is kept of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from chatkit.answers.extractive import NOT_COVERED
from chatkit.chat import transcripts
from chatkit.chat.models import AnonymousSession, Message
from chatkit.database.orm import db
from chatkit.ingest import service as ingest
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from tests import factories
from tests.factories import API

CHAT = f"{API}/chat"
STREAM = f"{API}/chat/stream"


@pytest.fixture
def asked(app: Flask, tmp_path: Path) -> FlaskClient:
    """Return a client of an application that knows the guide."""
    factories.index(app, tmp_path / "guide")
    return app.test_client()


def _code(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def test_an_answer_has_the_contracts_shape(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question()).get_json()
    assert set(answer) == {"message_id", "answer", "sources", "citations", "state", "metadata"}
    times = {"retrieval_time_ms", "generation_time_ms", "total_time_ms"}
    assert set(answer["metadata"]) == {"model", "fallback", "tokens_used"} | times
    assert all(answer["metadata"][name] >= 0 for name in times)
    assert 1 <= len(answer["sources"]) <= 5
    for source in answer["sources"]:
        assert set(source) == {"id", "title", "url", "excerpt", "score"}
        assert len(source["excerpt"]) <= 200
        assert 0 <= source["score"] <= 1


def test_an_answer_comes_from_the_passage_that_answers(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("When does it sound in dense fog?")).get_json()
    assert "every thirty seconds" in answer["answer"]
    assert answer["sources"][0]["url"].startswith("/guide/foghorn#foghorn:~:text=")


@pytest.mark.parametrize(
    ("asked_for", "page"),
    [
        ("What is ChatKit?", "/guide/"),
        ("How do I embed the widget?", "/guide/embedding"),
        ("How do I change the colours?", "/guide/theming"),
        ("How long are conversations kept?", ""),
        ("How do I set up PostgreSQL?", ""),
    ],
)
def test_the_product_answers_from_its_own_documentation(app: Flask, asked_for: str, page: str) -> None:
    with app.app_context():
        ingest.index(Folder(DOCS, "/guide/"))
    answer = app.test_client().post(CHAT, json=factories.question(asked_for)).get_json()
    assert answer["sources"]
    assert page in " ".join(source["url"] for source in answer["sources"])


def test_a_source_links_to_the_passages_own_anchor(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("How do I install it on Windows?")).get_json()
    assert answer["sources"][0]["url"].startswith("/guide/install#on-windows:~:text=")


def test_an_answer_marks_every_source_it_cites(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("How often does the foghorn sound?")).get_json()
    for number in range(1, len(answer["sources"]) + 1):
        assert f"[{number}]" in answer["answer"]


@pytest.mark.parametrize("text", ["What do penguins eat for breakfast?", "🍕🍕🍕", "?", "the of and"])
def test_what_the_pages_do_not_cover_is_said_and_cites_nothing(asked: FlaskClient, text: str) -> None:
    answer = asked.post(CHAT, json=factories.question(text)).get_json()
    assert (answer["answer"], answer["sources"]) == (NOT_COVERED, [])


def test_asking_before_anything_is_indexed_is_answered(client: FlaskClient) -> None:
    assert client.post(CHAT, json=factories.question()).get_json()["answer"] == NOT_COVERED


@pytest.mark.parametrize("text", ["\"'`;-- OR 1=1", "NEAR(a b)", "a* AND b", "foghorn:*&|!()<->", "\\", "% _"])
def test_query_syntax_in_a_question_is_only_words(asked: FlaskClient, text: str) -> None:
    assert asked.post(CHAT, json=factories.question(text)).status_code == 200


def test_selected_text_says_what_this_is(asked: FlaskClient) -> None:
    without = asked.post(CHAT, json=factories.question("Explain this")).get_json()
    with_text = asked.post(CHAT, json=factories.question("Explain this", selected_text="oil lamps")).get_json()
    assert without["sources"] == []
    assert with_text["sources"][0]["url"].startswith("/guide/lamps/oil")


def test_a_signed_in_question_is_answered_alike(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    anonymous = asked.post(CHAT, json=factories.question()).get_json()
    signed_in = asked.post(CHAT, json=factories.question(), headers=who.headers).get_json()
    assert (signed_in["answer"], signed_in["sources"]) == (anonymous["answer"], anonymous["sources"])


@pytest.mark.parametrize("mode", ["browse", "chat"])
def test_both_modes_are_taken(asked: FlaskClient, mode: str) -> None:
    assert asked.post(CHAT, json=factories.question(mode=mode)).status_code == 200


def test_the_longest_question_is_taken(asked: FlaskClient) -> None:
    context = {"selected_text": "b" * 5000, "page_url": "http://localhost:3000/a"}
    assert asked.post(CHAT, json=factories.question("a" * 2000, **context)).status_code == 200


def test_keys_the_server_does_not_know_are_ignored(asked: FlaskClient) -> None:
    body = factories.question() | {"tier": "premium", "later": [1, {"x": None}]}
    assert asked.post(CHAT, json=body).status_code == 200


@pytest.mark.parametrize("path", [CHAT, STREAM])
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"message": "a" * 2001}, "message_too_long", "message"),
        ({"message": ""}, "invalid_request", "message"),
        ({"message": " \n\t "}, "invalid_request", "message"),
        ({"message": None}, "invalid_request", "message"),
        ({"message": 5}, "invalid_request", "message"),
        ({"context": None}, "invalid_request", "context"),
        ({"context": []}, "invalid_request", "context"),
        ({"tier": 5}, "invalid_request", "tier"),
        ({"message_id": "x"}, "invalid_message_id", "message_id"),
        ({"message_id": "12345678-1234-1234-8234-123456789abc"}, "invalid_message_id", "message_id"),
    ],
)
def test_a_question_that_does_not_fit_is_refused(
    client: FlaskClient, path: str, change: dict[str, Any], code: str, field: str
) -> None:
    response = client.post(path, json=factories.question() | change)
    assert _code(response) == (422, code)
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"session_id": "x"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-1234-8234-123456789abc"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-4234-c234-123456789abc"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-4234-8234-123456789abc\n"}, "invalid_session_id", "context.session_id"),
        ({"session_id": None}, "invalid_session_id", "context.session_id"),
        ({"session_id": 5}, "invalid_session_id", "context.session_id"),
        ({"conversation_id": "x"}, "invalid_conversation_id", "context.conversation_id"),
        ({"mode": "shout"}, "invalid_request", "context.mode"),
        ({"mode": None}, "invalid_request", "context.mode"),
        ({"selected_text": "a" * 5001}, "selected_text_too_long", "context.selected_text"),
        ({"page_url": "a" * 2001}, "invalid_request", "context.page_url"),
    ],
)
def test_a_context_that_does_not_fit_is_refused(
    client: FlaskClient, change: dict[str, Any], code: str, field: str
) -> None:
    response = client.post(CHAT, json=factories.question(**change))
    assert _code(response) == (422, code)
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize("missing", ["session_id", "mode"])
def test_a_context_that_lacks_something_is_refused(client: FlaskClient, missing: str) -> None:
    body = factories.question()
    del body["context"][missing]
    response = client.post(CHAT, json=body)
    assert response.status_code == 422
    assert f"context.{missing}" in response.get_json()["detail"]["fields"]


def test_an_anonymous_turn_is_kept_under_its_session_for_a_day(app: Flask, asked: FlaskClient) -> None:
    session = factories.session_id()
    asked.post(CHAT, json=factories.question("What is a foghorn?", session))
    [kept] = factories.rows(app, AnonymousSession.__table__)
    assert kept["id"] == session
    assert abs(kept["expires_at"] - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)
    turns = factories.rows(app, Message.__table__)
    assert [(turn["role"], turn["anonymous_session_id"], turn["user_id"]) for turn in turns] == [
        ("user", session, None),
        ("assistant", session, None),
    ]
    assert turns[0]["content"] == "What is a foghorn?"


def test_a_streamed_turn_is_kept_too(app: Flask, asked: FlaskClient) -> None:
    asked.post(STREAM, json=factories.question()).get_data()
    assert factories.count(app, Message) == 2


def test_a_signed_in_turn_belongs_to_the_account(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    asked.post(CHAT, json=factories.question(), headers=who.headers)
    turns = factories.rows(app, Message.__table__)
    assert {(turn["user_id"], turn["anonymous_session_id"]) for turn in turns} == {(who.id, None)}
    assert factories.count(app, AnonymousSession) == 0


def test_a_question_is_counted_in_the_analytics(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    asked.post(CHAT, json=factories.question(), headers=who.headers)
    with app.app_context():
        table = db.metadata.tables["analytics_events"]
    [event] = factories.rows(app, table)
    assert (event["event_type"], event["user_id"]) == ("chat", who.id)


def test_anonymous_transcripts_are_pruned_after_a_day(app: Flask, asked: FlaskClient) -> None:
    asked.post(CHAT, json=factories.question())
    with app.app_context():
        db.session.execute(update(AnonymousSession).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
    recent = factories.session_id()
    asked.post(CHAT, json=factories.question(session=recent))
    with app.app_context():
        # The question, the answer and the session.
        assert transcripts.prune_anonymous(500) == 3
        db.session.commit()
    assert [row["id"] for row in factories.rows(app, AnonymousSession.__table__)] == [recent]
    assert factories.count(app, Message) == 2


def test_a_long_anonymous_transcript_is_pruned_in_pieces(app: Flask, asked: FlaskClient) -> None:
    session = factories.session_id()
    for _ in range(3):
        asked.post(CHAT, json=factories.question(session=session))
    with app.app_context():
        db.session.execute(update(AnonymousSession).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
        assert [transcripts.prune_anonymous(4) for _ in range(3)] == [4, 3, 0]
