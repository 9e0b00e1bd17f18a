"""The nine checks of the harness, pressed by a real browser, against a server that is really killed."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import Gunicorn

CHECKS = (
    "loads with a clean console",
    "chat works",
    "session persists over a reload",
    "analytics row is written",
    "restart of the backend is survived",
    "third save is blocked",
    "429 says when to try again",
    "widget counts down the server's value",
    "limit expires",
)
ALL_SECONDS = 120


@dataclass(frozen=True)
class Result:
    """What a row of the harness says at the end."""

    state: str
    sentence: str


@pytest.fixture(scope="module")
def results(browser: Browser, limited_server: Gunicorn) -> Iterator[list[Result]]:
    """Press "Run all", kill and restart the server when the harness waits for it, and read the rows."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(f"{limited_server.url}/widget/integration")
    page.click("#run-all")
    page.locator("[data-check='5'][data-state='running'] p", has_text="Restart the server").wait_for(timeout=60_000)
    limited_server.stop(signal.SIGKILL)
    limited_server.start()
    unfinished = page.locator("[data-check]:is([data-state='running'], [data-state='idle'])")
    expect(unfinished).to_have_count(0, timeout=ALL_SECONDS * 1000)
    yield [_read(page, number) for number in range(1, len(CHECKS) + 1)]
    context.close()


@pytest.mark.parametrize("number", range(1, len(CHECKS) + 1), ids=CHECKS)
def test_harness_check_passes(results: list[Result], number: int) -> None:
    assert results[number - 1].state == "passed", results[number - 1].sentence


def test_harness_is_hidden_outside_test_mode(page: Page, production_server: Gunicorn) -> None:
    response = page.goto(f"{production_server.url}/widget/integration")
    assert response is not None
    assert response.status == 404


def _read(page: Page, number: int) -> Result:
    row = page.locator(f"[data-check='{number}']")
    return Result(row.get_attribute("data-state") or "", row.locator("p").inner_text())
