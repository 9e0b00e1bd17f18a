"""What counts as selected text: what is selected of the page's own content, and nothing else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import ALLOWED_PORT, Site, document, hold, readme_snippet, site
from tests.browser.test_widget import ask, part
from tests.browser.waiting import becomes, drawn
from tests.servers import Gunicorn

PAGE = """
<p id=first>The <b>first</b> paragraph.</p><script>"no text"</script>
<p hidden>hidden words</p><p style="visibility:hidden">unseen words</p>
<pre id=code>if here:
    there()</pre>
<label>Search <input id=search value="typed in the search box"></label>
<textarea id=area>typed in an area</textarea>
<div id=editor contenteditable>typed in an editor</div>
<x-box id=box></x-box>
<p id=last>The last paragraph.</p>
<script>
  class Box extends HTMLElement {
    connectedCallback() {
      this.attachShadow({mode: "open"}).innerHTML = "<p>another component</p><input value='typed in a component'>";
    }
  }
  customElements.define("x-box", Box);
</script>
"""


@pytest.fixture
def host(page: Page, server: Gunicorn) -> Iterator[Site]:
    """Open a page with all kinds of places to select in, and the widget on it."""
    with site(document(PAGE + readme_snippet(server.url)), port=ALLOWED_PORT) as running:
        page.goto(running.origin)
        part(page, "launcher").click()
        # It takes the focus, and with it what is selected meanwhile.
        expect(part(page, "input")).to_be_focused()
        yield running


def _chip(page: Page) -> str:
    """Return what is offered as selected text, once a change of the selection has been heard of."""
    drawn(page)
    chip = page.locator("chatkit-widget .selection")
    return chip.locator("[dir=auto]").text_content() or "" if chip.is_visible() else ""


def _select(page: Page, script: str) -> None:
    """Select by script, as if by mouse: the focus is where the selection is."""
    page.evaluate(
        f"() => {{ const selection = getSelection(); const $ = id => document.getElementById(id); {script} }}"
    )


def test_what_is_typed_is_no_selected_text(page: Page, host: Site) -> None:
    for selector in ("#search", "#area", "#editor", "#box input"):
        page.locator(selector).click()
        page.keyboard.press("ControlOrMeta+A")
        assert page.evaluate("String(getSelection())")
        assert _chip(page) == ""
    page.locator("#editor").evaluate("one => getSelection().selectAllChildren(one)")
    assert _chip(page) == ""
    # Nor what is typed in the widget itself.
    part(page, "input").fill("typed in the composer")
    page.keyboard.press("ControlOrMeta+A")
    assert _chip(page) == ""
    page.locator("#search").click()
    page.keyboard.press("ControlOrMeta+A")
    part(page, "input").focus()
    assert _chip(page) == ""


def test_what_a_widget_says_is_no_selected_text(page: Page, host: Site) -> None:
    answer = ask(page).locator(".text p").first
    answer.click(click_count=3)
    assert "accent" in page.evaluate("String(getSelection())")
    assert _chip(page) == ""
    answer.evaluate("one => getSelection().setBaseAndExtent(one, 0, document.getElementById('last'), 0)")
    assert "accent" not in _chip(page)
    page.locator("#box p").click(click_count=3)
    assert _chip(page) == ""


def test_text_of_the_page_counts_as_it_is_read(page: Page, host: Site) -> None:
    page.locator("#first").click(click_count=3)
    becomes(lambda: _chip(page), "The first paragraph.")
    # Up to where it goes into the widget, which stands behind the last paragraph.
    page.locator("#last").click(click_count=3)
    becomes(lambda: _chip(page), "The last paragraph.")
    _select(page, "selection.setBaseAndExtent($('first'), 0, $('code'), 1)")
    becomes(lambda: _chip(page), "The first paragraph.\nif here:\n    there()")
    _select(page, "selection.setBaseAndExtent($('last'), 1, $('first').firstChild, 4)")
    becomes(lambda: _chip(page).startswith("first paragraph."), True)
    text = _chip(page)
    assert text.endswith("The last paragraph.")
    for left_out in ("no text", "hidden", "unseen", "typed", "component"):
        assert left_out not in text


def test_the_whole_page_is_selected_without_the_widget(page: Page, host: Site) -> None:
    ask(page)
    page.locator("#first").click()
    page.keyboard.press("ControlOrMeta+A")
    becomes(lambda: "The first paragraph." in _chip(page), True)
    assert "accent" not in _chip(page)


def test_what_was_selected_before_the_panels_parts_came_is_offered_once_they_have(page: Page, server: Gunicorn) -> None:
    held = hold(page, "**/chatkit-controls.js")
    with site(document(PAGE + readme_snippet(server.url)), port=ALLOWED_PORT) as running:
        page.goto(running.origin)
        with page.expect_request("**/chatkit-controls.js"):
            part(page, "launcher").click()
        expect(part(page, "input")).to_be_focused()
        _select(page, "selection.selectAllChildren($('first'))")
        drawn(page)
        held[0].continue_()
        expect(page.locator("chatkit-widget .selection")).to_contain_text("The first paragraph.")


def test_a_long_selection_is_cut_and_asked(page: Page, host: Site) -> None:
    # A character of two halves at the very end of what is taken.
    page.locator("#first").evaluate("one => { one.textContent = 'a' + '\\u{1F600}'.repeat(6000) }")
    page.locator("#first").evaluate("one => getSelection().selectAllChildren(one)")
    with page.expect_request("**/chat/stream") as asked:
        ask(page, "How do I change the colour of the widget?")
    sent = (asked.value.post_data_json or {})["context"]["selected_text"]
    assert 4990 < len(sent.encode("utf-16-le")) // 2 <= 10_000
    expect(page.locator("chatkit-widget .selection")).to_be_hidden()
