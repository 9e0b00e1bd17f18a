"""What comes over the wire and no test client would send: each gets one answer, in the one envelope."""

import http.client
import io
import json
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.conftest import Served
from tests.factories import API
from tests.servers import LOOPBACK, Gunicorn, Reply

CANARY = "canary-4b1d7e92c0"
POST = f"POST {API}/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
# What hides behind a body whose end two servers would see in different places.
HIDDEN = f"GET /openapi.json?{CANARY} HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Cache-Control", "Vary")


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn."""
    return sqlite_served.server


def _send(server: Gunicorn, sent: str) -> list[Reply]:
    """Send bytes as they are and return every answer on the connection until the server closes it."""
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        connection.sendall(sent.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as received:
            raw = received.read()
    return [_parse(answer) for answer in re.split(rb"(?=HTTP/1\.[01] [1-5])", raw) if answer]


def _parse(raw: bytes) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    line, _, headers = head.partition(b"\r\n")
    return Reply(int(line.split()[1]), http.client.parse_headers(io.BytesIO(headers + b"\r\n\r\n")), body)


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER", "REMOTE_ADDR", "Script-Name"])
def test_no_header_stands_for_what_the_server_knows(server: Gunicorn, name: str) -> None:
    """gunicorn would take these from whoever connects from loopback, as every proxy of this machine does."""
    [answer] = _send(server, f"GET /docs HTTP/1.1\r\nHost: x\r\n{name}: /{CANARY}\r\nConnection: close\r\n\r\n")
    assert answer.status == 200
    assert CANARY not in answer.body.decode()


def _check_refusal(answer: Reply, status: int) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    for name in HEADERS:
        assert answer.headers[name], name
    assert answer.json["detail"]["request_id"] == answer.headers["X-Request-ID"]
    assert answer.json["detail"]["message"].endswith(".")
    assert CANARY not in answer.body.decode()


SMUGGLED = {
    "a length beside chunks": f"{POST}Content-Length: 5\r\n{CHUNKED}\r\n0\r\n\r\n{HIDDEN}",
    "chunks beside a length": f"{POST}{CHUNKED}Content-Length: {5 + len(HIDDEN)}\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two lengths": f"{POST}Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a list of lengths": f"{POST}Content-Length: 0, {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a length with a sign": f"{POST}Content-Length: +0\r\n\r\n{HIDDEN}",
    "a length below zero": f"{POST}Content-Length: -1\r\n\r\n{HIDDEN}",
    "a length in hexadecimal": f"{POST}Content-Length: 0x0\r\n\r\n{HIDDEN}",
    "a length with an underscore": f"{POST}Content-Length: 0_0\r\n\r\n{HIDDEN}",
    "a length of 5,000 digits": f"{POST}Content-Length: {'9' * 5000}\r\n\r\n{HIDDEN}",
    "a space before the colon": f"{POST}Content-Length : 0\r\n\r\n{HIDDEN}",
    "a coding before a blank": f"{POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a coding after chunks": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two codings": f"{POST}{CHUNKED}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a folded header": f"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a line feed for a line's end": f"{POST}X-A: a\nContent-Length: 0\r\n\r\n{HIDDEN}",
    "a NUL in a header": f"{POST}X-A: a\0\r\nContent-Length: 0\r\n\r\n{HIDDEN}",
    "a chunk below zero": f"{POST}{CHUNKED}\r\n-1\r\n{HIDDEN}",
    "a chunk with a prefix": f"{POST}{CHUNKED}\r\n0x0\r\n\r\n{HIDDEN}",
    "a chunk with an underscore": f"{POST}{CHUNKED}\r\n0_0\r\n\r\n{HIDDEN}",
    "a chunk without an end": f"{POST}{CHUNKED}\r\n2\r\n{{}}0\r\n\r\n{HIDDEN}",
    "a chunk with a long extension": f"{POST}{CHUNKED}\r\n2;{'a' * 100_000}\r\n{{}}\r\n0\r\n\r\n{HIDDEN}",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_second_request_hides_in_a_body(server: Gunicorn, name: str) -> None:
    [answer] = _send(server, SMUGGLED[name])
    _check_refusal(answer, 400)


@pytest.mark.parametrize("path", ["/health", "/nothing", f"{API}/chat"])
def test_a_body_nobody_read_is_no_request(server: Gunicorn, path: str) -> None:
    [answer] = _send(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}")
    assert answer.status in {200, 404, 405}


UNREADABLE = {
    "no method": (f"{CANARY}\r\n\r\n", 400),
    "a method in lower case": (f"get /{CANARY} HTTP/1.1\r\n\r\n", 400),
    "a space in the address": (f"GET /a {CANARY} HTTP/1.1\r\n\r\n", 400),
    "raw bytes in the address": (f"GET /\xe9{CANARY} HTTP/1.1\r\n\r\n", 400),
    "an unknown version": (f"GET /{CANARY} HTTP/9.9\r\n\r\n", 400),
    "a greeting of TLS": (f"\x16\x03\x01\x02\x00\x01{CANARY}\r\n\r\n", 400),
    "a greeting of HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a line that is no header": (f"GET / HTTP/1.1\r\n{CANARY}\r\n\r\n", 400),
    "a space in a header's name": (f"GET / HTTP/1.1\r\n{CANARY} A: b\r\n\r\n", 400),
    "two hosts": (f"GET / HTTP/1.1\r\nHost: a\r\nHost: {CANARY}\r\n\r\n", 400),
    "two types": (f"{POST}Content-Type: {CANARY}\r\nContent-Length: 2\r\n\r\n{{}}", 400),
    "an address of 9,000 characters": (f"GET /{CANARY * 500} HTTP/1.1\r\n\r\n", 414),
    "a header of 20,000 characters": (f"GET / HTTP/1.1\r\nAuthorization: Bearer {CANARY * 1200}\r\n\r\n", 431),
    "200 headers": ("GET / HTTP/1.1\r\n" + f"Cookie: a={CANARY}\r\n" * 200 + "\r\n", 431),
    "an expectation nobody meets": (f"{POST}Expect: {CANARY}\r\nContent-Length: 2\r\n\r\n{{}}", 417),
    "an unknown coding": (f"{POST}Transfer-Encoding: {CANARY}\r\n\r\n0\r\n\r\n", 501),
    "an unknown method": (f"{CANARY.upper()} / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a method nobody serves": ("TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a tunnel": (f"CONNECT {CANARY}:443 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a list of types": (POST.replace("json", f"json, {CANARY}/x") + "Content-Length: 2\r\n\r\n{}", 415),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_gets_the_envelope_and_is_not_quoted(server: Gunicorn, name: str) -> None:
    sent, status = UNREADABLE[name]
    [answer] = _send(server, sent)
    _check_refusal(answer, status)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"{POST}Content-Length: 3\r\n\r\n\xef\xbb\xbf", 400),
        (f"{POST}Content-Length: 100\r\n\r\n{{}}", 400),
        (f"{POST}{CHUNKED}\r\n2\r\n{{}}\r\n", 400),
        (f"{POST}{CHUNKED}\r\n2\r\n{{}}\r\n0\r\n\r\n", 422),
        (f"{POST}Content-Length: 0\r\n\r\n", 400),
        (f"{POST}\r\n", 400),
    ],
    ids=["only a mark", "cut short", "chunks cut short", "in chunks", "empty", "no body"],
)
def test_a_body_that_ends_early_gets_a_clear_answer(server: Gunicorn, sent: str, status: int) -> None:
    [answer] = _send(server, sent)
    _check_refusal(answer, status)


def _endless() -> Iterator[bytes]:
    while True:
        yield b"4000\r\n" + b" " * 0x4000 + b"\r\n"


@pytest.mark.parametrize("path", [f"{API}/chat", f"{API}/chat/save", "/nothing", "/health"])
def test_a_body_without_end_is_cut_and_answered(server: Gunicorn, path: str) -> None:
    """The sender goes on for as long as it is let: it ends only because the server hangs up."""
    head = POST.replace(f"{API}/chat", path) + f"{CHUNKED}\r\n"
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        connection.sendall(head.encode())
        hung_up = threading.Event()

        def send() -> None:
            try:
                for chunk in _endless():
                    connection.sendall(chunk)
            except OSError:
                hung_up.set()

        threading.Thread(target=send, daemon=True).start()
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status in {401, 404, 405, 413}
        assert response.headers["Connection"] == "close"
        assert "detail" in json.loads(response.read())
        assert hung_up.wait(30)


def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(server: Gunicorn) -> None:
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        connection.sendall(f"{POST}Content-Length: {2**30}\r\n\r\n".encode())
        with connection.makefile("rb") as received:
            answer = _parse(received.read())
    _check_refusal(answer, 413)
    assert answer.headers.get_all("Connection") == ["close"]


def test_nothing_of_it_is_in_the_servers_log(server: Gunicorn) -> None:
    for sent, _ in UNREADABLE.values():
        _send(server, sent)
    assert server.request("/health").status == 200
    assert CANARY not in server.log.lower()
    assert "Traceback" not in server.log
