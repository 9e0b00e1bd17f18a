"""The pages under their policy, and the grade Mozilla's Observatory would give them behind HTTPS."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from chatkit import create_app
from tests import observatory
from tests.conftest import Reused, dispose
from tests.factories import SECRET_KEY
from tests.observatory import Seen
from tests.servers import ROOT

HOST = "https://chat.example.com"
PAGES = ("/", "/guide/", "/guide/settings", "/docs", "/signin", "/widget/integration")
NONCE = re.compile(r"'nonce-([A-Za-z0-9_-]{22,})'")


@pytest.fixture(scope="module")
def pages(sqlite_reused: Reused) -> Iterator[Flask]:
    """Return an application behind a proxy that speaks HTTPS, with every page it has, the harness too."""
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_reused.database.url}
    app = create_app(settings | {"TRUSTED_PROXIES": "1", "INTEGRATION_TEST_MODE": "true"})
    yield app
    dispose(app)


@pytest.fixture
def client(pages: Flask) -> FlaskClient:
    """Return a client."""
    return pages.test_client()


def _get(client: FlaskClient, path: str) -> TestResponse:
    response = client.get(path, base_url=HOST, headers={"X-Forwarded-Proto": "https"})
    assert (response.status_code, response.mimetype) == (HTTPStatus.OK, "text/html")
    return response


def _named(headers: Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _route_from_http() -> list[str]:
    """Return where the server block of the documentation sends a browser that asks over HTTP."""
    text = (ROOT / "docs/operations.md").read_text()
    block = re.search(r"server \{\s*listen 80;.*?server_name (\S+);.*?return 301 (\S+);", text, re.S)
    assert block, "no server block for port 80 in docs/operations.md"
    return [f"http://{block[1]}/", block[2].replace("$request_uri", "/")]


def _seen(client: FlaskClient, path: str) -> Seen:
    page = _get(client, path)
    asks = {"Origin": "https://http-observatory.security.mozilla.org", "Access-Control-Request-Method": "GET"}
    preflight = client.options(path, base_url=HOST, headers=asks)
    cookies, html = page.headers.getlist("Set-Cookie"), page.get_data(as_text=True)
    return Seen(_named(page.headers), cookies, html, _named(preflight.headers), _route_from_http())


def test_every_page_is_among_those_tried(pages: Flask, client: FlaskClient) -> None:
    adapter = pages.url_map.bind("chat.example.com")
    tried = {pages.view_functions[adapter.match(path)[0]] for path in PAGES}
    plain = [rule for rule in pages.url_map.iter_rules() if "GET" in (rule.methods or set()) and not rule.arguments]
    answers = {pages.view_functions[rule.endpoint]: client.get(rule.rule, base_url=HOST) for rule in plain}
    shown = {view for view, answer in answers.items() if answer.mimetype == "text/html"}
    assert shown == tried - {pages.view_functions["site.guide"]}


@pytest.mark.parametrize("path", PAGES)
def test_the_observatory_grades_every_page_a_plus(client: FlaskClient, path: str) -> None:
    points, grade, found = observatory.score(_seen(client, path))
    assert grade == "A+"
    assert points >= 125, found


@pytest.mark.parametrize(
    ("header", "at_most"),
    [
        ("content-security-policy", 90),
        ("strict-transport-security", 80),
        ("x-content-type-options", 120),
        ("referrer-policy", 120),
        ("cross-origin-resource-policy", 115),
    ],
)
def test_a_page_without_one_of_its_headers_scores_less(client: FlaskClient, header: str, at_most: int) -> None:
    seen = _seen(client, "/")
    left = {name: value for name, value in seen.headers.items() if name != header}
    assert observatory.score(Seen(left, seen.cookies, seen.html, seen.preflight, seen.route_from_http))[0] <= at_most


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_no_unsafe_source(client: FlaskClient, path: str) -> None:
    policy = _get(client, path).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'strict-dynamic' 'nonce-")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert ("require-trusted-types-for 'script'" in policy) == (path != "/docs")


@pytest.mark.parametrize("path", PAGES)
def test_every_script_of_a_page_carries_the_nonce_of_its_policy(client: FlaskClient, path: str) -> None:
    response = _get(client, path)
    [nonce] = NONCE.findall(response.headers["Content-Security-Policy"])
    scripts = re.findall(r"<script\b[^>]*>", response.get_data(as_text=True))
    assert scripts
    assert [tag for tag in scripts if f'nonce="{nonce}"' not in tag] == []
    # A page that is kept would be shown with a policy that is not its own.
    assert response.headers["Cache-Control"] == "no-store"


def test_a_nonce_is_used_once(client: FlaskClient) -> None:
    nonces = {NONCE.findall(_get(client, "/").headers["Content-Security-Policy"])[0] for _ in range(10)}
    assert len(nonces) == 10


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(client: FlaskClient, path: str) -> None:
    html = _get(client, path).get_data(as_text=True)
    for tag in re.findall(r"<(?:script|link|img)\b[^>]*>", html):
        assert not re.search(r'(?:src|href)="(?:https?:)?//', tag), tag
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", html)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", html)
    assert not re.search(r"<[a-z][^>]*\sstyle=", html)
    assert "<style" not in html


@pytest.mark.parametrize("path", PAGES)
def test_everything_a_page_loads_is_there(client: FlaskClient, path: str) -> None:
    html = _get(client, path).get_data(as_text=True)
    loaded = re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="(/[^"#]*)"', html)
    assert loaded
    assert {url: client.get(url).status_code for url in loaded} == dict.fromkeys(loaded, 200)


def test_a_page_that_is_not_there_is_answered_under_the_policy_of_every_answer(client: FlaskClient) -> None:
    response = client.get("/guide/none")
    assert response.mimetype == "application/json"
    assert response.headers["Content-Security-Policy"] == "default-src 'self'"
