"""Streams: the events of an answer, and the id under which it is asked for once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.analytics.models import AnalyticsEvent
from chatkit.chat import event_stream, transcripts
from chatkit.chat.models import AnswerState, Message
from chatkit.chat.reply import Reply
from chatkit.chat.transcripts import Conversation
from chatkit.llm.client import ChatMessage
from tests import factories
from tests.conftest import Served
from tests.factories import API, Event

CHAT = f"{API}/chat"
STREAM = f"{API}/chat/stream"


@pytest.fixture
def asked(app: Flask, tmp_path: Path) -> FlaskClient:
    """Return a client of an application that knows the guide."""
    factories.index(app, tmp_path / "guide")
    return app.test_client()


def _stream(client: FlaskClient, body: Any, **options: Any) -> list[Event]:
    response = client.post(STREAM, json=body, **options)
    assert response.mimetype == "text/event-stream"
    return factories.events(response.get_data(as_text=True))


def _with_id(body: Any, message_id: str | None = None) -> Any:
    return body | {"message_id": message_id or str(uuid.uuid4())}


def test_a_stream_sends_sources_then_tokens_then_done(asked: FlaskClient) -> None:
    names = [event.name for event in _stream(asked, factories.question())]
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert len(names) >= 3
    assert set(names[1:-1]) == {"token"}


def test_a_stream_says_what_the_whole_answer_says(asked: FlaskClient) -> None:
    whole = asked.post(CHAT, json=factories.question()).get_json()
    events = _stream(asked, factories.question())
    assert events[0].data["sources"] == whole["sources"]
    assert "".join(event.data["content"] for event in events if event.name == "token") == whole["answer"]
    assert events[-1].data["citations"] == whole["citations"] == [source["id"] for source in whole["sources"]]
    assert set(events[-1].data["metadata"]) == set(whole["metadata"])


def test_the_id_of_an_event_is_how_much_of_the_answer_has_come(asked: FlaskClient) -> None:
    come = 0
    for event in _stream(asked, factories.question()):
        come += len(event.data.get("content", ""))
        assert event.id == str(come)


def test_a_stream_without_sources_says_so_first(client: FlaskClient) -> None:
    assert _stream(client, factories.question())[0].data["sources"] == []


def test_a_stream_is_not_buffered_or_kept_by_a_proxy(asked: FlaskClient) -> None:
    response = asked.post(STREAM, json=factories.question())
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("text", ["", "word", "a  b", "one two three four five six", "line\n\nline  ", " lead"])
def test_the_pieces_of_an_answer_join_to_the_answer(text: str) -> None:
    assert "".join(event_stream.pieces(text)) == text


class Script:
    """An answer that grows as it was written down beforehand."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.waited: list[float] = []

    def poll(self, seen: int, timeout_seconds: float) -> Reply:
        self.waited.append(timeout_seconds)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


def _grown(answer: str, state: AnswerState = "running") -> Reply:
    return Reply("x", answer, [], [], {"fallback": False}, state)


def test_silence_is_broken_by_a_line_that_says_nothing() -> None:
    script = Script(_grown(""), _grown(""), _grown("So.", "done"))
    chunks = list(event_stream.events(script, 0, {}))
    assert chunks[1].startswith(":")
    assert [event.name for event in factories.events("".join(chunks))] == ["sources", "token", "done"]
    assert max(script.waited) == 15


def test_what_came_since_the_last_event_comes_at_once() -> None:
    script = Script(_grown(""), _grown("On"), _grown("One two three"), _grown("One two three.", "done"))
    tokens = [event for event in factories.events("".join(event_stream.events(script, 0, {}))) if event.name == "token"]
    assert [(event.data["content"], event.id) for event in tokens] == [("One two three", "13"), (".", "14")]


def test_an_answer_that_cannot_be_read_on_ends_with_an_error() -> None:
    script = Script(_grown("On"), RuntimeError("away"))
    failure = {"detail": {"error": "service_unavailable", "message": "Away.", "request_id": "1"}}
    events = factories.events("".join(event_stream.events(script, 0, failure)))
    assert [event.name for event in events] == ["sources", "token", "error"]
    assert events[-1].data == failure


def test_an_answer_has_the_id_its_client_gave_it(asked: FlaskClient) -> None:
    body = _with_id(factories.question())
    events = _stream(asked, body)
    assert events[0].data["message_id"] == events[-1].data["message_id"] == body["message_id"]
    assert (
        asked.post(CHAT, json=body | {"message_id": body["message_id"].upper()}).get_json()["message_id"]
        == (body["message_id"])
    )


def test_an_answer_without_an_id_gets_one(asked: FlaskClient) -> None:
    first, second = (asked.post(CHAT, json=factories.question()).get_json()["message_id"] for _ in range(2))
    assert uuid.UUID(first).version == 4
    assert first != second


@pytest.mark.parametrize("signed_in", [False, True])
def test_asking_again_under_the_same_id_brings_the_same_answer_and_asks_nothing(
    app: Flask, asked: FlaskClient, signed_in: bool
) -> None:
    headers = factories.person(app).headers if signed_in else {}
    body = _with_id(factories.question())
    first = asked.post(CHAT, json=body, headers=headers).get_json()
    assert asked.post(CHAT, json=body | {"message": "Something else?"}, headers=headers).get_json() == first
    events = _stream(asked, body, headers=headers)
    assert "".join(event.data["content"] for event in events if event.name == "token") == first["answer"]
    assert events[0].data["sources"] == first["sources"]
    assert events[-1].data["metadata"] == first["metadata"]
    assert factories.count(app, Message) == 2
    assert factories.count(app, AnalyticsEvent) == 1


def _strangers(app: Flask, session: str) -> dict[str, tuple[Any, dict[str, str]]]:
    """Return questions of others: another session, an account, another account."""
    return {
        "another session": (factories.question(), {}),
        "an account": (factories.question(session=session), factories.person(app, "other@example.com").headers),
    }


@pytest.mark.parametrize("stranger", ["another session", "an account"])
def test_the_answer_of_an_anonymous_reader_is_nobody_elses(app: Flask, asked: FlaskClient, stranger: str) -> None:
    session, message_id = factories.session_id(), str(uuid.uuid4())
    asked.post(CHAT, json=_with_id(factories.question(session=session), message_id))
    body, headers = _strangers(app, session)[stranger]
    response = asked.post(CHAT, json=_with_id(body, message_id), headers=headers)
    assert (response.status_code, response.get_json()["detail"]["error"]) == (404, "not_found")


@pytest.mark.parametrize("stranger", ["another session", "an account"])
def test_the_answer_of_an_account_is_nobody_elses(app: Flask, asked: FlaskClient, stranger: str) -> None:
    session, message_id = factories.session_id(), str(uuid.uuid4())
    owner = factories.person(app)
    asked.post(CHAT, json=_with_id(factories.question(session=session), message_id), headers=owner.headers)
    body, headers = _strangers(app, session)[stranger]
    assert asked.post(STREAM, json=_with_id(body, message_id), headers=headers).status_code == 404


def test_an_answer_keeps_its_id_when_its_reader_signs_in(app: Flask, asked: FlaskClient) -> None:
    body = _with_id(factories.question())
    first = asked.post(CHAT, json=body).get_json()
    headers = factories.person(app).headers
    asked.post(f"{API}/auth/migrate-session", json={"anon_id": body["context"]["session_id"]}, headers=headers)
    assert asked.post(CHAT, json=body, headers=headers).get_json() == first


def test_one_id_sent_many_times_at_once_to_two_workers_is_asked_once(served: Served) -> None:
    body = _with_id(factories.question())

    def ask(_: int) -> Any:
        return served.server.request(CHAT, "POST", body).json

    before = served.rows("SELECT count(*) FROM messages")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(24)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["message_id"] == body["message_id"]
    assert served.rows("SELECT count(*) FROM messages")[0][0] == before[0][0] + 2


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


def test_nobody_reads_the_messages_of_anothers_conversation(app: Flask, asked: FlaskClient) -> None:
    session = factories.session_id()
    asked.post(CHAT, json=factories.question(session=session), headers=factories.person(app).headers)
    with app.app_context():
        for stranger in (Conversation(session, None), Conversation(session, 99)):
            assert transcripts.history(stranger, 2) == []
