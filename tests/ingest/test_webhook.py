"""The webhook: whose calls have pages indexed again, and which."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from chatkit.ingest import webhook
from chatkit.ingest.models import IndexSchedule
from tests import factories
from tests.factories import API, MakeApp, sign

SECRET = factories.WEBHOOK_SECRET
PATH = f"{API}/content/reindex"


def _call(app: Flask, body: Any = None, *, at: float = 0.0, secret: str = SECRET, **headers: str) -> TestResponse:
    """Call as the job that publishes a site would, ``at`` seconds from now."""
    raw, timestamp = json.dumps(body or {}).encode(), str(int(time.time() + at))
    signed = {webhook.TIMESTAMP: timestamp, webhook.SIGNATURE: sign(f"{timestamp}.".encode() + raw, secret)}
    sent = {name.replace("_", "-"): value for name, value in headers.items()} or signed
    return app.test_client().post(PATH, data=raw, headers=sent, content_type="application/json")


def _index(app: Flask, folder: Path, name: str | None = None) -> None:
    docs = factories.write_pages(folder, {"a.md": "# A\n\nword\n"})
    arguments = ["content", "index", str(docs), "--base-url", f"/{folder.name}/", *(["--name", name] if name else [])]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0


def test_a_signed_call_asks_for_every_known_source_once(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET)
    _index(app, tmp_path / "one")
    _index(app, tmp_path / "two", "handbook")
    factories.index(app, tmp_path / "three")
    for _ in range(2):
        reply = _call(app)
        assert (reply.status_code, reply.get_json()) == (202, {"queued": 2})
    assert [row["requested_at"] is not None for row in factories.rows(app, IndexSchedule.__table__)] == [True, True]


def test_a_call_may_name_sources(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET)
    _index(app, tmp_path / "one")
    _index(app, tmp_path / "two", "handbook")
    assert _call(app, {"sources": ["handbook"]}).get_json() == {"queued": 1}
    assert factories.count(app, IndexSchedule) == 1
    reply = _call(app, {"sources": ["handbook", "nothing"]})
    assert (reply.status_code, reply.get_json()["detail"]["error"]) == (404, "not_found")
    assert "No source is called nothing." in reply.get_json()["detail"]["message"]


def test_github_signs_the_body_alone(make_app: MakeApp) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET)
    body = {"zen": "Keep it logically awesome.", "repository": {"id": 1}}
    signature = sign(json.dumps(body).encode())
    assert _call(app, body, X_Hub_Signature_256=signature).status_code == 202
    assert _call(app, {**body, "zen": "No"}, X_Hub_Signature_256=signature).status_code == 403


@pytest.mark.parametrize(
    "call",
    [
        {"secret": factories.SECRET_KEY},
        {"at": -webhook.REPLAY_SECONDS - 5},
        {"at": webhook.REPLAY_SECONDS + 5},
        {"Accept": "*/*"},
        {"X_Hub_Signature_256": ""},
        {"X_Hub_Signature_256": "sha256=\u00e9"},
        {"X_Hub_Signature_256": sign(b"{}")[7:]},
        # What was signed with a timestamp holds with no other, and with none.
        {"X_ChatKit_Timestamp": "1", "X_ChatKit_Signature_256": sign(b"{}")},
        {"X_ChatKit_Signature_256": sign(b".{}")},
        {"X_ChatKit_Timestamp": "9" * 400, "X_ChatKit_Signature_256": sign(b"9" * 400 + b".{}")},
        {"X_ChatKit_Timestamp": "nan", "X_ChatKit_Signature_256": sign(b"nan.{}")},
    ],
)
def test_a_call_that_is_not_signed_now_by_the_secret_is_refused(make_app: MakeApp, call: dict[str, Any]) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET)
    reply = _call(app, **call)
    assert (reply.status_code, reply.get_json()["detail"]["error"]) == (403, "forbidden")
    assert factories.count(app, IndexSchedule) == 0


def test_a_signed_call_must_be_json(make_app: MakeApp) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET)
    headers = {webhook.GITHUB_SIGNATURE: sign(b"payload=%7B%7D")}
    reply = app.test_client().post(
        PATH, data=b"payload=%7B%7D", headers=headers, content_type="application/x-www-form-urlencoded"
    )
    assert reply.status_code == 415


def test_without_a_secret_there_is_no_webhook(plain_app: Flask) -> None:
    reply = _call(plain_app)
    assert (reply.status_code, "CONTENT_WEBHOOK_SECRET" in reply.get_json()["detail"]["message"]) == (404, True)


def test_calls_are_limited_by_address(make_app: MakeApp) -> None:
    app = make_app(CONTENT_WEBHOOK_SECRET=SECRET, RATE_LIMIT_REINDEX=2)
    assert [_call(app).status_code for _ in range(3)] == [202, 202, 429]
