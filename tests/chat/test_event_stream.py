"""Streams: the events of an answer, and the id under which it is asked for once."""

import pytest
from flask.testing import FlaskClient

from chatkit.chat import event_stream
from chatkit.chat.models import AnswerState
from chatkit.chat.reply import Reply
from tests import factories
from tests.chat.conftest import read_stream
from tests.factories import API

CHAT = f"{API}/chat"
STREAM = f"{API}/chat/stream"


def test_a_stream_sends_sources_then_tokens_then_done(asked: FlaskClient) -> None:
    names = [event.name for event in read_stream(asked, factories.question())]
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert len(names) >= 3
    assert set(names[1:-1]) == {"token"}


def test_a_stream_says_what_the_whole_answer_says(asked: FlaskClient) -> None:
    whole = asked.post(CHAT, json=factories.question()).get_json()
    events = read_stream(asked, factories.question())
    assert events[0].data["sources"] == whole["sources"]
    assert "".join(event.data["content"] for event in events if event.name == "token") == whole["answer"]
    done = events[-1].data
    assert (done["outcome"], done["citations"]) == (whole["outcome"], whole["citations"])
    assert set(done) == set(whole) - {"answer", "sources"}
    assert set(done["metadata"]) == set(whole["metadata"])


def test_the_id_of_an_event_is_how_much_of_the_answer_has_come(asked: FlaskClient) -> None:
    come = 0
    for event in read_stream(asked, factories.question()):
        come += len(event.data.get("content", ""))
        assert event.id == str(come)


def test_a_stream_without_sources_says_so_first(client: FlaskClient) -> None:
    assert read_stream(client, factories.question())[0].data["sources"] == []


def test_a_stream_is_not_buffered_kept_or_compressed_by_a_proxy(asked: FlaskClient) -> None:
    response = asked.post(STREAM, json=factories.question())
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-store, no-transform"


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
