"""Transcripts: what is kept of a conversation, whose it is, how long, and who writes an answer of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from chatkit.chat import transcripts
from chatkit.chat.models import AnonymousSession, Message
from chatkit.chat.reply import Reply
from chatkit.chat.transcripts import Conversation
from chatkit.database.orm import db
from chatkit.llm.dialect import ChatMessage
from tests import factories
from tests.factories import API, MakeApp

CHAT = f"{API}/chat"


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


def test_a_signed_in_turn_belongs_to_the_account(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    asked.post(CHAT, json=factories.question(), headers=who.headers)
    turns = factories.rows(app, Message.__table__)
    assert {(turn["user_id"], turn["anonymous_session_id"]) for turn in turns} == {(who.id, None)}
    assert factories.count(app, AnonymousSession) == 0


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


@pytest.fixture
def history(app: Flask, asked: FlaskClient) -> Callable[..., list[ChatMessage]]:
    """Return what asks the questions of a conversation and then returns its latest four messages."""

    def take(*questions: str, user: dict[str, str] | None = None, other: str | None = None) -> list[ChatMessage]:
        session = factories.session_id()
        for text in questions:
            context = {"conversation_id": other} if other else {}
            asked.post(CHAT, json=factories.question(text, session, **context), headers=user or {})
        asked.post(CHAT, json=factories.question("Not of this conversation?"), headers=user or {})
        account = factories.rows(app, Message.__table__)[0]["user_id"]
        with app.app_context():
            return transcripts.history(Conversation(session, account, other), 4)

    return take


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("other", [None, "12345678-1234-4234-8234-123456789abc"])
def test_a_conversation_remembers_its_latest_messages(
    app: Flask, history: Callable[..., list[ChatMessage]], signed_in: bool, other: str | None
) -> None:
    user = factories.person(app).headers if signed_in else {}
    found = history("One?", "What is a foghorn?", "How often does the foghorn sound?", user=user, other=other)
    assert [message["role"] for message in found] == ["user", "assistant", "user", "assistant"]
    assert [message["content"] for message in found[::2]] == ["What is a foghorn?", "How often does the foghorn sound?"]
    assert "FOGHORN_INTERVAL" in found[3]["content"]


@pytest.mark.parametrize("account", [None, 1])
def test_sqlite_finds_a_conversation_by_its_id(plain_app: Flask, account: int | None) -> None:
    asked = list[tuple[str, Any]]()
    with plain_app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]), once=True)
        transcripts.history(Conversation(factories.session_id(), account), 4)
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]).all()
    assert [row.detail for row in plan] == [
        "SEARCH messages USING INDEX ix_messages_conversation_id_id (conversation_id=?)"
    ]


def test_nobody_reads_the_messages_of_anothers_conversation(app: Flask, asked: FlaskClient) -> None:
    session = factories.session_id()
    asked.post(CHAT, json=factories.question(session=session), headers=factories.person(app).headers)
    with app.app_context():
        for stranger in (Conversation(session, None), Conversation(session, 99)):
            assert transcripts.history(stranger, 2) == []


def test_an_answer_whose_writer_lives_is_not_taken_over(app: Flask, abandoned: str) -> None:
    with app.app_context():
        message = transcripts.find(abandoned)
        assert message is not None
        db.session.expunge(message)
        assert transcripts.heartbeat({abandoned: "The foghorn"}) == set()
        db.session.commit()
        transcripts.finish_abandoned(message, begun=False)
        db.session.commit()
    row = factories.answer_row(app, abandoned)
    assert (row["content"], row["state"]) == ("The foghorn", "running")


def test_a_writer_that_was_taken_for_dead_changes_nothing_and_hears_of_it(app: Flask, abandoned: str) -> None:
    with app.app_context():
        message = transcripts.find(abandoned)
        assert message is not None
        transcripts.finish_abandoned(message, begun=False)
        db.session.commit()
        before = factories.answer_row(app, abandoned)
        assert transcripts.heartbeat({abandoned: "The foghorn"}) == {abandoned}
        transcripts.finish(Reply(abandoned, "Other", [], [], {}))
        db.session.commit()
    assert factories.answer_row(app, abandoned) == before


def test_of_questions_at_once_an_account_keeps_exactly_its_newest(make_app: MakeApp) -> None:
    app = make_app(STORAGE_MESSAGES=6)
    who, other = factories.person(app, tier="premium"), factories.person(app, "other@example.com")
    app.test_client().post(CHAT, json=factories.question(), headers=other.headers)

    def ask(_: int) -> int:
        return app.test_client().post(CHAT, json=factories.question(), headers=who.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(16))) == {200}
    assert factories.count(app, Message, Message.user_id == who.id) == 6
    assert factories.count(app, Message, Message.user_id == other.id) == 2


def test_a_transcript_that_an_account_adopts_leaves_it_no_more_than_its_newest(make_app: MakeApp) -> None:
    app, session = make_app(STORAGE_MESSAGES=6, RATE_LIMIT_MAX_REQUESTS=20), factories.session_id()
    who = factories.person(app)
    for _ in range(5):
        app.test_client().post(CHAT, json=factories.question(session=session))
    moved = app.test_client().post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    assert moved.get_json() == {"migrated_messages": 10}
    assert factories.count(app, Message, Message.user_id == who.id) == 6


def test_of_messages_without_an_account_the_site_keeps_the_newest(make_app: MakeApp) -> None:
    app = make_app(STORAGE_SITE_ROWS=4)
    client, who = app.test_client(), factories.person(app)
    client.post(CHAT, json=factories.question(), headers=who.headers)
    for _ in range(4):
        client.post(CHAT, json=factories.question())
    with app.app_context():
        assert transcripts.prune(500) == 4
        db.session.commit()
    assert factories.count(app, Message, Message.user_id == who.id) == 2
    assert factories.count(app, Message) == 6
