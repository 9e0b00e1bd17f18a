"""No secret is ever logged: a canary in everything a client can send, and in every way to fail."""

import http.client
import itertools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit import create_app
from chatkit.config import SETTINGS
from chatkit.observability import redaction
from chatkit.web.json_body import json_value
from tests import factories
from tests.factories import API, SECRET_KEY, MakeApp
from tests.servers import LOOPBACK, ROOT, START_SECONDS, Gunicorn, PostgreSQL, Reply, eventually, run

CANARY = "canary-7f3a9c1e5b"
_planted = itertools.count(100)


def plant() -> str:
    """Return a canary of its own for each place, so that none is blanked because another was known."""
    return f"{CANARY}-{next(_planted)}"


LONG = f"{plant()}-" * 10
MAIL = f"{plant()}@example.com"
HEADERS = {
    "Authorization": f"Bearer {plant()}",
    "Cookie": f"session={plant()}; other={plant()}",
    "User-Agent": f"Browser/{plant()}",
    "Referer": f"https://example.com/{plant()}",
    "X-Forwarded-For": plant(),
    "X-Request-ID": f"not one: {plant()}",
    "Origin": f"https://{plant()}.example.com",
    "Last-Event-ID": plant(),
}
BODIES: list[tuple[str, Any]] = [
    ("/auth/signup", {"email": MAIL, "consent_data_storage": True, "return_to": f"https://{plant()}.example/"}),
    ("/auth/signup", {"email": MAIL, "consent_data_storage": True}),
    ("/auth/signup", {"email": f"{plant()} not an address", "consent_data_storage": plant(), "browser_id": plant()}),
    ("/auth/resend-verification", {"email": MAIL, "browser_id": plant()}),
    ("/auth/verify", {"token": plant()}),
    ("/auth/identity", {"token": plant()}),
    ("/auth/oidc", {"browser_id": plant(), "consent_data_storage": True, "return_to": f"https://{plant()}.example/"}),
    ("/user/recommendations/feedback", {"id": plant(), "rating": plant()}),
    ("/auth/verify-code", {"code": plant(), "browser_id": plant()}),
    ("/chat", factories.question(plant(), selected_text=plant(), page_url=f"https://example.com/{plant()}")),
    ("/chat", factories.question(plant(), session_id=plant())),
    ("/chat/stream", factories.question(plant())),
    ("/chat/save", {"messages": [{"role": "user", "content": plant()}], "title": plant()}),
    (
        "/chat/save",
        {"messages": [{"role": plant(), "content": plant(), "sources": [{"url": plant()}]}], "title": plant()},
    ),
    ("/content/reindex", {"sources": [plant()]}),
    ("/user/personalize", {"preferences": {"topics": [plant()], "level": plant()}}),
    ("/analytics/event", {"event_type": "opened", "event_data": {plant(): {plant(): [plant()]}}}),
    ("/analytics/event", {"event_type": plant()}),
    ("/auth/migrate-session", {"anon_id": plant()}),
    ("/chat/feedback", {"message_id": plant(), "rating": plant(), "reason": plant(), "note": plant()}),
    ("/chat/resume", {"message_id": plant()}),
    ("/chat/stop", {"message_id": plant()}),
    ("/chat/saved/1", {"title": plant()}),
]
PATHS = (
    f"/{plant()}",
    f"/health?q={plant()}",
    f"/guide/{plant()}",
    f"/widget/{plant()}",
    f"{API}/auth/sessions/{plant()}",
)


def _every_call() -> Iterator[tuple[str, str, bytes | None, dict[str, str]]]:
    """Yield calls that hold the canary in every field, header, path and query there is."""
    for path, body in BODIES:
        method, sent = "PATCH" if path == "/chat/saved/1" else "POST", json.dumps(body).encode()
        yield method, API + path, sent, HEADERS
        yield method, API + path, sent, {}
        yield method, f"{API}{path}?token={plant()}", f'{{"{plant()}'.encode(), {}
    for path in PATHS:
        yield "GET", path, None, HEADERS
        yield "DELETE", path, None, HEADERS


def _speak(client: FlaskClient) -> list[str]:
    """Make every call; return what was answered to those that failed."""
    answers = [
        client.open(path, method=method, data=body, headers=headers, content_type="application/json")
        for method, path, body, headers in _every_call()
    ]
    return [answer.get_data(as_text=True) for answer in answers if answer.status_code >= 400]


def test_every_route_that_takes_a_body_is_among_those_tried(plain_app: Flask) -> None:
    taking = {
        re.sub(r"<[^>]*>", "1", rule.rule).removeprefix(API)
        for rule in plain_app.url_map.iter_rules()
        if getattr(plain_app.view_functions[rule.endpoint], "_apidoc", {}).get("arguments")
        and "GET" not in (rule.methods or set())
    }
    assert taking - {path for path, _ in BODIES} == set()


def test_nothing_a_client_sends_is_logged_or_quoted(make_app: MakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    failures = _speak(make_app(LOG_LEVEL="DEBUG").test_client())
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) > 30
    assert CANARY not in captured.out + captured.err + "".join(failures)


def test_nothing_is_logged_when_the_database_fails(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"postgresql://user:{CANARY}@127.0.0.1:1/none"
    failures = _speak(create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}).test_client())
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err + "".join(failures)


def test_nothing_is_logged_when_a_statement_is_wrong(
    make_app: MakeApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = _speak(make_app(DATABASE_URL=f"sqlite:///{tmp_path}/empty.db").test_client())
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err + "".join(failures)


SECRETS: dict[str, str] = {
    "SECRET_KEY": f"{CANARY}-0123456789abcdef0123456789abcdef",
    "SECRET_KEY_FALLBACKS": f"0f1e2d3c4b5a69788796a5b4c3d2e1f0,{CANARY}-fallback-0123456789abcdef",
    "DATABASE_URL": f"postgresql://user:{CANARY}%2Fpassword@127.0.0.1:1/none",
    "NEW_DATABASE_URL": f"postgresql://user:{CANARY}%2Fpassword@127.0.0.1:1/new",
    "SMTP_PASSWORD": f"{CANARY} password",
    "METRICS_TOKEN": f"{CANARY}-metrics",
    "CONTENT_WEBHOOK_SECRET": f"{CANARY}-signs-what-asks-for-pages",
    "OPENAI_API_KEY": f"{CANARY}-key",
    "MCP_TOKEN": f"{CANARY}-borne-by-a-machine-that-asks",
    "IDENTITY_KEY": f"{CANARY}-signs-who-a-reader-is-0123",
    "OIDC_CLIENT_SECRET": f"{CANARY}-of-the-client-at-the-provider",
    "GAPS_WEBHOOK_URL": f"https://hooks.internal/{CANARY}",
    "GAPS_WEBHOOK_SECRET": f"{CANARY}-signs-what-tells-of-gaps",
}

NEEDED: dict[str, dict[str, str]] = {
    "IDENTITY_KEY": {"IDENTITY_ISSUER": "https://site.internal", "IDENTITY_AUDIENCE": "chatkit"},
    "OIDC_CLIENT_SECRET": {"OIDC_ISSUER": "https://id.internal", "OIDC_CLIENT_ID": "chatkit"},
    "GAPS_WEBHOOK_URL": {"GAPS_WEBHOOK_SECRET": SECRETS["GAPS_WEBHOOK_SECRET"]},
}
"""What must be set with a secret setting for the server to start."""


def test_every_secret_setting_is_among_those_tried() -> None:
    assert {setting.name for setting in SETTINGS if setting.secret} <= SECRETS.keys()


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.secret])
@pytest.mark.parametrize("text", ["{}", "key is {}!", "https://x/signin#token={}&a=b", "{{'a': '{}'}}"])
def test_a_secret_setting_in_an_exception_is_blanked(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    needed = NEEDED.get(name, {})
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url} | needed | {name: SECRETS[name]})
    secret = SECRETS[name].split(",")[-1].removeprefix("postgresql://user:").removesuffix("@127.0.0.1:1/none")

    @app.get("/raise")
    def fail() -> str:
        raise RuntimeError(text.format(secret))

    app.test_client().get("/raise")
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged
    assert CANARY not in logged


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def-123, and more", "Authorization: Bearer [redacted] and more"),
        ("https://x/signin#token=abc&return_to=y", "https://x/signin#token=[redacted]&return_to=y"),
        ("postgresql://chatkit:pass:word@db.internal/chatkit", "postgresql://chatkit:[redacted]@db.internal/chatkit"),
        ("for jane.doe+docs@mail.example.co.uk today", "for [redacted] today"),
        ("duplicate key\nDETAIL:  Key (a)=(b\n\nc) exists.", "duplicate key\n[redacted]"),
        (
            "duplicate key\nDETAIL:  Key (a)=(b\n[SQL: c) exists.\n[SQL: INSERT]",
            "duplicate key\n[redacted]\n[SQL: INSERT]",
        ),
        ("no more rows", "no more rows"),
    ],
)
def test_what_looks_secret_is_blanked_wherever_it_comes_from(text: str, left: str) -> None:
    assert redaction.redact_text(text) == left


@pytest.mark.parametrize("name", ["session_token", "SMTP_PASSWORD", "Authorization", "set-cookie", "email", "message"])
def test_what_stands_under_a_telling_name_is_blanked_however_deep(name: str) -> None:
    assert redaction.redact_value("outer", {"a": [{name: {"x": 1}}]}) == {"a": [{name: "[redacted]"}]}


def test_a_traceback_keeps_its_places(fresh_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    @fresh_app.post("/raise")
    def fail() -> str:
        json_value()
        raise RuntimeError("File chatkit line")

    # A question may hold words that stand in any traceback; the places must stay readable.
    fresh_app.test_client().post("/raise", json={"a": "chatkit", "b": "RuntimeError", "c": "lib/python"})
    [trace] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "exception" in line]
    assert f'File "{__file__}"' in trace["exception"]
    assert "raise RuntimeError" in trace["exception"]


def test_one_requests_words_are_not_blanked_in_the_next(fresh_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    @fresh_app.post("/raise")
    def fail() -> str:
        json_value()
        raise RuntimeError("database")

    fresh_app.test_client().post("/raise", json={"a": "database"})
    assert "RuntimeError: [redacted]" in capsys.readouterr().out
    fresh_app.test_client().post("/raise", json={"a": "another"})
    assert "RuntimeError: database" in capsys.readouterr().out


def test_what_a_library_logs_becomes_a_line(plain_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("pool of %s is full", "postgresql://u:hunter22@h/d")
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["logger"], line["level"]) == ("library", "some.library", "warning")
    assert line["text"] == "pool of postgresql://u:[redacted]@h/d is full"


@pytest.mark.parametrize("command", [["content", "search", "x"], ["mail", "outbox"], ["prune"], ["db", "upgrade"]])
def test_a_command_that_fails_prints_no_secret(tmp_path: Path, command: list[str]) -> None:
    settings = {"SMTP_HOST": "localhost", "FROM_EMAIL": "a@example.com", "BASE_URL": "https://a.example"}
    settings |= SECRETS | NEEDED["IDENTITY_KEY"] | NEEDED["OIDC_CLIENT_SECRET"]
    done = run("flask", "--app", "wsgi", *command, folder=tmp_path, settings=settings)
    assert done.returncode != 0
    assert CANARY not in done.stdout + done.stderr


@pytest.fixture(scope="module")
def failing(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run a server that fails in every way, on PostgreSQL, which quotes rows, with its access log on."""
    postgresql.create("failing", "migrated")
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": postgresql.url("failing"), "LOG_LEVEL": "DEBUG"}
    server = Gunicorn(tmp_path_factory.mktemp("failing"), settings)
    options = ["-c", str(ROOT / "gunicorn.conf.py"), "--bind", f"{LOOPBACK}:{server.port}"]
    server.launch("gunicorn", *options, "--access-logfile", "-", "--log-level", "debug", "tests.broken:app")
    eventually(server.answers, START_SECONDS)
    yield server
    server.end()
    postgresql.drop("failing")


FAILURES = ("view", "cause", "stream", "thread", "log", "sql/duplicate", "sql/row", "sql/value")


def _fail(server: Gunicorn, how: str) -> Reply | None:
    """Make a call that fails with the canary in all it sends; None when the answer broke off."""
    body = {"email": MAIL, "long": LONG, "message": plant(), "deep": [{plant(): plant()}], "code": plant()}
    try:
        return server.request(f"/broken/{how}/{plant()}?token={plant()}&{plant()}={plant()}", "POST", body, HEADERS)
    except (OSError, http.client.HTTPException):
        return None


@pytest.mark.parametrize("how", FAILURES)
def test_no_failure_leaks_into_any_sink_of_a_server(failing: Gunicorn, how: str) -> None:
    before = len(failing.log)
    reply = _fail(failing, how)
    # The next request's line comes after all that was said of this one.
    failing.request("/health", headers={"X-Request-ID": f"after-{how.replace('/', '-')}"})
    eventually(lambda: f"after-{how.replace('/', '-')}" in failing.log)
    logged = failing.log[before:]
    assert "Error" in logged
    assert CANARY not in logged
    assert reply is None or CANARY not in reply.body.decode()


def test_no_call_leaks_into_the_access_log_the_error_log_or_the_metrics(failing: Gunicorn) -> None:
    answers = [failing.request(path, method, body, headers) for method, path, body, headers in _every_call()]
    assert {answer.status for answer in answers} >= {200, 401, 404, 405, 422}
    assert " 422 " in failing.log
    assert CANARY not in failing.log
    assert CANARY not in failing.request("/metrics").body.decode()
    assert CANARY not in "".join(answer.body.decode() for answer in answers if answer.status >= 400)


def test_an_invented_method_is_no_series_of_the_metrics(failing: Gunicorn) -> None:
    assert failing.request("/health", CANARY.upper()).status == 405
    assert CANARY.upper() not in failing.request("/metrics").body.decode() + failing.log
