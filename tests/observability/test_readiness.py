"""/livez and /readyz: what they say, and that they say it whatever else is asked of the server."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.observability import readiness
from tests import factories
from tests.factories import API, SECRET_KEY, MakeApp
from tests.servers import LIMIT_SECONDS, LOOPBACK, Gunicorn, PostgreSQL, Reply, eventually, gunicorn

HALF = (
    f"POST {API}/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{".encode()
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


def test_a_server_that_can_serve_is_ready(make_app: MakeApp) -> None:
    client = make_app().test_client()
    assert client.get("/livez").get_json() == {"status": "alive"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["migrations"]) == (200, "current")


def test_a_database_of_another_version_is_not_ready_and_is_ready_again(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app()
    client = app.test_client()
    with app.app_context():
        head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        for other, says in (("0001", "flask db upgrade"), ("9999", "newer version")):
            _set_revision(other)
            detail = client.get("/readyz").get_json()["detail"]
            assert (detail["error"], says in detail["message"]) == ("service_unavailable", True)
        _set_revision(str(head))
    assert client.get("/readyz").status_code == 200
    log = capsys.readouterr().out
    assert (log.count('"not_ready"'), log.count('"ready_again"')) == (2, 1)


def _set_revision(revision: str) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    db.session.commit()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_without_its_database_a_server_lives_and_is_not_ready(url: str) -> None:
    client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["detail"]["message"]) == (503, readiness.AWAY)
    assert answer.headers["Retry-After"] == "5"


def test_tables_that_are_missing_are_said_in_the_log_and_by_readyz(
    tmp_path: Path, postgresql: PostgreSQL, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/empty.db", postgresql.url("template1")):
        client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
        answer = client.post(f"{API}/chat", json=factories.question())
        assert (answer.status_code, answer.get_json()["detail"]["error"]) == (503, "service_unavailable")
        assert "flask db upgrade" in client.get("/readyz").get_json()["detail"]["message"]
        log = capsys.readouterr().out
        assert '"event": "database_not_migrated"' in log
        assert "database_unavailable" not in log


@pytest.fixture
def full(postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path) -> Iterator[Gunicorn]:
    """Run a server of one worker."""
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": postgresql_url, "MAX_STREAMS": "1"}
    with gunicorn(tmp_path, settings | {"GUNICORN_CMD_ARGS": "--workers=1"}) as server:
        yield server


def test_probes_are_answered_with_every_thread_taken_and_the_database_frozen(
    full: Gunicorn, postgresql: PostgreSQL
) -> None:
    # 49 threads are all that this worker has.
    taken = [socket.create_connection((LOOPBACK, full.port)) for _ in range(60)]
    for connection in taken:
        connection.sendall(HALF)
    assert full.request("/readyz").status == 200
    with postgresql.frozen():
        # For a second the last answer is good.
        eventually(lambda: full.request("/readyz").status == 503)
        for path, status in (("/livez", 200), ("/readyz", 503), ("/livez", 200), ("/readyz", 503)):
            began = time.monotonic()
            reply: Reply = full.request(path)
            assert (path, reply.status, time.monotonic() - began < LIMIT_SECONDS) == (path, status, True)
            assert reply.headers.get_all("Connection") == ["close"]
            assert reply.headers["X-Request-ID"]
    for connection in taken:
        connection.close()


def test_overload_and_an_absent_database_differ_in_answer_log_and_metric(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "MAX_STREAMS": 1})
    slots = app.extensions["chatkit_slots"]
    slots.streams.acquire()
    away = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    found = {}
    for refusing in (app, away):
        client = refusing.test_client()
        answer = client.post(f"{API}/chat/stream", json=factories.question())
        code = answer.get_json()["detail"]["error"]
        found[code] = [line for line in capsys.readouterr().out.splitlines() if '"level": "info"' not in line]
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        metrics = client.get("/metrics", environ_base={"REMOTE_ADDR": LOOPBACK}).get_data(as_text=True)
        assert f'chatkit_unavailable_total{{error="{code}"}}' in metrics
    assert found.keys() == {"overloaded", "service_unavailable"}
    assert '"what": "streams", "event": "overloaded"' in found["overloaded"][0]
    assert "database_unavailable" in "".join(found["service_unavailable"])
