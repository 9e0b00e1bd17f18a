"""Where transcripts are not stored, answers are given all the same, and only how many there were is kept."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.chat.models import AnonymousSession, AnswerFacts, DailyCount, Feedback, Gap, Message
from chatkit.database.orm import table
from tests import factories, tables
from tests.chat.conftest import rate, read_stream
from tests.factories import API, MakeApp
from tests.modelserver import Behaviour, model_server
from tests.servers import eventually

FOGHORN = "How often does the foghorn sound?"
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"
# Slow enough to be met in the middle.
SLOWLY = Behaviour(TEXT, pieces_per_second=14)


@pytest.fixture
def unkept(make_app: MakeApp, tmp_path: Path) -> Flask:
    """Return an application that keeps no transcript."""
    app = make_app(STORE_TRANSCRIPTS="off")
    factories.index(app, tmp_path)
    return app


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


def test_a_models_answer_is_read_again_while_it_is_written_and_counted_at_its_end(
    make_app: MakeApp, tmp_path: Path
) -> None:
    with model_server() as model:
        app = make_app(STORE_TRANSCRIPTS="off", **model.settings)
        factories.index(app, tmp_path)
        client, stranger = app.test_client(), factories.person(app, "stranger@example.com")
        who = factories.person(app)
        model.behave(SLOWLY)
        body = factories.question(FOGHORN) | {"message_id": factories.session_id()}
        broken = client.post(f"{API}/chat/stream", json=body, headers=who.headers, buffered=False)
        next(broken.iter_encoded())
        broken.close()
        resume = {"message_id": body["message_id"]}
        for headers in ({}, stranger.headers):
            assert client.post(f"{API}/chat/resume", json=resume, headers=headers).status_code == 404
        again = client.post(f"{API}/chat/resume", json=resume, headers=who.headers)
        events = factories.events(again.get_data(as_text=True))
        assert "".join(event.data["content"] for event in events if event.name == "token").startswith(TEXT[:-3])
        assert events[-1].data["outcome"] == "answered"
        eventually(lambda: factories.count(app, DailyCount) > 0, 10)
        assert client.post(f"{API}/chat/resume", json=resume, headers=who.headers).status_code == 404
        assert factories.count(app, Message) == 0
        counted = {(row["measure"], row["label"]) for row in factories.rows(app, table(DailyCount))}
        assert {("outcome", "answered"), ("cited", "/guide/foghorn")} <= counted


def test_a_models_answer_that_is_not_kept_can_be_stopped(make_app: MakeApp, tmp_path: Path) -> None:
    with model_server() as model:
        app = make_app(STORE_TRANSCRIPTS="off", **model.settings)
        factories.index(app, tmp_path)
        client = app.test_client()
        model.behave(Behaviour(silent=True))
        body = factories.question(FOGHORN) | {"message_id": factories.session_id()}
        broken = client.post(f"{API}/chat/stream", json=body, buffered=False)
        next(broken.iter_encoded())
        broken.close()
        assert client.post(f"{API}/chat/stop", json={"message_id": body["message_id"]}).status_code == 204
        eventually(lambda: factories.count(app, DailyCount) > 0, 10)
