"""Every request has an id and one line in the log, which names no secret."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from chatkit import create_app
from tests.conftest import Served
from tests.factories import API, SECRET_KEY
from tests.servers import Gunicorn

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


def test_the_line_and_the_time_of_a_stream_come_at_its_end(
    fresh_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    @fresh_app.get("/drip")
    def drip() -> Iterator[str]:
        yield "a"
        yield "b"

    client, count = fresh_app.test_client(), 'chatkit_request_seconds_count{route="/drip"}'
    response = client.get("/drip", headers={"X-Request-ID": "drip-1"})
    assert _lines(capsys.readouterr().out) == []
    assert count not in client.get("/metrics").get_data(as_text=True)
    capsys.readouterr()
    response.close()
    [line] = _lines(capsys.readouterr().out)
    assert (line["event"], line["route"], line["request_id"]) == ("request", "/drip", "drip-1")
    assert f"{count} 1.0" in client.get("/metrics").get_data(as_text=True)


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


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn with two workers."""
    return sqlite_served.server


def test_a_server_writes_one_line_for_each_request(server: Gunicorn) -> None:
    for number in range(5):
        server.request(f"/nothing?{CANARY}", headers={"X-Request-ID": f"line-{number}"})
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    ids = [line["request_id"] for line in lines if line.get("request_id", "").startswith("line-")]
    assert sorted(ids) == [f"line-{number}" for number in range(5)]
    assert CANARY not in server.log
