"""Streams of real servers: two on one database, reloaded, killed, full."""

import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from chatkit import create_app
from chatkit.answers.phrases.english import ENGLISH
from tests import factories, servers
from tests.conftest import DATABASES, dispose
from tests.factories import API, SECRET_KEY
from tests.modelserver import Behaviour, ModelServer, model_server
from tests.servers import Gunicorn, PostgreSQL, eventually
from tests.sse_client import SseClient

STREAM = f"{API}/chat/stream"
RESUME = f"{API}/chat/resume"
STOP = f"{API}/chat/stop"
QUESTION = "When does the foghorn sound in dense fog?"
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"
SLOTS = 3


@dataclass
class Two:
    """Two servers of one worker each on one database, and the model they ask."""

    one: Gunicorn
    other: Gunicorn
    model: ModelServer
    database: str

    def ask(self, behaviour: Behaviour) -> tuple[SseClient, dict[str, str]]:
        """Ask the first server a question that is answered in this behaviour; return the stream and what names it."""
        self.model.behave(behaviour)
        body = factories.question(QUESTION) | {"message_id": str(uuid.uuid4())}
        return SseClient(self.one.url + STREAM, body), {"message_id": body["message_id"]}

    def resume(self, server: Gunicorn, named: dict[str, str], offset: int) -> SseClient:
        """Take a stream up at a server."""
        return SseClient(server.url + RESUME, named, {"Last-Event-ID": str(offset)})

    def row(self, named: dict[str, str]) -> Any:
        """Return an answer as the database holds it."""
        statement = text("SELECT content, state FROM messages WHERE message_id = :message_id")
        engine = create_engine(self.database)
        with engine.connect() as connection:
            row = connection.execute(statement, named).one()
        engine.dispose()
        return row


@pytest.fixture(scope="module", params=DATABASES)
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Run the servers for all tests of this file."""
    folder = tmp_path_factory.mktemp(f"two-{request.param}")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/chatkit.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "chatkit.db")
    else:
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        postgresql.create("two", "migrated")
        url = postgresql.url("two")
    with model_server() as model:
        settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "GUNICORN_CMD_ARGS": "--workers=1"}
        settings |= {"MAX_STREAMS": str(SLOTS), "MAX_STREAMS_SHARE": "100"} | model.settings
        app = create_app({name: value for name, value in settings.items() if name != "GUNICORN_CMD_ARGS"})
        factories.index(app, folder / "guide")
        database = app.config["CHATKIT"].database_url
        dispose(app)
        one, other = folder / "one", folder / "other"
        one.mkdir()
        other.mkdir()
        with servers.gunicorn(one, settings) as first, servers.gunicorn(other, settings) as second:
            yield Two(first, second, model, database)


def test_another_worker_takes_a_stream_up_without_asking_again(two: Two) -> None:
    asked = len(two.model.requests)
    with two.ask(Behaviour(TEXT, pieces_per_second=8))[0] as stream:
        named = {"message_id": next(stream).data["message_id"]}
        assert next(stream).name == "token"
    with two.resume(two.other, named, len(stream.text)) as resumed:
        assert list(resumed)[-1].name == "done"
    assert stream.text + resumed.text == TEXT
    assert len(two.model.requests) == asked + 1


def test_another_worker_stops_the_models_work(two: Two) -> None:
    gone = two.model.disconnects
    stream, named = two.ask(Behaviour(TEXT, stall_after=2))
    with stream:
        eventually(lambda: two.model.open == 1)
        assert servers.request(two.other.url + STOP, "POST", named).status == 204
        assert list(stream)[-1].data["state"] == "stopped"
    eventually(lambda: two.model.disconnects == gone + 1)
    assert two.row(named).state == "stopped"


def test_a_reload_lets_answers_end_as_they_should_whether_read_or_not(two: Two) -> None:
    read, _ = two.ask(Behaviour(TEXT, pieces_per_second=5))
    left, named = two.ask(Behaviour(TEXT, pieces_per_second=5))
    next(left)
    left.drop()
    with read:
        next(read)
        before = two.one.workers()
        two.one.signal(signal.SIGHUP)
        eventually(lambda: two.one.workers() - before, servers.START_SECONDS)
        assert list(read)[-1].name == "done"
    eventually(lambda: not two.one.workers() & before, servers.START_SECONDS)
    assert read.text == TEXT
    assert tuple(two.row(named)) == (TEXT, "done")


def test_an_answer_whose_worker_was_killed_ends_with_what_the_pages_say(two: Two) -> None:
    asked = len(two.model.requests)
    stream, named = two.ask(Behaviour(TEXT, stall_after=4))
    with stream:
        next(stream)
        next(stream)
        before = two.one.workers()
        [worker] = before
        os.kill(worker, signal.SIGKILL)
    with two.resume(two.other, named, len(stream.text)) as resumed:
        end = list(resumed)[-1]
    assert end.data["metadata"]["fallback"] is True
    assert stream.text + resumed.text in {
        f"{TEXT[:length]}\n\n{ENGLISH.interrupted}\n\n{TEXT}" for length in range(len(TEXT))
    }
    assert len(two.model.requests) == asked + 1
    eventually(
        lambda: two.one.workers() and not two.one.workers() & before and two.one.answers(), servers.START_SECONDS
    )


def test_with_every_slot_taken_the_rest_is_answered(two: Two) -> None:
    with create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": two.database}).app_context() as context:
        who = factories.person(context.app, f"{uuid.uuid4()}@example.com")
    taken = [two.ask(Behaviour(silent=True)) for _ in range(SLOTS)]
    refused = servers.request(two.one.url + STREAM, "POST", factories.question())
    assert (refused.status, refused.json["detail"]["error"]) == (503, "overloaded")
    assert refused.headers["Retry-After"] == "5"
    assert two.one.request("/health").status == 200
    assert two.one.request(f"{API}/chat/save", "POST", factories.chat(), who.headers).status == 200
    for stream, named in taken:
        assert servers.request(two.one.url + STOP, "POST", named).status == 204
        with stream:
            assert list(stream)[-1].name == "done"
    two.model.behave(Behaviour(TEXT))
    assert eventually(lambda: servers.request(two.one.url + STREAM, "POST", factories.question()).status == 200)
