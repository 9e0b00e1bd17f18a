"""The headers of every response, and who may read it from another site."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.web.headers import PERMISSIONS_POLICY
from tests import factories
from tests.conftest import dispose
from tests.factories import API, SECRET_KEY

ALLOWED = "https://docs.example.com"


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return an application that two sites may use; no test here changes what another sees."""
    file = tmp_path_factory.mktemp("security") / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    origins = f"{ALLOWED},http://[::1]:3000"
    settings: dict[str, object] = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": f"sqlite:///{file}"}
    unlimited = {"RATE_LIMIT_MAX_REQUESTS": 10**6, "RATE_LIMIT_CHAT_ADDRESS": 10**6}
    app = create_app(settings | unlimited | {"CORS_ORIGINS": origins})
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def answers(site: Flask) -> list[TestResponse]:
    """Return an answer of every kind of status, and preflights."""
    return list(_answers(site))


def _answers(app: Flask) -> Iterator[TestResponse]:
    """Yield an answer of every kind of status, and a preflight."""
    client, who = app.test_client(), factories.person(app)
    preflight = {"Origin": ALLOWED, "Access-Control-Request-Method": "POST"}
    yield client.get(f"{API}/auth/session-check", headers=who.headers)
    yield client.post(f"{API}/auth/logout", headers=factories.another_session(app, who).headers)
    yield client.post(f"{API}/chat", data="{", content_type="application/json")
    yield client.get(f"{API}/auth/session-check")
    yield client.get(f"{API}/nothing")
    yield client.get(f"{API}/chat")
    yield client.post(f"{API}/chat", data="x" * 300_000, content_type="application/json")
    yield client.post(f"{API}/chat", data="x", content_type="text/plain")
    yield client.post(f"{API}/chat", json={})
    yield client.options(f"{API}/chat", headers=preflight)
    yield client.options(f"{API}/chat", headers=preflight | {"Origin": "https://evil.example"})
    yield client.options(f"{API}/chat")
    for _ in range(6):
        limited = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
    yield limited
    away = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": "sqlite:////nowhere/at/all.db"})
    yield away.test_client().get("/health")
    yield away.test_client().post(f"{API}/chat", json=factories.question())


def test_every_kind_of_answer_is_among_those_checked(answers: list[TestResponse]) -> None:
    assert {answer.status_code for answer in answers} >= {200, 204, 400, 401, 404, 405, 413, 415, 422, 429, 503}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Content-Security-Policy", "default-src 'self'"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Permissions-Policy", PERMISSIONS_POLICY),
        ("Cache-Control", "no-store"),
    ],
)
def test_every_answer_has_the_header(answers: list[TestResponse], name: str, value: str) -> None:
    found = {f"{answer.status_code} {answer.request.path}": answer.headers.get(name) for answer in answers}
    assert set(found.values()) == {value}, found


def test_every_answer_has_a_request_id_and_varies_by_origin(answers: list[TestResponse]) -> None:
    for answer in answers:
        assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", answer.headers["X-Request-ID"])
        assert "Origin" in answer.headers["Vary"]


FILES = (
    "/site/site.css",
    "/site/icon.svg",
    "/widget/pages.css",
    "/widget/swagger-ui.css",
    "/widget/chatkit-answers.js",
)
EVERY_HEADER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'self'",
    "Permissions-Policy": PERMISSIONS_POLICY,
}


def _of_file(client: FlaskClient, path: str) -> Iterator[TestResponse]:
    """Yield an answer of every kind that is given for a file, there or not."""
    whole = client.get(path)
    yield whole
    yield client.head(path)
    yield client.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    yield client.get(path, headers={"If-Modified-Since": whole.headers["Last-Modified"]})
    yield client.get(path, headers={"Range": "bytes=0-9"})
    yield client.get(path, headers={"Range": "bytes=999999999-"})
    yield client.get(f"{path}x")
    yield client.post(path)
    yield client.post(path, data=b" " * 300_000)
    yield client.options(path, headers={"Origin": ALLOWED, "Access-Control-Request-Method": "GET"})


@pytest.mark.parametrize("path", FILES)
def test_every_answer_for_a_file_has_the_headers(site: Flask, path: str) -> None:
    answers = list(_of_file(site.test_client(), path))
    assert [answer.status_code for answer in answers] == [200, 200, 304, 304, 206, 416, 404, 405, 413, 200]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in EVERY_HEADER} == EVERY_HEADER, answer.status
        assert answer.headers["X-Request-ID"]
        assert answer.headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
        assert answer.status_code < 400 or set(answer.get_json()) == {"detail"}


def test_an_unexpected_failure_has_the_headers_too(fresh_app: Flask) -> None:
    answer = _broken(fresh_app)
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"]


def _broken(app: Flask) -> TestResponse:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("a bug")

    return app.test_client().get("/broken", headers={"Origin": "http://localhost:3000"})


def test_an_unexpected_failure_can_be_read_by_the_allowed_site(fresh_app: Flask) -> None:
    assert _broken(fresh_app).headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


def test_https_is_insisted_on_only_behind_https(sqlite_url: str) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "TRUSTED_PROXIES": 1})
    client = app.test_client()
    behind = client.get("/health", headers={"X-Forwarded-Proto": "https"})
    assert behind.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in client.get("/health").headers


def test_a_forwarded_scheme_is_not_believed_without_a_proxy(site: Flask) -> None:
    answer = site.test_client().get("/health", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers


def test_nothing_is_redirected_to_https(site: Flask) -> None:
    assert site.test_client().get("/health", headers={"Host": "evil.example"}).status_code == 200


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
ORIGINS = [
    (ALLOWED, True),
    ("https://DOCS.example.com", False),
    ("HTTPS://docs.example.com", False),
    ("http://docs.example.com", False),
    ("https://docs.example.com:8443", False),
    ("https://docs.example.com:443", False),
    ("https://docs.example.com.evil.example", False),
    ("https://evil-docs.example.com", False),
    ("https://evil.docs.example.com", False),
    ("https://docsXexample.com", False),
    ("https://docs.example.com/", False),
    ("https://docs.example.com ,https://evil.example", False),
    ("null", False),
    ("", False),
    (None, False),
    ("http://[::1]:3000", True),
    ("http://1:3000", False),
    ("http://::3000", False),
]


# What kinds of answers there are: method, path, body, status.
KINDS: dict[str, tuple[str, str, bytes | None, int]] = {
    "success": ("GET", "/health", None, 200),
    "stream": ("POST", f"{API}/chat/stream", json.dumps(factories.question()).encode(), 200),
    "preflight": ("OPTIONS", f"{API}/chat", None, 200),
    "preflight of a stream": ("OPTIONS", f"{API}/chat/stream", None, 200),
    "preflight of a deletion": ("OPTIONS", f"{API}/user", None, 200),
    "not JSON": ("POST", f"{API}/chat", b"{", 400),
    "not signed in": ("GET", f"{API}/auth/session-check", None, 401),
    "not there": ("GET", f"{API}/nothing", None, 404),
    "not that method": ("GET", f"{API}/chat", None, 405),
    "too large": ("POST", f"{API}/chat", b" " * 300_000, 413),
    "not fitting": ("POST", f"{API}/chat", b"{}", 422),
    "a page": ("GET", "/", None, 200),
    "a file": ("GET", "/site/site.css", None, 200),
}


@pytest.mark.parametrize(("origin", "allowed"), ORIGINS)
@pytest.mark.parametrize("kind", KINDS)
def test_only_the_exact_origin_may_read(site: Flask, origin: str | None, allowed: bool, kind: str) -> None:
    method, path, body, status = KINDS[kind]
    headers = ({} if origin is None else {"Origin": origin}) | (PREFLIGHT if method == "OPTIONS" else {})
    answer = site.test_client().open(path, method=method, data=body, content_type="application/json", headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Origin" in answer.headers["Vary"]
    if not allowed:
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_a_preflight_of_the_allowed_site_may_send_what_the_widget_sends(site: Flask) -> None:
    answer = site.test_client().options(f"{API}/chat", headers={"Origin": ALLOWED} | PREFLIGHT)
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"authorization", "content-type"}
    assert {"POST", "DELETE", "PATCH"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))


def test_the_allowed_site_may_read_the_contracts_headers(site: Flask) -> None:
    answer = site.test_client().get("/health", headers={"Origin": ALLOWED})
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed == {"X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"}


def test_cookies_are_never_allowed_nor_set(site: Flask) -> None:
    answer = site.test_client().get("/health", headers={"Origin": ALLOWED})
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


BUNDLE = "/widget/chatkit-widget.js"


@pytest.mark.parametrize("origin", [None, "https://unlisted.example", ALLOWED, "null"])
def test_the_bundle_may_be_loaded_by_any_site(site: Flask, origin: str | None) -> None:
    answer = site.test_client().get(BUNDLE, headers={"Origin": origin} if origin else {})
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_bundle_is_kept_five_minutes_and_then_asked_about(site: Flask) -> None:
    client = site.test_client()
    answer = client.get(BUNDLE)
    assert "max-age=300" in answer.headers["Cache-Control"]
    again = client.get(BUNDLE, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_but_the_bundle_may_be_read_by_any_site(site: Flask) -> None:
    client: Any = site.test_client()
    paths = ["/", "/health", "/openapi.json", "/docs", "/signin", "/metrics", "/nothing", f"{API}/chat/saved"]
    found = {path: client.get(path, headers={"Origin": "https://unlisted.example"}).headers for path in paths}
    assert {headers.get("Access-Control-Allow-Origin") for headers in found.values()} == {None}


def test_the_same_secret_gives_different_hashes_for_different_tokens(site: Flask) -> None:
    with site.app_context():
        from chatkit.hashing import keyed_hash

        assert keyed_hash("a") != keyed_hash("b")
        assert keyed_hash("a") != hashlib.sha256(b"a").hexdigest()
