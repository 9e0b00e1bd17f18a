"""The scope of a question as an owner sets it by attributes, and as a reader sees it beside a source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import copied
from tests.browser.sites import OPEN_LIMITS
from tests.browser.test_widget import part
from tests.factories import API
from tests.servers import ONE_WORKER, Gunicorn, gunicorn, run

HOST = "https://docs.example.com"
SIREN = "When does the siren sound in dense fog?"
PAGES = {
    "1.0/siren.md": "---\nlang: de\n---\n# Siren\n\nThe siren sounds every thirty seconds in dense fog.\n",
    "2.0/siren.md": "---\nlang: en\n---\n# Siren\n\nThe siren sounds every minute in dense fog.\n",
}


@pytest.fixture(scope="module")
def server(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit with its own documentation, and another product's in two versions."""
    folder = tmp_path_factory.mktemp("scope")
    settings = copied(documentation, folder)
    pages = factories.write_pages(folder / "pages", PAGES)
    command = ["flask", "--app", "wsgi", "content", "index", str(pages), "--base-url", f"{HOST}/", "--site", "harbour"]
    done = run(*command, folder=folder, settings=settings)
    assert done.returncode == 0, done.stderr
    with gunicorn(folder, settings | OPEN_LIMITS | ONE_WORKER) as running:
        yield running


def _ask(page: Page, server: Gunicorn, page_language: str = "en", **attributes: str) -> Any:
    """Ask with these attributes of the element; return the context that was sent, without what every question has."""
    page.goto(server.url)
    page.evaluate("tag => (document.documentElement.lang = tag)", page_language)
    for name, value in attributes.items():
        page.locator("chatkit-widget").evaluate("(one, [name, value]) => one.setAttribute(name, value)", [name, value])
    page.locator("chatkit-widget").evaluate("one => one.clear() ?? one.open()")
    part(page, "input").fill(SIREN)
    with page.expect_request(f"**{API}/chat/stream") as asked:
        part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    context = (asked.value.post_data_json or {})["context"]
    return {name: value for name in ("site", "version", "language") if (value := context.get(name)) is not None}


def test_the_attributes_say_which_pages_answer(page: Page, server: Gunicorn) -> None:
    sent = _ask(page, server, site="harbour", version="1.0", lang="DE-at")
    assert sent == {"site": "harbour", "version": "1.0", "language": "de-AT"}
    answer = part(page, "message-assistant")
    expect(answer).to_contain_text("every thirty seconds")
    expect(answer.locator(".scope")).to_have_count(0)


def test_a_source_of_another_version_or_language_says_so(page: Page, server: Gunicorn) -> None:
    assert _ask(page, server, site="harbour", version="1.x") == {"site": "harbour", "version": "1.x"}
    expect(part(page, "message-assistant").locator(".from .scope")).to_have_text("version 2.0")
    _ask(page, server, "fr", site="harbour", version="2.0")
    expect(part(page, "message-assistant").locator(".from .scope")).to_have_text("en")


def test_without_attributes_the_page_decides_and_what_is_no_language_is_not_sent(page: Page, server: Gunicorn) -> None:
    assert _ask(page, server, lang="plain English", site=" ") == {}
    expect(part(page, "message-assistant")).not_to_contain_text("siren sounds")
