"""Below a path, as at the root of a host: however the proxy in front says so, and whatever a stranger says."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from chatkit import create_app
from tests.conftest import dispose
from tests.factories import API, SECRET_KEY

PREFIX = "/chat"
SETTINGS = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": "sqlite:////nowhere/at/all.db", "INTEGRATION_TEST_MODE": "true"}
PAGES = ("/", "/guide/operations", "/docs", "/signin", "/widget/integration")
HOST_MADE = "evil.example"


@pytest.fixture(scope="module")
def below() -> Iterator[Flask]:
    """Return an application whose readers find it below a path; one proxy is believed."""
    app = create_app(SETTINGS | {"BASE_URL": f"https://docs.example.com{PREFIX}", "TRUSTED_PROXIES": "1"})
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def at_the_root() -> Iterator[Flask]:
    """Return an application at the root of its host that believes no proxy."""
    app = create_app(SETTINGS)
    yield app
    dispose(app)


def _linked(answer: TestResponse) -> set[str]:
    """Return where a page leads and what it loads on this server, without fragments."""
    found = re.findall(r'(?:href|src)="([^"#:]+)[^":]*"', answer.get_data(as_text=True))
    return {link for link in found if not link.startswith("data")}


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_page_links_to_is_there_below_the_path(below: Flask, page: str) -> None:
    client = below.test_client()
    answer = client.get(PREFIX + page)
    assert answer.status_code == 200
    links = _linked(answer)
    assert links
    for link in links:
        assert link.startswith(f"{PREFIX}/"), link
        # The database is away, which `/health` says.
        assert client.get(link).status_code == (503 if link.endswith("/health") else 200), link


@pytest.mark.parametrize("page", PAGES)
def test_a_proxy_that_takes_the_path_off_gets_the_same_page(below: Flask, page: str) -> None:
    client = below.test_client()
    whole = _linked(client.get(PREFIX + page))
    assert _linked(client.get(page)) == whole
    # Another path, which the header of a believed proxy tells; it has taken that off.
    elsewhere = _linked(client.get(page, headers={"X-Forwarded-Prefix": "/a/b-c/"}))
    assert elsewhere == {link.replace(PREFIX, "/a/b-c", 1) for link in whole}


def test_the_path_is_taken_off_only_where_it_ends(below: Flask) -> None:
    client = below.test_client()
    assert client.get(PREFIX).status_code == 200
    assert client.get(f"{PREFIX}guide/settings").status_code == 404
    assert client.get(f"{PREFIX}{PREFIX}/guide/settings").status_code == 404
    assert client.get(f"{PREFIX}{API}/chat").status_code == 405


def test_a_path_that_is_one_of_the_servers_own_is_told_by_the_header(sqlite_url: str) -> None:
    """Without it nobody could tell what was taken off."""
    settings = SETTINGS | {"DATABASE_URL": sqlite_url, "BASE_URL": "https://docs.example.com/api"}
    client = create_app(settings | {"TRUSTED_PROXIES": "1"}).test_client()
    told = {"X-Forwarded-Prefix": "/api"}
    assert client.post(f"{API}/chat", json={}, headers=told).status_code == 422
    assert client.post(f"/api{API}/chat", json={}).status_code == 422


def test_mounted_below_a_path_it_is_right_whatever_base_url_says(below: Flask, at_the_root: Flask) -> None:
    for app in (below, at_the_root):
        client = Client(DispatcherMiddleware(lambda environ, start: [], {"/docs/ask": app.wsgi_app}))
        assert all(link.startswith("/docs/ask/") for link in _linked(client.get("/docs/ask/guide/settings")))
        assert client.get("/docs/ask").status_code == 200


@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.example",
        "/../..",
        "/a//b",
        "https://evil.example",
        '/"><script>',
        "/a b",
        "/a?b",
        "/a\\b",
        "/%2e%2e",
        ".",
    ],
)
def test_a_prefix_that_is_no_plain_path_is_not_believed(below: Flask, prefix: str) -> None:
    client = below.test_client()
    page = client.get("/guide/operations", headers={"X-Forwarded-Prefix": prefix})
    assert _linked(page) == _linked(client.get("/guide/operations"))


def test_a_prefix_is_not_believed_without_a_proxy(at_the_root: Flask) -> None:
    client = at_the_root.test_client()
    forged = client.get("/guide/operations", headers={"X-Forwarded-Prefix": "/forged"})
    assert _linked(forged) == _linked(client.get("/guide/operations"))


def test_of_several_prefixes_that_of_the_believed_proxy_counts(below: Flask) -> None:
    page = below.test_client().get("/guide/operations", headers={"X-Forwarded-Prefix": "/forged, /told"})
    assert all(link.startswith("/told/") for link in _linked(page))


def test_the_openapi_document_says_where_its_paths_begin(below: Flask, at_the_root: Flask) -> None:
    assert below.test_client().get(f"{PREFIX}/openapi.json").get_json()["servers"] == [{"url": PREFIX}]
    assert at_the_root.test_client().get("/openapi.json").get_json()["servers"] == [{"url": "/"}]


def test_the_sign_in_page_may_return_to_the_origin_that_the_path_is_on(below: Flask) -> None:
    html = below.test_client().get(f"{PREFIX}/signin").get_data(as_text=True)
    assert "https://docs.example.com&#34;" in html


def test_nothing_is_redirected_to_a_host_that_the_request_names(below: Flask) -> None:
    """Werkzeug redirects doubled and missing slashes to an absolute address made of Host."""
    client = below.test_client()
    plain = [rule.rule for rule in below.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<" not in rule.rule]
    odd = [odd for path in plain for odd in (f"/{path}", f"{path}/", f"{path}//", path.replace("/", "//"))]
    for path in [*odd, f"//{HOST_MADE}//guide", f"{PREFIX}//{HOST_MADE}", "/guide//settings"]:
        # Werkzeug's client would take what follows two slashes for a host.
        answer = client.get(headers={"Host": HOST_MADE}, environ_overrides={"PATH_INFO": path})
        assert "Location" not in answer.headers, path
        assert HOST_MADE not in answer.get_data(as_text=True), path
