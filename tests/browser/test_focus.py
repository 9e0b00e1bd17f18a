"""Where the focus is when what had it has gone: at what comes next, and never on the page itself."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.sheet_site import LIMITED
from tests.browser.sheets import SIGNED_IN, Shot, asked, offline, opened, state, viewed
from tests.browser.sites import limit
from tests.browser.test_keyboard import FOCUSED
from tests.browser.test_widget import KEEP, part

HELD = f"() => ({FOCUSED})() !== null"


def _press(page: Page, name: str) -> None:
    """Press a button of the panel by keyboard."""
    part(page, "panel").get_by_role("button", name=re.compile(f"^{name}")).first.focus()
    page.keyboard.press("Enter")


def _held(page: Page) -> None:
    """Wait until something of the widget has the focus."""
    page.wait_for_function(HELD)


def test_among_chats(browser: Browser, stage: str) -> None:
    with state(browser, Shot("", opened, signed_in=True), "light", stage) as page:
        page.route("**/chat/saved", lambda route: route.abort(), times=1)
        viewed("history")(page)
        rows = part(page, "dialog").get_by_role("listitem")
        expect(part(page, "dialog")).to_contain_text("This part did not load.")
        _press(page, "Try again")
        expect(rows).to_have_count(4)
        _held(page)
        for leave in ("Escape", "Enter"):
            _press(page, "Rename")
            expect(part(page, "dialog").get_by_label("Title")).to_be_focused()
            page.keyboard.press(leave)
            expect(part(page, "dialog").get_by_role("button", name="Rename").first).to_be_focused()
        _press(page, "Delete")
        _press(page, "Keep it")
        _held(page)
        for left in (3, 2, 1, 0):
            _press(page, "Delete: ")
            _press(page, "Delete$")
            expect(rows).to_have_count(left)
            _held(page)
        _press(page, "Back")
        expect(part(page, "dialog")).to_be_hidden()
        _held(page)


def test_in_my_data(browser: Browser, stage: str) -> None:
    with state(browser, Shot("", opened, signed_in=True), "light", stage) as page:
        view = part(page, "dialog")
        for name, said in (("Log out", "logged out"), ("Sign out everywhere", "signed out everywhere")):
            page.evaluate(KEEP, SIGNED_IN)
            page.reload()
            viewed("account")(page)
            _press(page, "Sign out: ")
            expect(view.get_by_role("listitem")).to_have_count(1)
            _held(page)
            _press(page, "Delete my account")
            expect(view.get_by_label("to confirm")).to_be_focused()
            _press(page, "Keep it")
            _held(page)
            _press(page, name)
            expect(part(page, "toast")).to_contain_text(said)
            _held(page)


def test_in_a_conversation(browser: Browser, stage: str) -> None:
    with state(browser, Shot("", opened), "light", stage) as page:
        opened(page)
        _press(page, "What must my CSP allow")
        expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
        _held(page)
        for end in ("Cancel", "Send"):
            _press(page, "Not helpful")
            part(page, "panel").get_by_text("Out of date").click()
            button = part(page, "message-assistant").get_by_role("button", name=end)
            button.focus()
            page.keyboard.press("Enter")
            expect(button).to_have_count(0)
            _held(page)
        part(page, "message-assistant").get_by_role("link").first.focus()
        page.locator("chatkit-widget").evaluate("one => one.clear()")
        expect(part(page, "message-assistant")).to_have_count(0)
        _held(page)
        # What comes back takes its button away.
        offline(page)
        cancel = part(page, "panel").get_by_role("button", name="Do not send it")
        cancel.focus()
        page.context.set_offline(False)
        expect(cancel).to_have_count(0)
        _held(page)


def test_in_a_notice(browser: Browser, stage: str) -> None:
    with state(browser, Shot("", opened), "light", stage) as page:
        page.clock.install()
        limit(page, "**/chat/stream", 60, times=1)
        asked(LIMITED, waits=False)(page)
        part(page, "toast").get_by_role("button", name="Sign in").focus()
        page.clock.fast_forward(60_000)
        expect(part(page, "toast")).to_have_count(0)
        _held(page)


def test_where_the_panel_moves_to_the_side(browser: Browser, stage: str) -> None:
    with state(browser, Shot("", opened, (1200, 660), query="layout=modal"), "light", stage) as page:
        asked()(page)
        _press(page, "Move to the side")
        expect(page.locator("html")).to_have_css("margin-right", "400px")
        _held(page)
