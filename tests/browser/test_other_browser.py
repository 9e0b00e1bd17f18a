"""A link that this browser did not ask for asks its reader first, in the page, and does nothing else."""

import json
import re
import uuid

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_accessibility import violations
from tests.browser.test_widget import QUESTION, STORED, ask, choose, mailed_link, part, signed_in
from tests.servers import Gunicorn


def _strangers_link(server: Gunicorn) -> str:
    """Let a stranger ask for a link elsewhere; return it."""
    email = f"{uuid.uuid4().hex}@stranger.example"
    body = {"email": email, "consent_data_storage": True, "browser_id": factories.session_id()}
    assert server.request(f"{factories.API}/auth/signup", "POST", body).status == 200
    return mailed_link(server, email)


def test_a_strangers_link_asks_before_it_replaces_who_is_signed_in(page: Page, server: Gunicorn) -> None:
    who = signed_in(page, server)
    ask(page)
    link = _strangers_link(server)
    page.goto(link)
    page.get_by_role("button", name="Sign in to").click()
    dialog = part(page, "dialog")
    expect(dialog).to_contain_text(re.compile(r"Sign in as .…@stranger\.example\?"))
    expect(dialog).to_contain_text(f"Signed in as {who.email}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(part(page, "account")).to_have_attribute("title", re.compile(re.escape(who.email)))
    # Nothing was used up. Who agrees takes nothing over of whose place they take.
    page.goto(link)
    page.get_by_role("button", name="Sign in to").click()
    expect(part(page, "message-assistant")).to_have_count(1)
    dialog.get_by_role("button", name="Sign in").click()
    expect(part(page, "account")).to_have_attribute("title", re.compile("stranger.example"))
    expect(part(page, "message-assistant")).to_have_count(0)
    expect(part(page, "panel").get_by_role("list", name="Recent")).to_have_count(0)
    assert QUESTION not in page.evaluate(STORED)
    ask(page)
    page.reload()
    expect(part(page, "message-assistant")).to_have_count(1)


def test_who_confirms_by_keyboard_is_signed_in_by_the_link(page: Page, server: Gunicorn) -> None:
    page.goto(_strangers_link(server))
    page.get_by_role("button", name="Sign in to").press("Enter")
    dialog = part(page, "dialog")
    expect(dialog.get_by_role("heading", name="Sign in as")).to_be_focused()
    # Neither the link nor the key that led here has confirmed anything.
    expect(part(page, "account")).to_have_attribute("title", "Sign in")
    # From the title past the button that closes.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(part(page, "account")).to_have_attribute("title", re.compile("stranger.example"))
    expect(dialog).to_be_hidden()


def test_a_page_with_an_address_in_its_query_still_signs_up(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/guide/theming?from=https%3A%2F%2Fexample.com#change-the-colours")
    part(page, "launcher").click()
    choose(page, "account")
    dialog = part(page, "dialog")
    dialog.get_by_label("E-mail").fill(f"{uuid.uuid4().hex}@example.org")
    dialog.get_by_role("checkbox").check()
    with page.expect_request("**/auth/signup") as sent:
        dialog.get_by_role("button", name="Send me a link").click()
    expect(dialog).to_contain_text("Check your mail")
    assert json.loads(sent.value.post_data or "")["return_to"] == f"{server.url}/guide/theming#change-the-colours"
