"""/health: true while server and database answer, and quick when the database does not."""

import socket
import time

import pytest
from flask.testing import FlaskClient

from chatkit import create_app
from chatkit.version import VERSION
from tests import servers
from tests.conftest import Served
from tests.factories import SECRET_KEY
from tests.servers import LIMIT_SECONDS, LOOPBACK, PostgreSQL


def test_health_tells_that_server_and_database_answer(client: FlaskClient) -> None:
    body = client.get("/health").get_json()
    assert body["status"] == "ok"
    assert body["database"] == "connected"
    assert body["version"] == VERSION
    assert body["uptime_seconds"] >= 0


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_health_is_503_soon_when_the_database_is_away(url: str) -> None:
    client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
    began = time.monotonic()
    response = client.get("/health")
    assert time.monotonic() - began < LIMIT_SECONDS
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1


def test_health_is_503_after_the_shortest_connect_timeout_when_the_database_never_answers() -> None:
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))
        silent.listen()
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
        began = time.monotonic()
        response = client.get("/health")
        assert time.monotonic() - began < LIMIT_SECONDS
    assert response.status_code == 503


def test_a_database_that_went_away_is_503_and_comes_back_without_a_restart() -> None:
    server = PostgreSQL()
    try:
        client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": server.url("postgres")}).test_client()
        assert client.get("/health").status_code == 200
        server.halt()
        began = time.monotonic()
        response = client.get("/health")
        assert time.monotonic() - began < LIMIT_SECONDS
        assert (response.status_code, response.get_json()["detail"]["error"]) == (503, "service_unavailable")
        server.resume()
        assert servers.eventually(lambda: client.get("/health").status_code == 200)
    finally:
        server.stop()


def test_all_workers_tell_the_same_start(sqlite_served: Served) -> None:
    assert len({sqlite_served.server.request("/health").json["started_at"] for _ in range(20)}) == 1
