"""One envelope for every failure, never HTML."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from chatkit import create_app, errors
from chatkit.database.orm import db
from tests import factories
from tests.conftest import Served
from tests.factories import API, SECRET_KEY, MakeApp, Person
from tests.servers import LOOPBACK, Gunicorn

JSON = "application/json"
CHAT = f"{API}/chat"


@pytest.fixture
def client(plain_app: Flask) -> FlaskClient:
    """Return a client of an application on SQLite: no database takes part in a refusal."""
    return plain_app.test_client()


@pytest.fixture
def who(plain_app: Flask) -> Person:
    """Return a person who is signed in."""
    return factories.person(plain_app)


def _check(response: TestResponse, status: int, code: str) -> Any:
    """Check the envelope; return what it holds."""
    assert response.status_code == status
    assert response.mimetype == JSON
    body = json.loads(response.data)
    assert set(body) == {"detail"}
    detail = body["detail"]
    assert set(detail) <= {"error", "message", "request_id", "retry_after", "fields"}
    assert detail["error"] == code
    assert detail["request_id"] == response.headers["X-Request-ID"]
    assert detail["message"].strip().endswith((".", "?"))
    assert "<" not in detail["message"]
    return detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a": NaN}',
        b"Infinity",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a": 1} trailing',
        b"\xff\xfe",
        b"{'a': 1}",
        b'"\x00"',
        b"1" * 5000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1e400}',
        b'{"a": -1e400}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 01}',
        b'{"a": 1,}',
        b'{"a": "\n"}',
        b"/**/{}",
    ],
)
def test_a_body_that_is_not_json_is_a_bad_request(client: FlaskClient, body: bytes) -> None:
    response = client.post(CHAT, data=body, content_type=JSON)
    assert response.status_code == 400
    _check(response, 400, response.get_json()["detail"]["error"])


@pytest.mark.parametrize("body", ["[]", "null", "5", '"text"', "true"])
def test_json_that_is_no_object_is_refused(client: FlaskClient, body: str) -> None:
    _check(client.post(CHAT, data=body, content_type=JSON), 422, "invalid_request")


@pytest.mark.parametrize("depth", [60, 70, *range(900, 1000, 8)])
def test_a_nul_at_any_depth_gets_a_clear_answer(client: FlaskClient, depth: int) -> None:
    body = "[" * depth + '"\\u0000"' + "]" * depth
    assert client.post(CHAT, data=body, content_type=JSON).status_code in {400, 422}


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\udc00\\ud800", "a\\u0000b"])
def test_text_no_database_can_hold_is_refused(client: FlaskClient, escape: str) -> None:
    body = json.dumps(factories.question("MARK")).replace("MARK", escape)
    detail = _check(client.post(CHAT, data=body, content_type=JSON), 422, "invalid_request")
    assert list(detail["fields"]) == ["message"]


@pytest.mark.parametrize("path", ["/chat/save", "/user/personalize", "/analytics/event"])
def test_a_nul_anywhere_in_a_body_is_refused(client: FlaskClient, who: Person, path: str) -> None:
    for body in ('{"x": {"y": ["\\u0000"]}}', '{"\\ud800": 1}', '{"x\\u0000": 1}'):
        response = client.post(API + path, data=body, content_type=JSON, headers=who.headers)
        _check(response, 422, "invalid_request")


def test_a_pair_of_surrogates_is_one_character(client: FlaskClient) -> None:
    body = json.dumps(factories.question("MARK")).replace("MARK", "\\ud83c\\udf55")
    assert client.post(CHAT, data=body, content_type=JSON).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_anything_but_json_is_an_unsupported_media_type(client: FlaskClient, content_type: str) -> None:
    body = json.dumps(factories.question())
    response = client.post(CHAT, data=body, headers={"Content-Type": content_type} if content_type else {})
    _check(response, 415, "unsupported_media_type")


def test_of_a_key_that_is_repeated_the_last_counts(client: FlaskClient) -> None:
    body = json.dumps(factories.question())
    assert client.post(CHAT, data='{"message": 5, ' + body[1:], content_type=JSON).status_code == 200
    assert client.post(CHAT, data=body[:-1] + ', "message": 5}', content_type=JSON).status_code == 422


@pytest.mark.parametrize(
    "content_type", ["APPLICATION/JSON", "application/json;", 'application/json; a="b', " application/json "]
)
def test_json_is_json_however_its_type_is_spelled(client: FlaskClient, content_type: str) -> None:
    response = client.post(CHAT, data=json.dumps(factories.question()), headers={"Content-Type": content_type})
    assert response.status_code == 200


def test_json_with_a_charset_is_json(client: FlaskClient) -> None:
    body = json.dumps(factories.question())
    assert client.post(CHAT, data=body, content_type="application/json; charset=utf-8").status_code == 200


def test_a_body_of_256_kib_is_read(client: FlaskClient) -> None:
    body = json.dumps(factories.question()).encode()
    body = body[:-1] + b" " * (256 * 1024 - len(body)) + b"}"
    assert len(body) == 256 * 1024
    assert client.post(CHAT, data=body, content_type=JSON).status_code == 200


@pytest.mark.parametrize("path", ["/chat", "/auth/logout", "/nothing"])
def test_a_body_over_256_kib_is_too_large(client: FlaskClient, path: str) -> None:
    response = client.post(API + path, data=b" " * (256 * 1024 + 1), content_type=JSON)
    _check(response, 413, "payload_too_large")


@pytest.mark.parametrize(
    "path", ["/nothing", f"{API}/nothing", f"{API}/chat/saved/x", "/%00", "/guide/none", "/widget/x"]
)
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str) -> None:
    _check(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    ["/widget/..%2f..%2fconfig.py", "/widget/../config.py", "/site/..%2froutes.py", "/guide/..%2f..%2fsetup.cfg"],
)
def test_no_file_outside_is_served(client: FlaskClient, path: str) -> None:
    _check(client.get(path), 404, "not_found")


def test_a_wrong_method_is_not_allowed(client: FlaskClient) -> None:
    response = client.get(CHAT)
    _check(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_a_missing_session_is_unauthorized(client: FlaskClient) -> None:
    _check(client.get(f"{API}/auth/session-check"), 401, "unauthorized")


def test_a_foreign_return_is_forbidden(client: FlaskClient) -> None:
    _check(factories.sign_up(client, return_to="https://evil.example/"), 403, "origin_not_allowed")


def test_too_many_requests_say_when_to_come_back(client: FlaskClient, who: Person) -> None:
    for _ in range(6):
        response = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    assert _check(response, 429, "rate_limited")["retry_after"] >= 1


def test_a_body_that_does_not_fit_names_its_fields(client: FlaskClient) -> None:
    detail = _check(client.post(CHAT, json={}), 422, "invalid_request")
    assert set(detail["fields"]) == {"message", "context"}
    for sentences in detail["fields"].values():
        assert all(isinstance(sentence, str) and sentence for sentence in sentences)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503])
def test_every_status_has_the_envelope(fresh_app: Flask, status: int) -> None:
    @fresh_app.get("/raise")
    def fail() -> str:
        abort(status)

    response = fresh_app.test_client().get("/raise")
    _check(response, status, response.get_json()["detail"]["error"])


def test_a_conflict_has_a_code_of_its_own(fresh_app: Flask) -> None:
    @fresh_app.get("/raise")
    def fail() -> str:
        abort(409)

    _check(fresh_app.test_client().get("/raise"), 409, "conflict")


def test_a_bug_is_an_internal_error_without_its_words(fresh_app: Flask) -> None:
    @fresh_app.get("/raise")
    def fail() -> str:
        raise RuntimeError("hunter2 in /etc/secrets")

    response = fresh_app.test_client().get("/raise")
    _check(response, 500, "internal_error")
    assert b"hunter2" not in response.data


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
@pytest.mark.parametrize("path", [CHAT, f"{API}/auth/signup", f"{API}/analytics/event", f"{API}/auth/verify"])
def test_a_database_that_is_away_is_service_unavailable(url: str, path: str) -> None:
    client = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client()
    response = client.post(path, json=factories.question())
    detail = _check(response, 503, "service_unavailable")
    assert response.headers["Retry-After"] == str(detail["retry_after"])
    assert int(response.headers["Retry-After"]) >= 1


EVENT_OF_NOBODY = "INSERT INTO analytics_events (event_type, event_data, logged_at, user_id)"


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        (f"{EVENT_OF_NOBODY} VALUES ('x', '{{}}', CURRENT_TIMESTAMP, 99)", 401, "unauthorized"),
        ("INSERT INTO leases (name) VALUES ('x')", 500, "internal_error"),
    ],
    ids=["an account that is gone", "another constraint"],
)
def test_what_the_database_refuses_is_told_apart(make_app: MakeApp, statement: str, status: int, code: str) -> None:
    app = make_app()

    @app.get("/raise")
    def fail() -> str:
        db.session.execute(text(statement))
        return "done"

    _check(app.test_client().get("/raise"), status, code)


def test_a_head_request_has_the_status_without_a_body(client: FlaskClient) -> None:
    response = client.head("/nothing")
    assert (response.status_code, response.data) == (404, b"")


def test_codes_are_snake_case(client: FlaskClient) -> None:
    codes = [code for code, _ in errors.HTTP_MESSAGES.values()]
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn: what comes over the wire differs from a test client's requests."""
    return sqlite_served.server


def _raw(server: Gunicorn, head: str, body: Iterator[bytes] | list[bytes]) -> tuple[int, Any]:
    """Send bytes as they are; return the status and the body."""
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        connection.sendall(head.encode())
        try:
            for part in body:
                connection.sendall(part)
        except OSError:
            pass  # The server has answered and closed already, as it may.
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def test_a_large_announced_body_is_refused_unread_on_the_wire(server: Gunicorn) -> None:
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 10000000000\r\n\r\n"
    status, body = _raw(server, head, [])
    assert (status, body["detail"]["error"]) == (413, "payload_too_large")


def test_a_large_chunked_body_is_refused_on_the_wire(server: Gunicorn) -> None:
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"4000\r\n" + b" " * 0x4000 + b"\r\n"] * 16 + [b"1\r\n \r\n0\r\n\r\n"]
    status, body = _raw(server, head, chunks)
    assert (status, body["detail"]["error"]) == (413, "payload_too_large")


def test_a_chunked_body_of_256_kib_is_read_on_the_wire(server: Gunicorn) -> None:
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [b"4000\r\n" + b" " * 0x4000 + b"\r\n"] * 15 + [b"3ffe\r\n" + b" " * 0x3FFE + b"\r\n"]
    status, body = _raw(server, head, [*chunks, b"2\r\n{}\r\n0\r\n\r\n"])
    assert (status, body["detail"]["error"]) == (422, "invalid_request")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 40_000, b'{"a": NaN}'])
def test_absurd_json_is_a_bad_request_on_the_wire(server: Gunicorn, body: bytes) -> None:
    reply = server.request(CHAT, "POST", body)
    assert (reply.status, reply.headers["Content-Type"]) == (400, JSON)


def test_a_stream_arrives_as_events_on_the_wire(server: Gunicorn) -> None:
    reply = server.request(f"{CHAT}/stream", "POST", factories.question())
    assert reply.status == 200
    assert reply.body.startswith(b"event: sources\ndata: ")
    assert b"\n\nevent: done\ndata: " in reply.body


def test_the_server_survived_all_of_it(server: Gunicorn) -> None:
    assert server.request("/health").status == 200
    assert "Traceback" not in server.log


def test_a_string_without_end_is_refused_quickly(client: FlaskClient) -> None:
    # Read in quadratic time, this would hold the worker for a minute.
    body = b"[" * 33 + b'\\"' * 100_000
    reply = client.post(CHAT, data=body, content_type=JSON)
    _check(reply, 400, "invalid_json")


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "\xed\xa0\x80"}',
        '{"message": "\\u0000"}'.encode("utf-16"),
        '{"message": "\\ud800"}'.encode("utf-32"),
    ],
)
def test_json_in_another_encoding_than_utf_8_is_refused(client: FlaskClient, body: bytes) -> None:
    _check(client.post(CHAT, data=body, content_type=JSON), 400, "invalid_json")
