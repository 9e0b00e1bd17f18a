"""Tabs and storage: who leaves is forgotten everywhere, and a storage that is full or damaged harms nobody."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import Recording
from tests.browser.test_widget import QUESTION, ask, choose, part, signed_in
from tests.servers import Gunicorn

# Everything that a page keeps, and everything that it shows.
FOUND = """() => JSON.stringify([{...localStorage}, {...sessionStorage}]) +
  document.querySelector('chatkit-widget').shadowRoot.textContent"""
# Lets nearly all of a token's life have passed, in a record that the next one is longer than.
OLD = """() => {
  const key = `chatkit:${location.origin}`;
  localStorage[key] = JSON.stringify({...JSON.parse(localStorage[key]), since: 1});
}"""
FILL = """() => {
  for (let size = 2 ** 22; size >= 1;) {
    try { localStorage[`filler ${Math.random()}`] = 'x'.repeat(size); } catch { size >>= 1; }
  }
}"""


def log_out(page: Page) -> None:
    """Log out in the widget."""
    choose(page, "account")
    part(page, "logout").click()
    expect(part(page, "panel")).to_contain_text("You are logged out")


def test_logging_out_clears_the_page_that_a_reader_goes_back_to(page: Page, server: Gunicorn) -> None:
    """The browser keeps such a page, which hears nothing meanwhile. The tests' Chromium keeps none: it is made deaf."""
    page.add_init_script("addEventListener('storage', event => event.stopImmediatePropagation())")
    who = signed_in(page, server)
    ask(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    elsewhere = page.context.new_page()
    elsewhere.goto(f"{server.url}/guide/theming")
    part(elsewhere, "launcher").click()
    log_out(elsewhere)
    expect(part(page, "message-assistant")).to_be_visible()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(part(page, "message-assistant")).to_have_count(0)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    found = page.evaluate(FOUND)
    assert QUESTION not in found
    assert who.email not in found


def test_logging_out_clears_every_tab(page: Page, server: Gunicorn) -> None:
    signed_in(page, server)
    ask(page)
    other = page.context.new_page()
    other.goto(server.url)
    part(other, "launcher").click()
    ask(other, "How long are saved chats kept?")
    part(other, "input").fill("a draft of theirs")
    # And one that is elsewhere by then.
    third = page.context.new_page()
    third.goto(server.url)
    part(third, "launcher").click()
    ask(third)
    third.goto("about:blank")
    log_out(page)
    for tab in (page, other):
        expect(part(tab, "message-assistant")).to_have_count(0)
    expect(part(other, "input")).to_have_value("")
    third.go_back()
    expect(part(third, "input")).to_be_visible()
    for tab in (page, other, third):
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
        found = tab.evaluate(FOUND)
        for left in (QUESTION, "saved chats kept", "a draft of theirs"):
            assert left not in found
    ask(other)


def test_a_session_is_renewed_once_where_storage_is_full(page: Page, server: Gunicorn, heard: Recording) -> None:
    signed_in(page, server)
    page.evaluate(OLD)
    page.evaluate(FILL)
    for _ in range(2):
        ask(page)
    assert len(heard.asked("/refresh-token")) == 1
    assert heard.complaints == []


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "{",
        '"text"',
        '{"token":1,"user":"ada","anonymous":"none","expires_at":null,"since":"now","left":[]}',
        '{"messages":[null,{"role":"assistant"},{"role":"user","content":7}],"draft":{},"conversation":"x"}',
        '{"messages":{"role":"user"},"open":"yes","progress":{"message_id":null},"list":3}',
        # What has no text, and makes whoever takes it for one stumble.
        '{"messages":[{"role":"assistant","content":"","state":"failed","failure":{"code":"x","requestId":5}}],'
        '"list":[{"id":{"toString":1}}],"token":"x","user":{"email":"a","tier":{"toString":1}}}',
    ],
)
def test_what_anybody_wrote_into_storage_is_dropped(page: Page, server: Gunicorn, heard: Recording, value: str) -> None:
    page.goto(server.url)
    page.evaluate(
        """value => {
          const key = `chatkit:${location.origin}`;
          localStorage[key] = sessionStorage[key] = localStorage[`chatkit-recent:${location.origin}`] = value;
          sessionStorage[`${key}:layout`] = value;
        }""",
        value,
    )
    page.reload()
    part(page, "launcher").click()
    ask(page)
    page.reload()
    expect(part(page, "message-assistant")).to_have_count(1)
    assert heard.complaints == []
