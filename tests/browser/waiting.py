"""Waiting for what a page comes to, where no locator can expect it."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

# Longer than anything in a page takes on a machine that does much else.
SECONDS = 30.0


def becomes(read: Callable[[], object], expected: object) -> None:
    """Wait until what is read equals what is expected; fail with what it was last."""
    deadline = time.monotonic() + SECONDS
    while (found := read()) != expected:
        assert time.monotonic() < deadline, f"{found!r} has not become {expected!r}"
        time.sleep(0.02)


def drawn(page: Page) -> None:
    """Let a page draw twice, so that whatever was under way in it has been done."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
