"""Answers that a model writes: followed, dropped, resumed, stopped, broken off, wherever they are written.

Two applications on one database stand for two workers; `test_workers.py` does it with real ones.
"""

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.answers.phrases.english import ENGLISH
from chatkit.chat import generation
from chatkit.chat.generation import Timeouts
from chatkit.chat.models import Message
from chatkit.config import RATE_LIMITS
from chatkit.database.engine import POOL_SIZE
from chatkit.database.orm import db
from chatkit.llm import service as llm
from chatkit.web import concurrency
from tests import factories
from tests.conftest import DATABASES, dispose
from tests.factories import API, SECRET_KEY, Event, Person
from tests.modelserver import Behaviour, ModelServer, model_server
from tests.servers import PostgreSQL, eventually

CHAT = f"{API}/chat"
STREAM = f"{API}/chat/stream"
RESUME = f"{API}/chat/resume"
STOP = f"{API}/chat/stop"
QUESTION = "When does the foghorn sound in dense fog?"
NEAR = "Does the foghorn play Beethoven and Mozart?"
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"
EXTRACTIVE = "The foghorn sounds every thirty seconds in dense fog. [1]"
# Slow enough to be met in the middle.
SLOWLY = Behaviour(TEXT, pieces_per_second=14)
SILENT = Behaviour(silent=True)
BRISK = Timeouts(heartbeat_seconds=0.1)


class Workers:
    """Applications on one database, and the model they ask; made once for all tests of this file."""

    def __init__(self, url: str, model: ModelServer, folder: Path) -> None:
        self.model = model
        unlimited = {f"RATE_LIMIT_{name}": 1_000_000 for name in RATE_LIMITS}
        self._settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url} | unlimited
        self.one, self.other = self.more(model.settings), self.more(model.settings)
        factories.index(self.one, folder)

    def more(self, settings: Mapping[str, object], timeouts: Timeouts = BRISK) -> Flask:
        """Return one more application."""
        app = create_app(self._settings | dict(settings))
        generation.init_app(app, timeouts)
        return app


@pytest.fixture(scope="module", params=DATABASES)
def workers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Return two applications that know the guide and ask one model."""
    folder = tmp_path_factory.mktemp(f"workers-{request.param}")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "chatkit.db")
        url = f"sqlite:///{folder}/chatkit.db"
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.create("generation", "migrated")
        url = server.url("generation")
    with model_server() as model:
        made = Workers(url, model, folder / "guide")
        yield made
        for app in (made.one, made.other):
            dispose(app)


@pytest.fixture
def model(workers: Workers) -> Iterator[ModelServer]:
    """Return the model; what a test left it to write is stopped."""
    model = workers.model
    model.behave(Behaviour(TEXT))
    model.requests.clear()
    model.disconnects = 0
    yield model
    with workers.one.app_context():
        db.session.execute(update(Message).where(Message.state == "running").values(state="stopped"))
        db.session.commit()
    eventually(lambda: model.open == 0)


@pytest.fixture
def app(workers: Workers, model: ModelServer) -> Flask:
    """Return one of the applications."""
    return workers.one


@pytest.fixture
def elsewhere(workers: Workers, model: ModelServer) -> Flask:
    """Return the other application."""
    return workers.other


class Stream:
    """A stream of an application in this process."""

    def __init__(self, app: Flask, path: str, body: Any, headers: dict[str, str] | None = None) -> None:
        self._app = app
        self.response = app.test_client().post(path, json=body, headers=headers or {})
        assert self.response.status_code == 200, self.response.get_data(as_text=True)
        self._chunks = self.response.iter_encoded()

    def next(self) -> list[Event]:
        """Return the events that come next at once."""
        return factories.events(next(self._chunks).decode())

    def rest(self) -> list[Event]:
        """Return every event to come."""
        return factories.events(b"".join(self._chunks).decode())

    def until_text(self) -> str:
        """Read until the first text has come, and return it."""
        return next(text for text in iter(lambda: _text(self.next()), None) if text)

    def drop(self) -> None:
        """Go away."""
        self.response.close()


def _question(text: str = QUESTION, **more: Any) -> Any:
    return factories.question(text) | {"message_id": str(uuid.uuid4())} | more


def _person(app: Flask) -> Person:
    return factories.person(app, f"{uuid.uuid4()}@example.com")


def _text(events: list[Event]) -> str:
    return "".join(event.data["content"] for event in events if event.name == "token")


def _checked_out(app: Flask) -> int:
    with app.app_context():
        return int(db.engine.pool.checkedout())  # type: ignore[attr-defined]


def _ended(app: Flask, message_id: str) -> dict[str, Any]:
    """Wait until an answer has ended in the transcript, and return its row."""
    return eventually(lambda: (row := factories.answer_row(app, message_id))["state"] != "running" and row)


def _stop(app: Flask, body: Any, headers: dict[str, str] | None = None) -> int:
    response = app.test_client().post(STOP, json={"message_id": body["message_id"]}, headers=headers or {})
    return response.status_code


def test_a_models_answer_is_streamed_whole_and_kept(app: Flask, model: ModelServer) -> None:
    body = _question()
    events = Stream(app, STREAM, body).rest()
    assert [events[0].name, events[-1].name] == ["sources", "done"]
    assert _text(events) == TEXT
    end = events[-1].data
    assert (end["state"], end["message_id"]) == ("done", body["message_id"])
    assert (end["metadata"]["model"], end["metadata"]["fallback"]) == ("parrot", False)
    assert end["metadata"]["tokens_used"] > 0
    row = _ended(app, body["message_id"])
    assert (row["content"], row["sources"], row["metadata"]) == (TEXT, events[0].data["sources"], end["metadata"])
    assert row["fallback"] is None


def test_a_models_answer_can_be_had_whole(app: Flask, model: ModelServer) -> None:
    answer = app.test_client().post(CHAT, json=_question()).get_json()
    assert (answer["answer"], answer["state"], answer["metadata"]["model"]) == (TEXT, "done", "parrot")


def test_the_sources_come_before_the_model_says_anything_and_no_connection_waits_for_it(
    app: Flask, model: ModelServer
) -> None:
    model.behave(SILENT)
    body = _question()
    stream = Stream(app, STREAM, body)
    [event] = stream.next()
    assert event.name == "sources"
    assert event.data["sources"][0]["url"].startswith("/guide/foghorn#foghorn")
    eventually(lambda: model.open == 1)
    assert eventually(lambda: _checked_out(app) == 0)
    _stop(app, body)


def test_nobody_who_waits_holds_a_connection(app: Flask, elsewhere: Flask, model: ModelServer) -> None:
    """Neither who asked, nor who asks again, nor who follows, here or elsewhere."""
    model.behave(SILENT)
    body = _question()
    named = {"message_id": body["message_id"]}
    streams = [Stream(app, STREAM, body), Stream(app, STREAM, body), Stream(app, RESUME, named)]
    streams.append(Stream(elsewhere, RESUME, named))
    for stream in streams:
        stream.next()
    with ThreadPoolExecutor(5) as pool:
        whole = pool.submit(lambda: app.test_client().post(CHAT, json=body).get_json())
        endings = [pool.submit(stream.rest) for stream in streams]
        eventually(lambda: model.open == 1)
        eventually(lambda: _checked_out(app) == 0 and _checked_out(elsewhere) == 0)
        assert not any(ending.done() for ending in (whole, *endings))
        _stop(app, body)
        assert whole.result()["state"] == "stopped"
        assert {ending.result()[-1].data["state"] for ending in endings} == {"stopped"}
    assert len(model.requests) == 1


def test_asking_again_while_the_answer_is_written_asks_the_model_once(
    app: Flask, elsewhere: Flask, model: ModelServer
) -> None:
    model.behave(SLOWLY)
    body = _question()
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(lambda made: Stream(made, STREAM, body).rest(), made) for made in (app, elsewhere) * 3]
        assert {_text(one.result()) for one in asked} == {TEXT}
    assert len(model.requests) == 1
    assert factories.count(app, Message, Message.conversation_id == body["context"]["session_id"]) == 2


def test_a_dropped_connection_lets_the_answer_finish(app: Flask, model: ModelServer) -> None:
    model.behave(SLOWLY)
    body = _question()
    stream = Stream(app, STREAM, body)
    stream.until_text()
    stream.drop()
    row = _ended(app, body["message_id"])
    assert (row["content"], row["state"]) == (TEXT, "done")
    assert model.disconnects == 0


@pytest.mark.parametrize("where", ["app", "elsewhere"])
def test_a_stream_that_broke_is_taken_up_where_it_was(
    request: pytest.FixtureRequest, app: Flask, elsewhere: Flask, model: ModelServer, where: str
) -> None:
    model.behave(SLOWLY)
    body = _question()
    stream = Stream(app, STREAM, body)
    begun = stream.until_text()
    stream.drop()
    there: Flask = request.getfixturevalue(where)
    resumed = Stream(there, RESUME, {"message_id": body["message_id"]}, {"Last-Event-ID": str(len(begun))})
    events = resumed.rest()
    assert [events[0].name, events[-1].name] == ["sources", "done"]
    assert begun + _text(events) == TEXT
    assert events[0].id == str(len(begun))
    assert events[-1].id == str(len(TEXT))
    assert len(model.requests) == 1


@pytest.mark.parametrize("offset", [0, 10, len(TEXT), 99_999])
def test_a_finished_answer_is_read_from_any_place(
    app: Flask, elsewhere: Flask, model: ModelServer, offset: int
) -> None:
    body = _question()
    Stream(app, STREAM, body).rest()
    resumed = Stream(elsewhere, RESUME, {"message_id": body["message_id"]}, {"Last-Event-ID": str(offset)}).rest()
    assert _text(resumed) == TEXT[offset:]
    assert resumed[-1].name == "done"


def test_an_answer_without_a_model_is_resumed_too(workers: Workers) -> None:
    app = workers.more({})
    body = _question()
    first = Stream(app, STREAM, body).rest()
    assert Stream(app, RESUME, {"message_id": body["message_id"]}).rest() == first
    dispose(app)


@pytest.mark.parametrize("path", [RESUME, STOP])
def test_the_answer_of_an_account_is_for_that_account_alone(app: Flask, path: str) -> None:
    body, owner = _question(), _person(app)
    Stream(app, STREAM, body, owner.headers).rest()
    named, client = {"message_id": body["message_id"]}, app.test_client()
    other = _person(app)
    assert client.post(path, json=named, headers=owner.headers).status_code in (200, 204)
    for headers in ({}, other.headers):
        response = client.post(path, json=named, headers=headers)
        assert (response.status_code, response.get_json()["detail"]["error"]) == (404, "not_found")


@pytest.mark.parametrize("path", [RESUME, STOP])
def test_an_anonymous_answer_is_for_whoever_knows_its_id(app: Flask, path: str) -> None:
    body = _question()
    Stream(app, STREAM, body).rest()
    client = app.test_client()
    for headers in ({}, _person(app).headers):
        assert client.post(path, json={"message_id": body["message_id"]}, headers=headers).status_code in (200, 204)
    assert client.post(path, json={"message_id": str(uuid.uuid4())}).status_code == 404


@pytest.mark.parametrize("where", ["app", "elsewhere"])
def test_stopping_ends_the_models_work_wherever_it_is_asked_for(
    request: pytest.FixtureRequest, app: Flask, elsewhere: Flask, model: ModelServer, where: str
) -> None:
    model.behave(Behaviour(TEXT, stall_after=3))
    body = _question()
    stream = Stream(app, STREAM, body)
    begun = stream.until_text()
    assert _stop(request.getfixturevalue(where), body) == 204
    events = stream.rest()
    begun += _text(events)
    assert events[-1].data["state"] == "stopped"
    eventually(lambda: model.disconnects == 1)
    row = _ended(app, body["message_id"])
    assert (row["state"], row["content"]) == ("stopped", begun)
    assert begun in TEXT
    assert begun != TEXT
    assert _stop(app, body) == 204


def test_an_answer_that_has_ended_stays_as_it_is_when_stopped(app: Flask, model: ModelServer) -> None:
    body = _question()
    Stream(app, STREAM, body).rest()
    before = factories.answer_row(app, body["message_id"])
    assert _stop(app, body) == 204
    assert factories.answer_row(app, body["message_id"]) == before


def test_deleting_the_account_ends_the_models_work(app: Flask, model: ModelServer) -> None:
    model.behave(SILENT)
    who = _person(app)
    stream = Stream(app, STREAM, _question(), who.headers)
    eventually(lambda: model.open == 1)
    app.test_client().delete(f"{API}/user", headers=who.headers)
    eventually(lambda: model.disconnects == 1)
    stream.drop()


def test_an_answer_goes_on_when_its_reader_signs_in(app: Flask, model: ModelServer) -> None:
    model.behave(SLOWLY)
    body, who = _question(), _person(app)
    stream = Stream(app, STREAM, body)
    stream.until_text()
    session = {"anon_id": body["context"]["session_id"]}
    assert app.test_client().post(f"{API}/auth/migrate-session", json=session, headers=who.headers).status_code == 200
    assert stream.rest()[-1].data["state"] == "done"
    row = _ended(app, body["message_id"])
    assert (row["user_id"], row["content"]) == (who.id, TEXT)


def test_a_model_that_refuses_leaves_the_extractive_answer_marked_as_such(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour(status=401))
    events = Stream(app, STREAM, _question()).rest()
    assert _text(events) == EXTRACTIVE
    metadata = events[-1].data["metadata"]
    assert (metadata["model"], metadata["fallback"], metadata["fallback_reason"]) == ("extractive", True, "no_answer")
    assert events[-1].data["citations"] == [events[0].data["sources"][0]["id"]]


def test_a_model_that_breaks_off_is_followed_by_the_extractive_answer(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour(TEXT, cut_after=3))
    body = _question()
    events = Stream(app, STREAM, body).rest()
    begun, _, rest = _text(events).partition(f"\n\n{ENGLISH.interrupted}\n\n")
    assert begun in TEXT
    assert rest == EXTRACTIVE
    assert events[-1].data["metadata"]["fallback_reason"] == "broke_off"
    assert _ended(app, body["message_id"])["content"] == _text(events)


def test_an_answer_that_was_cut_for_its_length_does_not_pass_as_whole(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour(f"{TEXT} More te", finish="length"))
    answer = app.test_client().post(CHAT, json=_question()).get_json()
    assert answer["answer"] == f"{TEXT} More\n\n{ENGLISH.interrupted}\n\n{EXTRACTIVE}"
    assert answer["metadata"]["fallback"] is True


def test_a_long_line_that_comes_in_one_piece_is_checked_a_stretch_at_a_time(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour("Pirates bought foghorns " * 200 + "\nSo", letters=5_000))
    answer = app.test_client().post(CHAT, json=_question()).get_json()["answer"]
    assert answer.count(ENGLISH.unsupported) == 4


def test_an_answer_that_no_page_supports_is_followed_by_the_extractive_one(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour("The foghorn was sold to pirates. [1]"))
    answer = app.test_client().post(CHAT, json=_question()).get_json()
    said = f"The foghorn was sold to pirates. {ENGLISH.unsupported}"
    assert answer["answer"] == f"{said}\n\n{ENGLISH.ungrounded}\n\n{EXTRACTIVE}"
    assert answer["metadata"]["fallback_reason"] == "unsupported"


@pytest.mark.parametrize(
    ("question", "behaviour", "outcome"),
    [
        (QUESTION, Behaviour(TEXT), "answered"),
        (QUESTION, Behaviour("NOT COVERED"), "nearest"),
        (QUESTION, Behaviour(status=401), "answered"),
        (NEAR, Behaviour("NOT COVERED"), "nearest"),
        (NEAR, Behaviour(status=401), "nearest"),
        (NEAR, Behaviour(TEXT), "answered"),
    ],
)
def test_an_answer_claims_what_its_model_could_show(
    app: Flask, model: ModelServer, question: str, behaviour: Behaviour, outcome: str
) -> None:
    model.behave(behaviour)
    body = _question(question)
    answer = app.test_client().post(CHAT, json=body).get_json()
    assert answer["outcome"] == _ended(app, body["message_id"])["outcome"] == outcome
    assert (answer["citations"] != []) is (outcome == "answered")
    assert answer["sources"]
    assert outcome == "answered" or answer["answer"].startswith(f"{ENGLISH.nearest}\n\n1. [")


def test_a_stopped_answer_that_cites_nothing_claims_nothing(app: Flask, model: ModelServer) -> None:
    model.behave(SILENT)
    body = _question()
    stream = Stream(app, STREAM, body)
    stream.next()
    app.test_client().post(STOP, json={"message_id": body["message_id"]})
    done = stream.rest()[-1].data
    assert (done["state"], done["outcome"], done["citations"]) == ("stopped", "nearest", [])


def test_a_greeting_asks_no_model(app: Flask, model: ModelServer) -> None:
    answer = app.test_client().post(CHAT, json=_question("Good morning!")).get_json()
    assert (answer["outcome"], answer["answer"], model.requests) == ("greeting", ENGLISH.hello, [])


def test_an_answer_of_which_nothing_may_be_shown_is_the_extractive_one(app: Flask, model: ModelServer) -> None:
    model.behave(Behaviour('<img src="https://evil.test/pixel.png">'))
    assert app.test_client().post(CHAT, json=_question()).get_json()["answer"] == EXTRACTIVE


STANDS_ALONE = "How do I refill oil lamps?"
OIL = "Refill the oil before nightfall. [1]"


def _follow_up(app: Flask, model: ModelServer, rewriting: Behaviour, **headers: str) -> tuple[Any, dict[str, Any]]:
    """Ask a question and one that leans on it; return the second and its answer."""
    first = _question("How do I change the interval of the foghorn, or refill oil lamps?")
    body = _question("And the latter?") | {"context": first["context"]}
    client = app.test_client()
    assert client.post(CHAT, json=first).status_code == 200
    model.requests.clear()
    model.behave(rewriting, Behaviour(OIL))
    return body, client.post(CHAT, json=body, headers=headers).get_json()


def test_a_follow_up_is_searched_for_as_a_question_that_stands_alone(app: Flask, model: ModelServer) -> None:
    body, answer = _follow_up(app, model, Behaviour(f"<think>The lamps.</think>{STANDS_ALONE}"))
    rewriting, answering = model.requests
    assert "How do I change the interval of the foghorn, or refill oil lamps?" in rewriting.last
    # The model and the transcript have the reader's words.
    assert STANDS_ALONE not in answering.last
    assert answer["answer"] == OIL
    assert answer["sources"][0]["url"].startswith("/guide/lamps/oil#oil-lamps")
    messages = Message.conversation_id == body["context"]["session_id"]
    assert factories.count(app, Message, messages, Message.content == "And the latter?") == 1
    assert answer["metadata"]["tokens_used"] > len(answering.last.split()) + 6


@pytest.mark.parametrize(
    "rewriting",
    [Behaviour(status=500), SILENT, Behaviour("Where do pirates sell treasure?"), Behaviour("So.\n\nWhat?")],
    ids=["refused", "silent", "about something else", "no question"],
)
def test_a_follow_up_that_is_not_rewritten_is_answered_all_the_same(
    app: Flask, model: ModelServer, rewriting: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "BRIEF", replace(llm.BRIEF, first_byte_seconds=0.3, total_seconds=0.3))
    _, answer = _follow_up(app, model, rewriting)
    assert answer["state"] == "done"
    assert len(model.requests) == 2


def test_nobody_who_waits_for_a_question_to_be_rewritten_holds_a_connection(
    app: Flask, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "BRIEF", replace(llm.BRIEF, first_byte_seconds=60, total_seconds=60))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_follow_up, app, model, Behaviour("So.\n\nWhat?", hold_after=0))
        # It is the rewriting that is held.
        eventually(lambda: model.open == 1 and model.behaviours == [Behaviour(OIL)])
        eventually(lambda: _checked_out(app) == 0)
        assert not asked.done()
        model.go_on()
        assert asked.result()[1]["state"] == "done"


def test_the_id_of_the_request_goes_to_the_model_server_and_into_the_log(
    app: Flask, model: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    Stream(app, STREAM, _question(), {"X-Request-ID": "lighthouse-7"}).rest()
    assert model.requests[0].headers["x-request-id"] == "lighthouse-7"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [ended] = [line for line in lines if line["event"] == "model_answer_ended"]
    assert (ended["request_id"], ended["outcome"]) == ("lighthouse-7", "answered")
    assert ended["usage"] > 0
    assert ended["ms"] > 0


def test_a_reader_who_has_used_up_a_share_of_the_tokens_gets_the_extractive_answer(
    workers: Workers, model: ModelServer
) -> None:
    # A share of 4,000: enough for one answer at a time, and not for another after a long one.
    one = workers.more(model.settings | {"LLM_TOKENS_PER_DAY": 400_000, "LLM_TOKENS_PER_DAY_SHARE": 1})
    client = one.test_client()
    model.behave(Behaviour(TEXT + " Lamps." * 900))
    here, elsewhere = ({"REMOTE_ADDR": address} for address in ("2001:db8:1:2::7", "2001:db8:2::7"))
    same_network = {"REMOTE_ADDR": "2001:db8:1:3::8"}
    body = _question()
    client.post(CHAT, json=body, environ_base=here)
    model.behave(Behaviour(TEXT))
    again = [
        client.post(CHAT, json=_question() | more, environ_base=address).get_json()["metadata"]
        for more, address in (({"context": body["context"]}, elsewhere), ({}, same_network), ({}, elsewhere))
    ]
    assert [metadata["fallback"] for metadata in again] == [True, True, False]
    dispose(one)


def test_an_answer_that_ends_while_the_transcript_is_away_is_read_at_once_and_kept_later(
    app: Flask, model: ModelServer
) -> None:
    model.behave(SLOWLY)
    body = _question()
    stream = Stream(app, STREAM, body)
    stream.until_text()
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE messages RENAME TO away"))
    assert stream.rest()[-1].data["state"] == "done"
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO messages"))
    assert _ended(app, body["message_id"])["content"] == TEXT


@pytest.fixture
def one_slot(workers: Workers, model: ModelServer) -> Iterator[Flask]:
    """Return an application that writes one answer at a time."""
    model.behave(SILENT)
    made = workers.more(model.settings | {"MAX_STREAMS": 1})
    yield made
    dispose(made)


def _refused(client: FlaskClient, path: str, body: Any) -> None:
    response = client.post(path, json=body)
    detail = response.get_json()["detail"]
    assert (response.status_code, detail["error"], detail["message"]) == (
        503,
        "overloaded",
        concurrency.NO_SLOT,
    )
    assert response.headers["Retry-After"] == "5"


def test_one_stream_more_than_there_are_slots_is_refused_and_counts_nowhere(one_slot: Flask) -> None:
    body, client, who = _question(), one_slot.test_client(), _person(one_slot)
    stream = Stream(one_slot, STREAM, body)
    stream.next()
    counted = factories.rows(one_slot, db.metadata.tables["rate_limits"])
    for path, asked in ((STREAM, _question()), (CHAT, _question()), (RESUME, {"message_id": body["message_id"]})):
        _refused(client, path, asked)
    assert factories.rows(one_slot, db.metadata.tables["rate_limits"]) == counted
    assert client.get("/health").status_code == 200
    assert client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers).status_code == 200
    _stop(one_slot, body)
    stream.rest()
    stream.drop()
    assert client.post(STREAM, json=body).status_code == 200


def test_one_network_and_one_account_hold_no_more_than_their_share_of_the_slots(
    workers: Workers, model: ModelServer
) -> None:
    model.behave(SILENT)
    made = workers.more(model.settings | {"MAX_STREAMS": 8, "MAX_STREAMS_SHARE": 25})
    who, bodies = _person(made), []

    def ask(address: str, headers: Mapping[str, str] = MappingProxyType({})) -> TestResponse:
        bodies.append(_question())
        place = {"REMOTE_ADDR": address}
        return made.test_client().post(STREAM, json=bodies[-1], headers=dict(headers), environ_base=place)

    asked = [ask(f"2001:db8:1:{number:x}::1") for number in range(9)]
    assert [response.status_code for response in asked] == [200] * 2 + [429] * 7
    assert asked[-1].get_json()["detail"]["message"] == "Too many answers at once. Try again in 5 seconds."
    asked += [ask(f"192.0.2.{number}", who.headers) for number in range(3)]
    assert [response.status_code for response in asked[9:]] == [200] * 2 + [429]
    asked[0].close()
    asked += [ask("2001:db8:1:ffff::1"), ask("2001:db8:2::1")]
    assert [response.status_code for response in asked[12:]] == [200] * 2
    for body, response in zip(bodies, asked, strict=True):
        response.close()
        _stop(made, body)
    dispose(made)


@pytest.mark.parametrize("path", [STREAM, CHAT, RESUME])
def test_a_request_that_becomes_no_stream_gives_its_slot_back(one_slot: Flask, path: str) -> None:
    for _ in range(2):
        assert one_slot.test_client().post(path, json={}).status_code == 422


def test_a_stream_nobody_reads_gives_its_slot_back_when_it_is_closed(one_slot: Flask) -> None:
    body = _question()
    for _ in range(2):
        Stream(one_slot, STREAM, body).drop()


def test_waiting_for_whole_answers_keeps_nobody_from_working(app: Flask, model: ModelServer) -> None:
    model.behave(SILENT)
    bodies = [_question() for _ in range(POOL_SIZE + 1)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        waiting = [pool.submit(app.test_client().post, CHAT, json=body) for body in bodies]
        eventually(lambda: model.open == len(bodies))
        assert app.test_client().get("/health").status_code == 200
        for body in bodies:
            _stop(app, body)
        assert {one.result().get_json()["state"] for one in waiting} == {"stopped"}
