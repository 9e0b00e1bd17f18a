"""What an operator sees: request ids, log lines, health, metrics, and never a secret."""

import json
import re
import socket
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit import create_app
from chatkit.version import VERSION
from tests import servers
from tests.conftest import Served
from tests.factories import API, SECRET_KEY
from tests.servers import LOOPBACK, Gunicorn, PostgreSQL

CANARY = "canary-7f3a9c1e5b"


def _lines(captured: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.splitlines()]


@pytest.mark.parametrize("given", ["a", "A-z-0-9", "0" * 64, "550e8400-e29b-41d4-a716-446655440000"])
def test_a_proper_request_id_is_echoed(plain_app: Flask, given: str) -> None:
    response = plain_app.test_client().get("/health", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", "a_b", "é", "<script>", "a.b", "a/b", "a;b"])
def test_any_other_request_id_is_replaced(plain_app: Flask, given: str) -> None:
    response = plain_app.test_client().get("/health", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] != given
    assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", response.headers["X-Request-ID"])


def test_made_request_ids_differ(plain_app: Flask) -> None:
    client = plain_app.test_client()
    assert len({client.get("/health").headers["X-Request-ID"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/health", "/health", 200),
        ("GET", f"{API}/chat/saved/5", f"{API}/chat/saved/<int(max=2147483647):chat_id>", 401),
        ("POST", f"{API}/chat", f"{API}/chat", 415),
        ("GET", "/nothing/here", "unmatched", 404),
        ("OPTIONS", f"{API}/chat", f"{API}/chat", 200),
    ],
)
def test_a_request_writes_one_json_line(
    plain_app: Flask, capsys: pytest.CaptureFixture[str], method: str, path: str, route: str, status: int
) -> None:
    response = plain_app.test_client().open(path, method=method)
    [line] = _lines(capsys.readouterr().out)
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", method, route, status)
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert line["ms"] >= 0
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_a_bug_writes_its_trace_under_its_request_id(fresh_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    @fresh_app.get("/raise")
    def fail() -> str:
        raise RuntimeError("a bug")

    response = fresh_app.test_client().get("/raise")
    trace, line = _lines(capsys.readouterr().out)
    assert "RuntimeError: a bug" in trace["exception"]
    assert line["status"] == 500
    assert trace["request_id"] == line["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 1), ("INFO", 1), ("WARNING", 0), ("ERROR", 0)])
def test_the_log_level_is_the_applications_own(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], level: str, count: int
) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "LOG_LEVEL": level})
    app.test_client().get("/health")
    assert len(_lines(capsys.readouterr().out)) == count


def test_a_forwarded_header_without_a_proxy_is_warned_of_once(
    fresh_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        fresh_app.test_client().get("/health", headers={"X-Forwarded-For": "198.51.100.7"})
    warnings = [line for line in _lines(capsys.readouterr().out) if line["level"] == "warning"]
    assert len(warnings) == 1
    assert "TRUSTED_PROXIES" in warnings[0]["remedy"]


def test_a_forwarded_header_of_a_trusted_proxy_is_not_warned_of(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "TRUSTED_PROXIES": 1})
    app.test_client().get("/health", headers={"X-Forwarded-For": "198.51.100.7"})
    assert {line["level"] for line in _lines(capsys.readouterr().out)} == {"info"}


def test_health_tells_that_server_and_database_answer(client: FlaskClient) -> None:
    body = client.get("/health").get_json()
    assert body["status"] == "ok"
    assert body["database"] == "connected"
    assert body["version"] == VERSION
    assert body["uptime_seconds"] >= 0


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_health_is_503_in_under_two_seconds_when_the_database_is_away(url: str) -> None:
    client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
    began = time.monotonic()
    response = client.get("/health")
    assert time.monotonic() - began < 2
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
        # The PostgreSQL library waits for two seconds at least.
        assert time.monotonic() - began < 3
    assert response.status_code == 503


def test_a_database_that_went_away_is_503_and_comes_back_without_a_restart() -> None:
    server = PostgreSQL()
    try:
        client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": server.url("postgres")}).test_client()
        assert client.get("/health").status_code == 200
        server.halt()
        began = time.monotonic()
        response = client.get("/health")
        assert time.monotonic() - began < 2
        assert (response.status_code, response.get_json()["detail"]["error"]) == (503, "service_unavailable")
        server.resume()
        assert servers.eventually(lambda: client.get("/health").status_code == 200, seconds=5)
    finally:
        server.stop()


def _metrics(client: FlaskClient, address: str = LOOPBACK, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/metrics", headers=named, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_may_read_the_metrics(plain_app: Flask, address: str) -> None:
    assert _metrics(plain_app.test_client(), address) == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", ""])
def test_nobody_else_may_read_the_metrics(plain_app: Flask, address: str) -> None:
    assert _metrics(plain_app.test_client(), address) == 401


def test_a_forged_forwarded_header_does_not_open_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), "192.0.2.1", X_Forwarded_For="127.0.0.1") == 401


def test_a_reader_behind_an_untrusted_proxy_on_loopback_may_not_read_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), X_Forwarded_For="198.51.100.7") == 401


@pytest.mark.parametrize(("forwarded", "status"), [("127.0.0.1", 200), ("198.51.100.7", 401)])
def test_a_trusted_proxy_tells_who_reads_the_metrics(sqlite_url: str, forwarded: str, status: int) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "TRUSTED_PROXIES": 1})
    assert _metrics(app.test_client(), X_Forwarded_For=forwarded) == status


@pytest.mark.parametrize(
    ("header", "status"),
    [(f"Bearer {CANARY}", 200), ("Bearer wrong", 401), ("Bearer ", 401), (f"Basic {CANARY}", 401), ("Bearer é", 401)],
)
def test_the_metrics_token_opens_the_metrics_from_elsewhere(sqlite_url: str, header: str, status: int) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "METRICS_TOKEN": CANARY})
    assert _metrics(app.test_client(), "192.0.2.1", Authorization=header) == status


def test_without_a_token_set_no_bearer_opens_the_metrics(plain_app: Flask) -> None:
    assert _metrics(plain_app.test_client(), "192.0.2.1", Authorization="Bearer None") == 401


def test_metrics_name_routes_and_never_paths(plain_app: Flask) -> None:
    client = plain_app.test_client()
    client.get(f"/{CANARY}")
    client.get(f"{API}/auth/sessions/{CANARY}")
    assert CANARY not in client.get("/metrics").get_data(as_text=True)


def test_metrics_are_prometheus_text(plain_app: Flask) -> None:
    response = plain_app.test_client().get("/metrics")
    assert response.mimetype == "text/plain"
    assert "# TYPE chatkit_requests_total counter" in response.get_data(as_text=True)


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn with two workers."""
    return sqlite_served.server


def _counted(server: Gunicorn) -> float:
    text = server.request("/metrics").body.decode()
    name = 'chatkit_requests_total{method="GET",route="/openapi.json",status="200"} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))


def test_metrics_are_true_across_workers(server: Gunicorn) -> None:
    before = _counted(server)
    for _ in range(40):
        server.request("/openapi.json")
    assert {_counted(server) for _ in range(10)} == {before + 40}


def test_a_server_writes_one_line_for_each_request(server: Gunicorn) -> None:
    for number in range(5):
        server.request(f"/nothing?{CANARY}", headers={"X-Request-ID": f"line-{number}"})
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    ids = [line["request_id"] for line in lines if line.get("request_id", "").startswith("line-")]
    assert sorted(ids) == [f"line-{number}" for number in range(5)]
    assert CANARY not in server.log


def test_all_workers_tell_the_same_start(server: Gunicorn) -> None:
    assert len({server.request("/health").json["started_at"] for _ in range(20)}) == 1
