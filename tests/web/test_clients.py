"""Slow and broken clients on a real server: each is answered or dropped, and nobody else is harmed."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import create_engine, text

from tests import factories
from tests.conftest import Served
from tests.factories import API
from tests.servers import LOOPBACK, Gunicorn, eventually

HEAD = "Host: x\r\nContent-Type: application/json\r\n"
STALLED = f"POST {API}/chat HTTP/1.1\r\n{HEAD}Content-Length: 500\r\n\r\n{{".encode()
BUNDLE = b"GET /widget/chatkit-widget.js HTTP/1.1\r\nHost: x\r\n\r\n"
# More than the server has threads.
CROWD = 60


@pytest.fixture
def server(sqlite_served: Served) -> Gunicorn:
    """Return a gunicorn."""
    return sqlite_served.server


def _connect(server: Gunicorn) -> socket.socket:
    return socket.create_connection((LOOPBACK, server.port), timeout=20)


def _drop(connection: socket.socket) -> None:
    """Go away as a crashed client does: with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def _crowd(server: Gunicorn, behave: Callable[[socket.socket], object], size: int) -> Iterator[None]:
    """Hold so many connections that do something and then stay."""
    with ExitStack() as stack:
        for _ in range(size):
            behave(stack.enter_context(_connect(server)))
        yield


@pytest.mark.parametrize(
    ("behave", "size"),
    [
        (lambda connection: None, 10 * CROWD),
        (lambda connection: connection.sendall(b"\0garbage\r\n\r\n"), CROWD),
        (lambda connection: connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), CROWD),
        # These hold a thread each, as long as they like; a proxy in front keeps them away.
        (lambda connection: connection.sendall(b"GET /health HT"), 8),
        (lambda connection: connection.sendall(STALLED), 8),
    ],
    ids=["silent", "garbage", "never closing", "half a line", "half a body"],
)
def test_clients_that_stay_do_not_keep_others_waiting(
    server: Gunicorn, behave: Callable[[socket.socket], object], size: int
) -> None:
    # Waited for one after the other, these would take longer than a request of the suite may.
    with _crowd(server, behave, size), ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: server.request("/health").status, range(16)))
    assert statuses == [200] * 16


def test_clients_that_go_away_leave_no_trace_and_no_transaction(postgresql_served: Served) -> None:
    server, question = postgresql_served.server, json.dumps(factories.question()).encode()
    asked = f"POST {API}/chat/stream HTTP/1.1\r\n{HEAD}Content-Length: {len(question)}\r\n\r\n".encode() + question
    for _ in range(20):
        for said in (STALLED, BUNDLE, asked):
            connection = _connect(server)
            connection.sendall(said)
            if said is not STALLED:
                connection.recv(10)
            _drop(connection)
    engine = create_engine(postgresql_served.database.url.replace("postgresql://", "postgresql+psycopg://"))
    open_transactions = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'chatkit' AND state <> 'idle'"
        " AND datname = current_database()"
    )
    with engine.connect() as beside:
        assert eventually(lambda: beside.scalar(open_transactions) == 0)
    engine.dispose()
    assert server.request("/health").status == 200
    assert "Traceback" not in server.log
