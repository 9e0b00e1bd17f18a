"""Where transcripts are not stored, answers are given all the same, and only how many there were is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit import create_app
from chatkit.chat.models import AnonymousSession, AnswerFacts, DailyCount, Feedback, Gap, Message
from chatkit.database.orm import table
from tests import factories, tables
from tests.chat.conftest import rate, read_stream
from tests.conftest import DEFAULTS, dispose
from tests.factories import API
from tests.modelserver import Behaviour, model_server
from tests.servers import eventually

FOGHORN = "How often does the foghorn sound?"
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"
# Slow enough to be met in the middle.
SLOWLY = Behaviour(TEXT, pieces_per_second=14)


@pytest.fixture
def unkept(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return an application that keeps no transcript."""
    app = create_app(DEFAULTS | {"DATABASE_URL": sqlite_url, "STORE_TRANSCRIPTS": "off"})
    factories.index(app, tmp_path / "guide")
    yield app
    dispose(app)


def test_what_is_asked_is_answered_counted_and_nowhere(unkept: Flask) -> None:
    client, who = unkept.test_client(), factories.person(unkept)
    for headers in ({}, who.headers):
        answer = client.post(f"{API}/chat", json=factories.question(FOGHORN), headers=headers).get_json()
        assert answer["outcome"] == "answered"
    client.post(f"{API}/chat", json=factories.question("Which submarine has the mayor?"))
    events = read_stream(client, factories.question(FOGHORN))
    assert events[-1].name == "done"
    assert [factories.count(unkept, model) for model in (Message, AnswerFacts, AnonymousSession, Gap)] == [0] * 4
    counted = {(row["measure"], row["label"]): row["number"] for row in factories.rows(unkept, table(DailyCount))}
    assert counted["outcome", "answered"] == 3
    assert counted["cited", "/guide/foghorn"] == 3
    text = tables.dump(unkept).text
    assert "submarine" not in text
    assert FOGHORN not in text


def test_what_is_not_kept_cannot_be_rated_and_says_why(unkept: Flask) -> None:
    client = unkept.test_client()
    answer = client.post(f"{API}/chat", json=factories.question(FOGHORN)).get_json()
    refused = rate(client, answer["message_id"])
    assert refused.status_code == 404
    assert "keeps none, so none can be rated" in refused.get_json()["detail"]["message"]
    assert factories.count(unkept, Feedback) == 0


def test_a_models_answer_is_read_again_while_it_is_written_and_counted_at_its_end(unkept: Flask) -> None:
    with model_server() as model:
        app = create_app(
            DEFAULTS
            | {"DATABASE_URL": unkept.config["CHATKIT"].database_url, "STORE_TRANSCRIPTS": "off", **model.settings}
        )
        client, stranger = app.test_client(), factories.person(app, "stranger@example.com")
        who = factories.person(app)
        model.behave(SLOWLY)
        body = _ask_and_go(client, who.headers)
        for headers in ({}, stranger.headers):
            assert client.post(f"{API}/chat/resume", json=body, headers=headers).status_code == 404
        again = client.post(f"{API}/chat/resume", json=body, headers=who.headers)
        events = factories.events(again.get_data(as_text=True))
        written = "".join(event.data["content"] for event in events if event.name == "token")
        assert written.startswith(TEXT[:-3])
        assert events[-1].data["outcome"] == "answered"
        eventually(lambda: _counted(app, "answered") == 1)
        assert client.post(f"{API}/chat/resume", json=body, headers=who.headers).status_code == 404
        model.behave(Behaviour(silent=True))
        body = _ask_and_go(client, {})
        assert client.post(f"{API}/chat/stop", json=body).status_code == 204
        eventually(lambda: _counted(app, "nearest") == 1)
        assert factories.count(app, Message) == 0
        dispose(app)


def _ask_and_go(client: FlaskClient, headers: dict[str, str]) -> dict[str, str]:
    """Ask, leave while the answer is being written, and return the body of a call about it."""
    body = factories.question(FOGHORN) | {"message_id": factories.session_id()}
    broken = client.post(f"{API}/chat/stream", json=body, headers=headers, buffered=False)
    next(broken.iter_encoded())
    broken.close()
    return {"message_id": body["message_id"]}


def _counted(app: Flask, outcome: str) -> int:
    rows = factories.rows(app, table(DailyCount))
    return sum(row["number"] for row in rows if (row["measure"], row["label"]) == ("outcome", outcome))
