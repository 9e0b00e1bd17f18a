"""A real server gives passages their vectors beside the requests, finds by them in each worker, and still after HUP."""

import signal
from pathlib import Path

from flask import Flask

from tests import factories, servers
from tests.encoding import HARBOUR, needs_encoder
from tests.factories import API

QUESTION = "How often can the warning be heard in bad weather?"


def _first(server: servers.Gunicorn) -> str | None:
    """Return the address of the first source of an answer."""
    reply = server.request(f"{API}/chat", "POST", factories.question(QUESTION))
    assert reply.status == 200, reply.json
    return next((source["url"].partition("#")[0] for source in reply.json["sources"]), None)


@needs_encoder
def test_pages_are_encoded_while_the_server_answers_and_every_worker_finds_by_it(
    fresh_app: Flask, sqlite_url: str, tmp_path: Path
) -> None:
    settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": sqlite_url, "SEMANTIC": "on"}
    settings |= dict.fromkeys(("RATE_LIMIT_CHAT_ADDRESS", "RATE_LIMIT_CHAT_ADDRESS_DAY"), "1000000")
    factories.index(fresh_app, tmp_path / "pages", HARBOUR)
    with servers.gunicorn(tmp_path, settings) as server:
        servers.eventually(lambda: _first(server) == "/guide/fog", servers.START_SECONDS)
        assert {_first(server) for _ in range(6)} == {"/guide/fog"}
        before = server.workers()
        server.signal(signal.SIGHUP)
        servers.eventually(lambda: server.workers().isdisjoint(before) and server.answers(), servers.START_SECONDS)
        assert {_first(server) for _ in range(6)} == {"/guide/fog"}
