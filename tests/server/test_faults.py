"""Faults, each on real processes: what a reader sees meanwhile, and that everything works again afterwards."""

import resource
import shutil
import signal
import sqlite3
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db
from chatkit.errors import READ_ONLY
from tests import factories, servers
from tests.acknowledged import Acknowledged
from tests.conftest import Database, Served, dispose
from tests.factories import API, SECRET_KEY, Person
from tests.servers import Gunicorn, PostgreSQL, Reply, eventually


def _settings(database: Database) -> dict[str, str]:
    limits = {f"RATE_LIMIT_{name}": "1000000000" for name in RATE_LIMITS}
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url} | limits


def _person(database: Database) -> Person:
    app = create_app(_settings(database))
    who = factories.person(app, f"{uuid.uuid4().hex}@example.com")
    dispose(app)
    return who


def _save(server: Gunicorn, who: Person, words: str = "How do I install it?") -> Reply:
    return server.request(f"{API}/chat/save", "POST", factories.chat(words), headers=who.headers)


def _check_unavailable(reply: Reply, says: str, code: str = "service_unavailable") -> None:
    """Check that an answer is the envelope of 503, and a sentence."""
    assert reply.status == 503
    detail = reply.json["detail"]
    assert (detail["error"], says in detail["message"]) == (code, True), detail
    assert int(reply.headers["Retry-After"]) == detail["retry_after"] >= 1


def _works_again(server: Gunicorn, who: Person) -> bool:
    """Tell whether reading, writing and the limiter work, on every worker."""
    replies = [_save(server, who) for _ in range(8)] + [server.request("/health") for _ in range(8)]
    return {reply.status for reply in replies} == {200}


@dataclass(frozen=True)
class Harmed:
    """A server on a SQLite file, whose tests take turns to harm it and mend it again."""

    server: Gunicorn
    file: Path
    who: Person


@pytest.fixture(scope="module")
def harmed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harmed]:
    """Run the server."""
    folder = tmp_path_factory.mktemp("harmed")
    file = folder / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    database = Database("sqlite", f"sqlite:///{file}")
    who = _person(database)
    with servers.gunicorn(folder, _settings(database)) as server:
        yield Harmed(server, file, who)


@pytest.fixture
def reader(postgresql_served: Served) -> Person:
    """Return a person who is signed in there."""
    return _person(postgresql_served.database)


def test_a_killed_server_keeps_what_it_acknowledged(database: Database, tmp_path: Path) -> None:
    who, acknowledged = _person(database), Acknowledged()
    server = Gunicorn(tmp_path, _settings(database))
    try:
        server.start()
        with acknowledged.kept(server, who):
            eventually(lambda: len(acknowledged) > 40)
            psutil.Process(min(server.workers())).kill()
            before = len(acknowledged)
            eventually(lambda: len(acknowledged) > before + 20)
            server.stop(signal.SIGKILL)
        server.start()
        assert acknowledged.missing(database.url) == set()
        assert acknowledged.unexpected == []
        assert _works_again(server, who)
    finally:
        server.end()


def test_a_frozen_postgresql_is_unavailable_and_works_again(
    postgresql_served: Served, postgresql: PostgreSQL, reader: Person
) -> None:
    server = postgresql_served.server
    with postgresql.frozen():
        _check_unavailable(server.request("/health"), "Try again")
        # The limiter admits nobody it cannot count.
        _check_unavailable(server.request(f"{API}/chat", "POST", factories.question()), "Try again")
        _check_unavailable(_save(server, reader), "Try again")
    assert eventually(lambda: _works_again(server, reader))
    assert "Traceback" not in server.log


def test_a_locked_postgresql_table_is_unavailable_and_works_again(postgresql_served: Served, reader: Person) -> None:
    holder = psycopg.connect(postgresql_served.database.url)
    holder.execute("LOCK TABLE saved_chats")
    # A worker may believe for a second that the server is still away, which it was in another test.
    eventually(lambda: _save(postgresql_served.server, reader).json["detail"]["error"] == "overloaded")
    _check_unavailable(_save(postgresql_served.server, reader), "busy", "overloaded")
    holder.close()
    assert _save(postgresql_served.server, reader).status == 200


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the lock for writing, as another process."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def test_a_locked_sqlite_is_read_and_writing_is_unavailable(harmed: Harmed) -> None:
    with _locked(harmed.file):
        _check_unavailable(_save(harmed.server, harmed.who), "busy", "overloaded")
        assert harmed.server.request(f"{API}/chat/saved", headers=harmed.who.headers).status == 200
    assert _works_again(harmed.server, harmed.who)
    assert "Traceback" not in harmed.server.log


def _limit_files(server: Gunicorn, size: int) -> None:
    """Let the workers write no file beyond this size, which fails as a full disk does."""
    for worker in server.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_read_and_writing_is_unavailable(harmed: Harmed) -> None:
    server, who = harmed.server, harmed.who
    _limit_files(server, harmed.file.stat().st_size)
    replies = [_save(server, who, "a" * 2000)]
    while replies[-1].status == 200:
        replies.append(_save(server, who, "a" * 2000))
    _check_unavailable(replies[-1], "Nothing can be stored")
    assert server.request(f"{API}/chat/saved", headers=who.headers).status == 200
    assert server.request("/health").status == 200
    _limit_files(server, resource.RLIM_INFINITY)
    assert _works_again(server, who)
    assert "Traceback" not in server.log
    acknowledged = {reply.json["chat_id"] for reply in replies if reply.status == 200}
    with closing(sqlite3.connect(harmed.file)) as beside:
        assert beside.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert acknowledged <= {str(row[0]) for row in beside.execute("SELECT id FROM saved_chats")}


def test_a_moved_sqlite_file_is_never_replaced_and_works_again(harmed: Harmed) -> None:
    away = harmed.file.with_name("away.db")
    harmed.file.rename(away)
    # At once, so that each worker opens connections it did not have.
    with ThreadPoolExecutor(24) as pool:
        statuses = set(pool.map(lambda _: _save(harmed.server, harmed.who).status, range(48)))
    assert 503 in statuses <= {200, 503}
    assert not harmed.file.exists()
    away.rename(harmed.file)
    assert _works_again(harmed.server, harmed.who)
    assert "Traceback" not in harmed.server.log


def test_the_database_itself_saying_that_it_is_full_is_told_as_such(fresh_app: Flask) -> None:
    who, client = factories.person(fresh_app), fresh_app.test_client()
    with fresh_app.app_context():
        engine = db.engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))

    def save() -> TestResponse:
        return client.post(f"{API}/chat/save", json=factories.chat("a" * 2000), headers=who.headers)

    refused = next(reply for reply in iter(save, None) if reply.status_code != 200)
    assert (refused.status_code, refused.get_json()["detail"]["message"]) == (503, READ_ONLY)


def test_a_session_due_to_be_noted_is_read_when_nothing_can_be_written(harmed: Harmed) -> None:
    with closing(sqlite3.connect(harmed.file, isolation_level=None)) as beside:
        beside.execute("UPDATE sessions SET last_seen_at = datetime('now', '-1 hour')")
    with _locked(harmed.file):
        reply = harmed.server.request(f"{API}/auth/session-check", headers=harmed.who.headers)
    assert reply.status == 200


def test_a_reload_under_short_requests_drops_none(served: Served) -> None:
    server = served.server
    before = server.workers()

    def ask(number: int) -> Reply:
        if number == 20:
            server.signal(signal.SIGHUP)
        return server.request(f"{API}/chat", "POST", factories.question())

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(ask, range(60)))
    assert [reply.body for reply in replies if reply.status != 200] == []
    eventually(lambda: server.workers() and not server.workers() & before, servers.START_SECONDS)
