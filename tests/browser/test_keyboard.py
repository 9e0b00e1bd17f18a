"""Everything by keyboard: where Tab leads, what Escape leaves, and where the focus is when something goes away."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_widget import ask, followed, part
from tests.servers import Gunicorn

# The element that has the focus, however deep; null when the page itself has it.
FOCUSED = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found === document.body ? null : found;
}"""
# The part of the panel that it is in.
REGION = f"""() => ({FOCUSED})()?.closest(
  "[part~=header], [part~=transcript], [part~=composer], [part~=dialog], [part~=launcher]")?.part[0] ?? "page" """


def _opened(page: Page, server: Gunicorn) -> Locator:
    """Open the panel by keyboard and return the field."""
    page.goto(server.url)
    part(page, "launcher").focus()
    page.keyboard.press("Enter")
    field = part(page, "input")
    expect(field).to_be_focused()
    return field


def _tour(page: Page, key: str) -> list[str]:
    """Press a key until the focus leaves the panel; return the regions it comes through, each visit once."""
    found = [page.evaluate(REGION)]
    while found[-1] not in {"page", "launcher"} and len(found) < 10:
        page.keyboard.press(key)
        region = page.evaluate(REGION)
        if region != found[-1]:
            found.append(region)
    return found[:-1]


def test_tab_leads_through_header_conversation_and_composer(page: Page, server: Gunicorn) -> None:
    _opened(page, server)
    ask(page)
    followed(page)
    expect(part(page, "input")).to_be_focused()
    assert _tour(page, "Shift+Tab") == ["composer", "transcript", "header"]


def test_while_empty_the_rows_come_after_the_composer(page: Page, server: Gunicorn) -> None:
    _opened(page, server)
    expect(part(page, "transcript").get_by_role("button").first).to_be_visible()
    assert _tour(page, "Tab") == ["composer", "transcript"]


def test_escape_clears_the_results_then_the_text_then_closes(page: Page, server: Gunicorn) -> None:
    field = _opened(page, server)
    page.keyboard.type("change the colour")
    rows = page.get_by_role("option")
    expect(rows.nth(1)).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows).to_have_count(0)
    expect(field).to_have_value("change the colour")
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    expect(part(page, "launcher")).to_be_focused()


def test_escape_leaves_a_view_for_the_menu_that_opened_it(page: Page, server: Gunicorn) -> None:
    _opened(page, server)
    menu = page.get_by_role("button", name="More")
    menu.focus()
    page.keyboard.press("Enter")
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_visible()
    expect(part(page, "dialog")).to_be_hidden()
    expect(menu).to_be_focused()


@pytest.mark.parametrize("name", ["Remove", "Stop", "Try again", "New chat"])
def test_the_focus_never_falls_to_the_page(page: Page, server: Gunicorn, name: str) -> None:
    """What is pressed goes away with what it did."""
    field = _opened(page, server)
    if name == "Remove":
        page.locator("main p").first.evaluate("node => getSelection().selectAllChildren(node)")
    elif name == "New chat":
        ask(page)
    else:
        page.route("**/chat/stream", lambda route: route.abort() if name == "Try again" else None, times=1)
        field.fill("What is this?")
        page.keyboard.press("Enter")
    button = part(page, "panel").get_by_role("button", name=re.compile(f"^{name}"))
    expect(button).to_be_visible()
    button.press("Enter")
    page.wait_for_function(f"() => ({FOCUSED})() !== null && ({REGION})() !== 'page'")
