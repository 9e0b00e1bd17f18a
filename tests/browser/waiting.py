"""Waiting for what a page comes to, where no locator can expect it."""

from collections.abc import Callable
from functools import partial
from operator import eq

from playwright.sync_api import Page, Request

from tests.servers import eventually

# Longer than anything in a page takes on a machine that does much else.
SECONDS = 30.0
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def becomes(read: Callable[[], object], expected: object) -> None:
    """Wait until what is read equals what is expected; fail with what it was last."""
    eventually(read, SECONDS, partial(eq, expected))


def defined(page: Page) -> None:
    """Wait until the widget's script has run."""
    page.evaluate("customElements.whenDefined('chatkit-widget').then(() => null)")


def go_offline(page: Page) -> None:
    """Take the network away; requests fail a moment before the page knows that there is none."""
    page.context.set_offline(True)
    becomes(lambda: page.evaluate("navigator.onLine"), False)


def drawn(page: Page) -> None:
    """Let a page draw twice, so that whatever was under way in it has been done."""
    page.evaluate(DRAWN)


def scripts(page: Page) -> set[Request]:
    """Return what is kept up to date as the scripts that a page is loading from now on."""
    loading: set[Request] = set()
    page.on("request", lambda request: loading.add(request) if request.resource_type == "script" else None)
    page.on("requestfinished", lambda request: loading.discard(request))
    page.on("requestfailed", lambda request: loading.discard(request))
    return loading


def still(page: Page, loading: set[Request]) -> None:
    """Wait until no script is loaded any more, also of those that come when the browser has nothing else to do."""
    eventually(lambda: _is_still(page, loading), SECONDS)


def _is_still(page: Page, loading: set[Request]) -> bool:
    for _ in range(2):
        page.evaluate("new Promise(done => requestIdleCallback(() => setTimeout(done)))")
        if loading:
            return False
    drawn(page)
    return not loading
