"""The webhook: what it is told, how it is signed, and that nothing is lost while it is away."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import delete

from chatkit.database.orm import db, utcnow
from chatkit.errors import RetryLater
from chatkit.gaps import webhook
from chatkit.gaps.models import GapCluster
from chatkit.ingest.webhook import SIGNATURE, TIMESTAMP
from tests import factories
from tests.factories import WEBHOOK_SECRET, MakeApp
from tests.gaps.test_clustering import OTHERS, record


class Receiver(HTTPServer):
    """Keeps what it is sent, and answers as it is told to."""

    status = 204
    location = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, Any, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _settings(url: str, **more: str) -> dict[str, str]:
    return {"GAPS_WEBHOOK_URL": url, "GAPS_WEBHOOK_SECRET": WEBHOOK_SECRET, "GAPS_WEBHOOK_PRIVATE": "on"} | more


def test_new_clusters_are_told_once_and_signed(make_app: MakeApp, receiver: Receiver) -> None:
    app = make_app(**_settings(receiver.url))
    record(app, "Is there a zebra <script>?", "How do I mail bob@example.com?")
    with app.app_context():
        assert webhook.announce()
        assert not webhook.announce()
    [(path, headers, body)] = receiver.requests
    assert path == "/hook?key=1"
    signed = f"{headers[TIMESTAMP]}.".encode() + body
    assert headers[SIGNATURE] == factories.sign(signed)
    told = json.loads(body)
    assert [gap["question"] for gap in told["gaps"]] == ["Is there a zebra <script>?", "How do I mail [e-mail]"]
    assert told["gaps"][0]["url"] == "http://127.0.0.1:8000/owner/gaps/1"
    assert set(told["gaps"][0]) == {
        *("id", "question", "questions", "pages", "asked", "kinds", "opened_at", "url", "issue_url"),
    }


def test_only_so_many_are_told_in_a_day_also_when_what_was_told_gave_way(
    make_app: MakeApp, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utcnow()
    monkeypatch.setattr(webhook, "MOST", 2)
    monkeypatch.setattr(webhook, "MOST_A_DAY", 3)
    monkeypatch.setattr(webhook, "utcnow", lambda: now)
    app = make_app(**_settings(receiver.url))
    record(app, *OTHERS[:5])
    with app.app_context():
        assert [webhook.announce() for _ in range(3)] == [True, True, False]
        db.session.execute(delete(GapCluster).where(GapCluster.announced_at.is_not(None)))
        db.session.commit()
        assert not webhook.announce()
        monkeypatch.setattr(webhook, "utcnow", lambda: now + timedelta(days=1))
        assert [webhook.announce() for _ in range(2)] == [True, False]
    told = [[gap["question"] for gap in json.loads(body)["gaps"]] for _, _, body in receiver.requests]
    assert told == [list(OTHERS[:2]), [OTHERS[2]], list(OTHERS[3:5])]


@pytest.mark.parametrize(("status", "location"), [(500, ""), (404, ""), (302, "http://127.0.0.1:9/")])
def test_nothing_is_lost_while_the_receiver_does_not_take_it(
    make_app: MakeApp, receiver: Receiver, status: int, location: str
) -> None:
    """A redirect is not followed: it is an answer like any other that takes nothing."""
    app = make_app(**_settings(receiver.url))
    record(app, "Is there a zebra?")
    receiver.status, receiver.location = status, location
    with app.app_context():
        with pytest.raises(RetryLater, match=str(status)):
            webhook.announce()
        receiver.status, receiver.location = 200, ""
        assert webhook.announce()
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254"])
def test_a_private_address_is_not_called_unless_allowed(make_app: MakeApp, receiver: Receiver, host: str) -> None:
    app = make_app(**_settings(f"http://{host}:{receiver.server_port}/", GAPS_WEBHOOK_PRIVATE="off"))
    record(app, "Is there a zebra?")
    with app.app_context(), pytest.raises(RetryLater, match="GAPS_WEBHOOK_PRIVATE"):
        webhook.announce()
    assert receiver.requests == []


def test_a_receiver_that_is_away_is_told_later(make_app: MakeApp, receiver: Receiver) -> None:
    app = make_app(**_settings("http://127.0.0.1:9/"))
    record(app, "Is there a zebra?")
    with app.app_context(), pytest.raises(RetryLater, match="cannot be reached"):
        webhook.announce()


def test_without_a_webhook_nothing_is_told(make_app: MakeApp) -> None:
    app = make_app()
    record(app, "Is there a zebra?")
    with app.app_context():
        assert not webhook.announce()
