"""Clients that read slowly, or not at all: they are waited for, and no longer than may be."""

import os
import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]  # gunicorn carries no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from chatkit import create_app
from chatkit.web import client_socket
from chatkit.web.client_socket import ClientSocket
from chatkit.web.worker import Connection, Worker
from tests import factories
from tests.conftest import dispose
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK, START_SECONDS, Gunicorn
from tests.web.broken_server import broken_server

# More than the system keeps between two of its own sockets.
LARGE = b"x" * 16_000_000
LONG = "# Long page\n\n" + "".join(f"## Part {n}\n\n{'Many words stand here. ' * 60}\n\n" for n in range(150))


@pytest.fixture
def pair() -> Iterator[tuple[ClientSocket, socket.socket]]:
    """Return both ends of a connection: ours and the client's."""
    with socket.create_server((LOOPBACK, 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        with ClientSocket(fileno=accepted.detach()) as ours:
            yield ours, client


def _is_cut_off(client: socket.socket) -> bool:
    """Wait until a connection is reset, without reading of it."""
    poll = select.poll()
    poll.register(client, 0)
    return [event for _, event in poll.poll(START_SECONDS * 1000)] == [select.POLLERR | select.POLLHUP]


def _read(client: socket.socket, size: int) -> int:
    """Read so much, or what there is until the connection ends; return how much that was."""
    read = 0
    with suppress(ConnectionResetError):
        while read < size and (part := client.recv(65_536)):
            read += len(part)
    return read


def test_who_reads_when_nothing_more_can_be_sent_gets_it_all(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            sent = pool.submit(ours.sendall, LARGE)
            assert _read(client, len(LARGE)) == len(LARGE)
            sent.result()
            # As gunicorn left it.
            assert ours.gettimeout() is None


def test_who_reads_as_fast_as_must_be_is_never_cut_off(
    pair: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_socket, "WAIT_SECONDS", 0.0)
    ours, client = pair
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(ours.sendall, LARGE)
        assert _read(client, len(LARGE)) == len(LARGE)
        sent.result()


def test_an_answer_of_many_pieces_is_not_waited_for_at_each(
    pair: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So somebody who reads all the time, but too slowly, is cut off in the end."""
    monkeypatch.setattr(client_socket, "WAIT_SECONDS", 0.2)
    monkeypatch.setattr(client_socket, "BYTES_PER_SECOND", 10**12)
    ours, client = pair

    def send_for_ever() -> None:
        while True:
            ours.sendall(LARGE)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_read, client, 10**15)
        with pytest.raises(BrokenPipeError):
            send_for_ever()
        ours.close()
        reading.result()


def test_what_is_sent_by_itself_is_waited_for_no_longer(
    pair: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As gunicorn sends its `100 Continue`."""
    monkeypatch.setattr(client_socket, "WAIT_SECONDS", 0.0)
    ours, client = pair
    assert ours.send(b"some") == len(client.recv(10))

    def send_for_ever() -> None:
        while True:
            ours.send(LARGE)

    with pytest.raises(BrokenPipeError):
        send_for_ever()
    ours.close()
    assert _is_cut_off(client)


def test_a_connection_that_is_kept_counts_each_request_by_itself(
    pair: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a proxy carries many readers, and none pays for those before."""
    monkeypatch.setattr(client_socket, "BYTES_PER_SECOND", 10**12)
    ours, client = pair
    ours.waited = client_socket.WAIT_SECONDS
    config = Config()
    worker = Worker(1, os.getppid(), [], None, config.timeout, config, Logger(config))

    def answer(environ: object, start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(len(LARGE)))])
        return [LARGE]

    worker.wsgi = answer
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    with ThreadPoolExecutor(1) as pool:
        handled = pool.submit(worker.handle, Connection(config, ours, client.getsockname(), client.getpeername()))
        assert _read(client, 10**15) > len(LARGE)
        assert handled.result() is False


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Gunicorn]:
    """Run a server of one worker with a long page, which can be told to wait for nobody."""
    settings = {"SECRET_KEY": SECRET_KEY, "SEMANTIC": "off", "DATABASE_URL": sqlite_url}
    app = create_app(settings)
    factories.index(app, tmp_path / "site", {"long.md": LONG})
    dispose(app)
    with broken_server(tmp_path, settings) as running:
        yield running


def test_a_client_that_does_not_read_is_cut_off(server: Gunicorn) -> None:
    """Whatever it asked for: what is made whole, and what is sent from a file."""
    paths = ("/llms-full.txt", "/pages/guide/long.md", "/widget/swagger-ui-bundle.js")
    assert min(len(server.request(path).body) for path in paths) > 200_000
    assert server.request("/broken/patience/none", "POST", {}).status == 200
    for path in paths:
        with socket.socket() as client:
            # Little is kept in between for who takes small packets.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect((LOOPBACK, server.port))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert _is_cut_off(client), path
    assert "Traceback" not in server.log
