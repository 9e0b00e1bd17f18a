"""The nine checks of the harness, pressed by a real browser, against a server that is really killed."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import DATABASES
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
ALL_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """What a row of the harness says at the end."""

    state: str
    sentence: str


@pytest.fixture(scope="module")
def results(browser: Browser, limited_servers: dict[str, Gunicorn]) -> Iterator[dict[str, list[Result]]]:
    """Press "Run all" on each server, kill and restart it when the harness waits for it, and read the rows."""
    pages = {kind: browser.new_page(viewport={"width": 1280, "height": 1000}) for kind in limited_servers}
    for kind, page in pages.items():
        page.goto(f"{limited_servers[kind].url}/widget/integration")
        page.click("#run-all")
    for kind, page in pages.items():
        page.locator("[data-check='5'][data-state='running'] p", has_text="Restart the server").wait_for(
            timeout=ALL_SECONDS * 1000
        )
        limited_servers[kind].stop(signal.SIGKILL)
        limited_servers[kind].start()
    for page in pages.values():
        unfinished = page.locator("[data-check]:is([data-state='running'], [data-state='idle'])")
        expect(unfinished).to_have_count(0, timeout=ALL_SECONDS * 1000)
    yield {kind: [_read(page, number) for number in range(1, len(CHECKS) + 1)] for kind, page in pages.items()}
    for page in pages.values():
        page.close()


@pytest.mark.parametrize("kind", DATABASES)
@pytest.mark.parametrize("number", range(1, len(CHECKS) + 1), ids=CHECKS)
def test_harness_check_passes(results: dict[str, list[Result]], kind: str, number: int) -> None:
    result = results[kind][number - 1]
    assert result.state == "passed", result.sentence


def _read(page: Page, number: int) -> Result:
    row = page.locator(f"[data-check='{number}']")
    return Result(row.get_attribute("data-state") or "", row.locator("p").inner_text())
