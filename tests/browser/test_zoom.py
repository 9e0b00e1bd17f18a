"""Large text, small windows and forced colours: at least half of the view is for reading, and every state shows."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_widget import ask, part
from tests.browser.waiting import becomes
from tests.servers import Gunicorn

# What of the window's height is for reading: from the header, where it stays, to the composer.
READING = """() => {
  const root = document.querySelector("chatkit-widget").shadowRoot;
  const place = name => root.querySelector(`[part~=${name}]`).getBoundingClientRect();
  const top = Math.max(0, Math.min(place("header").bottom, innerHeight));
  return (Math.min(place("composer").top, innerHeight) - top) / innerHeight;
}"""
# What sticks out of the panel on its side, but for what scrolls by itself.
CUT = """() => {
  const root = document.querySelector("chatkit-widget").shadowRoot;
  const panel = root.querySelector("[part~=panel]").getBoundingClientRect();
  return [...root.querySelectorAll("[part~=panel] :is(a, button, textarea, p, h2, h3, h4, li)")]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest("pre, table, [role=group]"))
    .filter(one => {
      const {left, right, width} = one.getBoundingClientRect();
      return width > 1 && (left < panel.left - 1 || right > panel.right + 1);
    })
    .map(one => one.outerHTML.slice(0, 100));
}"""
WINDOWS = {"320 px": (320, 568), "200 %": (640, 512), "400 %": (320, 256)}


@pytest.mark.parametrize("window", WINDOWS)
def test_half_of_a_small_window_is_for_reading_and_nothing_is_cut(page: Page, server: Gunicorn, window: str) -> None:
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    becomes(lambda: page.evaluate(READING) >= 0.5, True)
    becomes(lambda: page.evaluate(CUT), [])


def test_text_at_twice_its_size_keeps_half_for_reading(page: Page, server: Gunicorn) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    fonts = {"standard": 32, "fixed": 26}
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": fonts})
    page.goto(server.url)
    part(page, "launcher").click()
    answer = ask(page)
    assert float(answer.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 30
    becomes(lambda: page.evaluate(READING) >= 0.5, True)
    becomes(lambda: page.evaluate(CUT), [])


def test_forced_colours_show_what_is_chosen_pressed_and_writable(page: Page, server: Gunicorn) -> None:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(server.url)
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
    page.keyboard.type("change the colour")
    rows = page.get_by_role("option")
    expect(rows.nth(1)).to_be_visible()
    assert _outline(page, "[role=option][aria-selected=true]") != _outline(page, "[role=option][aria-selected=false]")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(0)
    page.keyboard.press("Escape")
    expect(part(page, "input")).to_have_value("")
    answer = ask(page)
    answer.get_by_role("button", name="Helpful", exact=True).click()
    pressed = answer.locator("[aria-pressed=true]").evaluate("one => getComputedStyle(one).borderColor")
    assert pressed != answer.locator("[aria-pressed=false]").evaluate("one => getComputedStyle(one).borderColor")
    # Backgrounds are the system's: what they carried is carried by borders.
    for name in ("panel", "composer", "send"):
        assert part(page, name).evaluate("one => getComputedStyle(one).borderStyle") == "solid", name


def _outline(page: Page, selector: str) -> str:
    return str(page.locator(f"chatkit-widget {selector}").first.evaluate("one => getComputedStyle(one).outlineStyle"))
