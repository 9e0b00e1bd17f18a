"""What the empty panel suggests, and what is found while a reader types."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.sites import Recording, hold, limit
from tests.browser.test_widget import followed, part
from tests.factories import API
from tests.servers import Gunicorn

PAGE = "/guide/embedding"


def _widget(page: Page, server: Gunicorn, path: str = PAGE) -> Locator:
    page.goto(f"{server.url}{path}")
    return page.locator("chatkit-widget")


def _open(page: Page, server: Gunicorn, path: str = PAGE) -> Locator:
    """Open the panel and wait for what it suggests; return the widget."""
    widget = _widget(page, server, path)
    with page.expect_response(f"**{API}/suggestions*"):
        part(page, "launcher").click()
    expect(widget.locator(".starters .ask").first).to_be_visible()
    return widget


def _type(page: Page, text: str) -> Locator:
    """Type a text and wait until what is found for all of it is shown; return the rows."""
    page.evaluate("addEventListener('chatkit:search', ({detail}) => (window.searched = detail))")
    part(page, "input").press_sequentially(text)
    page.wait_for_function("text => window.searched?.query === text", arg=text)
    return page.locator("chatkit-widget").get_by_role("option")


def _is_chosen(page: Page, row: Locator) -> None:
    """Expect a row to be the one that the field names as its active one."""
    expect(row).to_have_attribute("aria-selected", "true")
    expect(part(page, "input")).to_have_attribute("aria-activedescendant", row.get_attribute("id") or "")


def test_nothing_is_loaded_or_sent_before_the_panel_is_opened(page: Page, server: Gunicorn, heard: Recording) -> None:
    _widget(page, server)
    expect(part(page, "launcher")).to_be_visible()
    assert heard.asked(API) + heard.asked("chatkit-search.js") == []


def test_the_empty_panel_suggests_questions_about_the_page(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    questions = widget.get_by_role("list", name="About this page: Embedding").get_by_role("button")
    expect(questions).to_have_count(3)
    expect(widget.get_by_text("Answers are quoted from this site’s pages, with links.")).to_be_visible()
    # What other tests have asked on the page may stand before it.
    questions.filter(has_text="How do I put the widget on my site?").click()
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    expect(widget.locator(".starters")).to_be_hidden()


def test_what_is_typed_before_the_search_has_loaded_is_searched_for(page: Page, server: Gunicorn) -> None:
    held = hold(page, "**/chatkit-search.js")
    widget = _widget(page, server)
    with page.expect_request("**/chatkit-search.js"):
        part(page, "launcher").click()
    part(page, "input").fill("change the colour")
    held[0].continue_()
    expect(widget.get_by_role("option").nth(1)).to_be_visible()


def test_the_button_that_tries_the_search_again_keeps_the_focus(page: Page, server: Gunicorn) -> None:
    tried: list[Route] = []

    def fail(route: Route) -> None:
        tried.append(route)
        route.abort()

    page.route("**/chatkit-search.js*", fail)
    _widget(page, server)
    part(page, "launcher").click()
    followed(page)
    again = part(page, "panel").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    # What was loaded before this has been asked for.
    page.evaluate("fetch(location).then(() => true)")
    before = len(tried)
    again.focus()
    page.evaluate("fetch(location).then(() => true)")
    assert len(tried) == before
    expect(again).to_be_focused()
    page.unroute("**/chatkit-search.js*")
    again.press("Enter")
    expect(page.locator("chatkit-widget .starters .ask").first).to_be_visible()


def test_the_owner_s_own_questions_take_the_place_of_the_headings(page: Page, server: Gunicorn) -> None:
    widget = _widget(page, server)
    widget.evaluate("one => one.setAttribute('starters', 'Where do I begin? |  | Which port does it use?')")
    part(page, "launcher").click()
    begin = widget.get_by_role("list", name="To begin with").get_by_role("button")
    expect(begin).to_have_text(["Where do I begin?", "Which port does it use?"])


def test_a_recent_conversation_is_taken_up_again(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    part(page, "input").fill("Which port does the server use?")
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    widget.get_by_role("button", name="New chat").click()
    widget.get_by_role("list", name="Recent").get_by_role("button").click()
    expect(widget.get_by_role("heading", name="Which port does the server use?")).to_be_visible()


def test_sections_are_found_while_typing_and_opened_by_keys(page: Page, server: Gunicorn) -> None:
    _open(page, server)
    rows = _type(page, "change the accent colo")
    first = rows.nth(1)
    expect(first).to_contain_text(re.compile("colour", re.I))
    expect(rows.first).to_have_text("Ask “change the accent colo”Enter")
    _is_chosen(page, rows.first)
    assert 2 <= rows.count() <= 6
    part(page, "input").press("ArrowDown")
    part(page, "input").press("ArrowDown")
    _is_chosen(page, rows.nth(2))
    part(page, "input").press("ArrowUp")
    _is_chosen(page, first)
    target = first.get_attribute("href")
    assert target is not None
    part(page, "input").press("Enter")
    page.wait_for_url(target)


def test_enter_asks_and_a_follow_up_searches_nothing(page: Page, server: Gunicorn, heard: Recording) -> None:
    _open(page, server)
    rows = _type(page, "which port does the server use")
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    expect(rows).to_have_count(0)
    searches = len(heard.asked(f"{API}/search"))
    part(page, "input").fill("and which database")
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_have_count(2)
    assert len(heard.asked(f"{API}/search")) == searches


def test_the_way_up_from_the_first_row_leads_back_into_the_text(page: Page, server: Gunicorn) -> None:
    _open(page, server)
    held = hold(page, f"**{API}/search?q=port*")
    with page.expect_request(f"**{API}/search?q=port*"):
        part(page, "input").fill("port")
    rows = page.locator("chatkit-widget").get_by_role("option")
    _is_chosen(page, rows.first)
    part(page, "input").press("ArrowUp")
    expect(part(page, "input")).not_to_have_attribute("aria-activedescendant", re.compile(""))
    # Rows that come meanwhile leave it there.
    held[0].continue_()
    expect(rows.nth(1)).to_be_visible()
    expect(part(page, "input")).not_to_have_attribute("aria-activedescendant", re.compile(""))
    part(page, "input").press("ArrowDown")
    _is_chosen(page, rows.first)


def test_escape_takes_the_results_away_before_anything_else(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    rows = _type(page, "port")
    part(page, "input").press("Escape")
    expect(rows).to_have_count(0)
    expect(widget.locator(".starters")).to_be_visible()
    expect(part(page, "input")).to_have_value("port")
    expect(part(page, "panel")).to_be_visible()


def test_how_many_were_found_is_said_and_that_none_was(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    _type(page, "port")
    expect(widget.get_by_role("status")).to_have_text(re.compile(r"^\d results?$"))
    part(page, "input").fill("")
    _type(page, "xyzzyplugh")
    expect(widget.get_by_role("status")).to_have_text("No section found. Press Enter to ask.")
    expect(widget.get_by_role("option")).to_have_count(1)


def test_old_rows_stay_until_new_ones_come(page: Page, server: Gunicorn) -> None:
    _open(page, server)
    rows = _type(page, "port")
    before = rows.count()
    held = hold(page, f"**{API}/search?q=ports*")
    with page.expect_request(f"**{API}/search?q=ports*"):
        part(page, "input").press("s")
    expect(rows.first).to_contain_text("Ask “ports”")
    assert rows.count() == before
    held[0].continue_()


def test_rows_are_those_of_the_text_and_the_version_that_are_asked(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    rows = _type(page, "port")
    expect(rows.nth(1)).to_be_visible()
    # The same text elsewhere is another search, and where that fails no rows are left of the one before.
    widget.evaluate("one => one.setAttribute('version', '9')")
    page.route(f"**{API}/search*", lambda route: route.abort())
    with page.expect_request(lambda request: f"{API}/search?q=port&" in request.url and "version=9" in request.url):
        part(page, "input").fill("port")
    expect(rows).to_have_count(1)


def test_a_limit_of_searches_is_quiet_and_asking_goes_on(page: Page, server: Gunicorn) -> None:
    widget = _open(page, server)
    page.evaluate("addEventListener('chatkit:rate-limited', () => (window.limited = true))")
    limit(page, f"**{API}/search*", 600)
    with page.expect_response(f"**{API}/search*"):
        part(page, "input").fill("port")
    expect(widget.get_by_role("option")).to_have_count(1)
    expect(widget.get_by_text("No section found")).to_have_count(0)
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    expect(part(page, "toast")).to_have_count(0)
    assert page.evaluate("window.limited") is None


@pytest.mark.parametrize("width", [390, 1280])
def test_the_results_stay_within_the_panel(page: Page, server: Gunicorn, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _open(page, server)
    rows = _type(page, "content security policy of your")
    panel = part(page, "panel").bounding_box()
    assert panel is not None
    for row in rows.all():
        box = row.bounding_box()
        assert box is not None
        assert box["x"] >= panel["x"]
        assert box["x"] + box["width"] <= panel["x"] + panel["width"]
