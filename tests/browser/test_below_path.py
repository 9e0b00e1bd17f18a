"""Below a path of another site's host, behind a proxy that takes it off: all of it is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import OPEN_LIMITS, Recording, proxy_below
from tests.browser.test_widget import ask, part, sign_in_by_mail
from tests.servers import LOOPBACK, START_SECONDS, Gunicorn, eventually, free_port

PATH = "/help/chat"


@pytest.fixture
def below(tmp_path: Path) -> Iterator[tuple[Gunicorn, str]]:
    """Start a server as an owner does, and return it with the address at which a proxy serves it."""
    origin = f"http://{LOOPBACK}:{(proxy_port := free_port())}"
    server = Gunicorn(tmp_path, {"BASE_URL": f"{origin}{PATH}", "CORS_ORIGINS": origin} | OPEN_LIMITS)
    server.launch("flask", "serve")
    try:
        eventually(server.answers, START_SECONDS)
        with proxy_below(PATH, server.port, proxy_port):
            yield server, f"{origin}{PATH}"
    finally:
        server.end()


def test_asking_reading_a_source_and_signing_in_work_below_a_path(
    page: Page, below: tuple[Gunicorn, str], heard: Recording
) -> None:
    server, url = below
    page.goto(f"{url}/guide/embedding")
    page.get_by_role("link", name="Theming").first.click()
    expect(page).to_have_url(re.compile(re.escape(f"{url}/guide/theming")))
    part(page, "launcher").click()
    ask(page, "How do I put the widget on my site?")
    source = part(page, "citation").first
    expect(source).to_have_attribute("href", re.compile(re.escape(f"{url}/guide/embedding#")))
    source.click()
    page.wait_for_url(f"{url}/guide/embedding#*")
    sign_in_by_mail(page, server, "reader@example.org")
    assert page.url.startswith(f"{url}/guide/")
    page.goto(f"{url}/docs")
    expect(page.get_by_text("/api/v1/chat/stream")).to_be_visible()
    assert heard.complaints == []
    assert heard.requests
    assert [request for request in heard.requests if f" {url}/" not in request and " data:" not in request] == []
