"""The server's own pages, and the bundle: there, or said to be missing."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.paths import DOCS
from tests import factories, servers
from tests.factories import SECRET_KEY

PAGES = sorted(path.relative_to(DOCS).as_posix().removesuffix(".md") for path in DOCS.rglob("*.md"))


@pytest.fixture
def client(plain_app: Flask) -> FlaskClient:
    """Return a client; the pages ask no database."""
    return plain_app.test_client()


def _url(name: str) -> str:
    return "/" if name == "index" else f"/guide/{name.removesuffix('/index')}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_documentation_is_served_with_the_widget(client: FlaskClient, name: str) -> None:
    response = client.get(_url(name))
    assert response.status_code == 200
    html = response.get_data(as_text=True)
    assert "</chatkit-widget>" in html
    assert 'src="/widget/chatkit-widget.js"' in html


@pytest.mark.parametrize("name", PAGES)
def test_every_link_between_the_pages_leads_somewhere(client: FlaskClient, name: str) -> None:
    html = client.get(_url(name)).get_data(as_text=True)
    anchors = set(re.findall(r'id="([^"]+)"', html))
    for link in re.findall(r'<a [^>]*href="([^"]+)"', html):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, fragment = link.partition("#")
        target = client.get(path, base_url=f"http://localhost{_url(name)}") if path else None
        assert target is None or target.status_code == 200, link
        there = anchors if target is None else set(re.findall(r'id="([^"]+)"', target.get_data(as_text=True)))
        assert not fragment or fragment in there, link


def test_what_an_answer_cites_is_on_the_page_it_links_to(app: Flask) -> None:
    from chatkit.ingest import service
    from chatkit.ingest.folder import Folder

    with app.app_context():
        service.index(Folder(DOCS, "/guide/"))
    client = app.test_client()
    for text in ("How do I install ChatKit?", "How do I change the colours?", "Which limits are there?"):
        for source in client.post("/api/v1/chat", json=factories.question(text)).get_json()["sources"]:
            path, _, fragment = source["url"].partition("#")
            anchor = fragment.partition(":~:")[0]
            page = client.get(path)
            assert page.status_code == 200, source
            assert not anchor or f'id="{anchor}"' in page.get_data(as_text=True), source


def test_the_sign_in_page_does_nothing_by_itself(client: FlaskClient) -> None:
    html = client.get("/signin").get_data(as_text=True)
    assert "<button" in html
    assert "http-equiv" not in html.lower()


def test_the_sign_in_page_knows_which_sites_it_may_return_to(client: FlaskClient) -> None:
    html = client.get("/signin").get_data(as_text=True)
    assert "http://localhost:3000" in html
    assert "http://127.0.0.1:8000" in html


def test_a_server_without_the_bundle_says_how_to_build_it(tmp_path: Path) -> None:
    """In a copy of the checkout nobody has built."""
    copied = tmp_path / "copy"
    left_out = shutil.ignore_patterns("node_modules", "static", "src", "__pycache__")
    shutil.copytree(servers.ROOT / "chatkit", copied / "chatkit", ignore=left_out)
    for name in ("migrations", "docs"):
        shutil.copytree(servers.ROOT / name, copied / name)
    shutil.copy(servers.ROOT / "setup.cfg", copied)
    script = (
        "import json; from chatkit import create_app; "
        "response = create_app().test_client().get('/widget/chatkit-widget.js'); "
        "print(json.dumps([response.status_code, response.headers.get('Retry-After'), response.get_json()]))"
    )
    settings = servers.environment({"SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "ERROR"}) | {"PYTHONPATH": str(copied)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=copied, env=settings, capture_output=True, text=True, check=True
    )
    status, retry_after, body = json.loads(done.stdout.splitlines()[-1])
    assert (status, body["detail"]["error"]) == (503, "service_unavailable")
    assert "make run" in body["detail"]["message"]
    assert int(retry_after) >= 1
