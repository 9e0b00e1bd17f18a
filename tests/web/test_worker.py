"""gunicorn's worker, as ours changes it: what it overrides is there, and its ends of connections are the right ones."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]

from chatkit.web import worker
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK, Gunicorn
from tests.web.broken_server import broken_server

# What gunicorn.conf.py calls.
OURS = {"start_threads"}


@pytest.mark.parametrize(
    ("ours", "theirs"), [(worker.Worker, gthread.ThreadWorker), (worker.Connection, gthread.TConn)]
)
def test_every_method_is_one_that_gunicorn_has(ours: type, theirs: type) -> None:
    """A name that gunicorn gave up would be called by nobody."""
    public = {name for name, value in vars(ours).items() if callable(value) and not name.startswith("_")} - OURS
    assert public
    assert {name for name in public if not hasattr(theirs, name)} == set()


@pytest.fixture
def pair() -> Iterator[tuple[worker.Connection, socket.socket]]:
    """Return both ends of a connection: ours and the client's."""
    with socket.create_server((LOOPBACK, 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, address = listener.accept()
        yield worker.Connection(Config(), accepted, address, listener.getsockname()), client
        accepted.close()


def test_a_connection_closes_at_once_when_its_client_said_no_more(
    pair: tuple[worker.Connection, socket.socket],
) -> None:
    ours, client = pair
    ours.close(graceful=True)
    assert ours.sock.fileno() == -1
    client.settimeout(10)
    assert client.recv(1) == b""


def test_a_client_that_still_sends_gets_its_answer_to_the_end(pair: tuple[worker.Connection, socket.socket]) -> None:
    """A socket that is closed over unread bytes is reset, and the client loses what it had not read yet."""
    ours, client = pair
    client.sendall(b"more than was read")
    ours.sock.sendall(b"an answer")
    ours.close(graceful=True)
    client.settimeout(10)
    assert client.recv(100) == b"an answer"
    assert client.recv(1) == b""


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Gunicorn]:
    """Run a server of one worker that can be told to start no thread more."""
    with broken_server(tmp_path, {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url}) as running:
        yield running


def test_a_worker_that_can_start_no_thread_answers_all_the_same(server: Gunicorn) -> None:
    before = server.workers()
    assert server.request("/broken/threads/none", "POST", {}).status == 200
    clients = [socket.create_connection((LOOPBACK, server.port), timeout=30) for _ in range(128)]
    for client in clients:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert {client.recv(15) for client in clients} == {b"HTTP/1.1 200 OK"}
    for client in clients:
        client.close()
    assert server.workers() == before
    assert "thread_not_started" in server.log
    assert "Traceback" not in server.log
