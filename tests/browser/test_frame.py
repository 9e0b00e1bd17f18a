"""The widget's frame: where the panel stands, light and dark, keys and focus, notices, what a small window leaves."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import document, hold, limit, readme_snippet, site
from tests.browser.test_widget import QUESTION, ask, followed, part
from tests.browser.waiting import becomes
from tests.servers import Gunicorn

WIDGET = "document.querySelector('chatkit-widget')"
HTML = "document.documentElement"


def set_attribute(page: Page, name: str, value: str) -> None:
    """Set an attribute of the widget."""
    page.evaluate(f"([name, value]) => {WIDGET}.setAttribute(name, value)", [name, value])


def box(page: Page, name: str = "panel") -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom edges of a part, once it is shown."""
    expect(part(page, name)).to_be_visible()
    found = part(page, name).bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def stands_at(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Wait until the panel has these edges."""
    becomes(lambda: box(page), pytest.approx((left, top, right, bottom), abs=1))


def has_own_style(page: Page) -> None:
    """Wait until nothing of the widget styles the page."""
    becomes(lambda: page.evaluate(f"{HTML}.style.cssText"), "")


def test_the_floating_panel_stands_in_its_corner_and_leaves_the_page_alone(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    stands_at(page, 860, 140, 1260, 780)
    set_attribute(page, "position", "left")
    stands_at(page, 20, 140, 420, 780)
    page.set_viewport_size({"width": 700, "height": 500})
    stands_at(page, 20, 20, 420, 480)
    has_own_style(page)


def test_the_side_panel_has_the_page_make_room_on_the_next_page_too(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    part(page, "more").click()
    page.get_by_role("menuitem", name="Move to the side").click()
    stands_at(page, 880, 0, 1280, 800)
    expect(page.locator("html")).to_have_css("margin-right", "400px")
    page.goto(f"{server.url}/guide/theming")
    expect(part(page, "panel")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("style", re.compile("--chatkit-side: 400px"))
    page.set_viewport_size({"width": 1023, "height": 800})
    stands_at(page, 603, 140, 1003, 780)
    expect(page.locator("html")).to_have_css("margin-right", "0px")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("html")).to_have_css("margin-right", "400px")
    part(page, "input").press("Escape")
    has_own_style(page)


def test_keys_whose_script_did_not_come_work_after_the_next_opening(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-shortcut.js", lambda route: route.abort())
    page.goto(server.url)
    with page.expect_event("requestfailed"):
        set_attribute(page, "shortcut", "")
    part(page, "launcher").click()
    expect(part(page, "launcher").locator("kbd")).to_be_attached()
    part(page, "input").press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(part(page, "input")).to_be_focused()


def test_keys_are_named_once_when_the_words_change_before_their_script_comes(page: Page, server: Gunicorn) -> None:
    held = hold(page, "**/chatkit-shortcut.js")
    page.goto(server.url)
    with page.expect_request("**/chatkit-shortcut.js"):
        set_attribute(page, "shortcut", "")
    set_attribute(page, "lang", "de")
    expect(part(page, "launcher")).to_contain_text("Fragen")
    held[0].continue_()
    expect(part(page, "launcher").locator("kbd")).to_have_text(["Ctrl K"])


@pytest.mark.parametrize(("background", "scheme"), [("white", "light"), ("black", "dark")])
def test_the_theme_is_that_of_the_page_before_anything_is_drawn(
    page: Page, server: Gunicorn, background: str, scheme: str
) -> None:
    page.goto(server.url)
    page.evaluate("colour => { document.body.style.background = colour }", background)
    made = """async () => {
      const widget = document.body.appendChild(document.createElement("chatkit-widget"));
      await null;
      return widget.shadowRoot.querySelector(".root").style.colorScheme;
    }"""
    assert page.evaluate(made) == scheme


def test_the_pages_own_button_opens_it_before_anything_but_the_first_script_has_come(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url)
    link = "Object.assign(document.createElement('a'), {href: '/elsewhere', className: 'find', textContent: 'Search'})"
    page.evaluate(f"document.querySelector('main').replaceChildren({link})")
    held = hold(page, re.compile(r"/chatkit-(shortcut|languages-fr)\.js"))
    with page.expect_request("**/chatkit-languages-fr.js"):
        set_attribute(page, "lang", "fr")
    set_attribute(page, "trigger", ".find")
    page.locator("main .find").click()
    held[0].continue_()
    expect(part(page, "input")).to_be_focused()
    expect(page.locator("chatkit-widget dialog")).to_be_visible()
    assert page.url == f"{server.url}/"


def test_the_modal_opens_by_keys_that_the_page_leaves_free_or_by_its_button(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    button = "Object.assign(document.createElement('button'), {id: 'find', className: 'find', textContent: 'Search'})"
    page.evaluate(f"document.querySelector('main').replaceChildren({button})")
    expect(part(page, "launcher")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(part(page, "panel")).to_be_hidden()
    set_attribute(page, "shortcut", "")
    # Its script, which hears the keys, has come by then.
    expect(part(page, "launcher").locator("kbd")).to_be_attached()
    page.evaluate("window.own = event => event.ctrlKey && event.preventDefault(); addEventListener('keydown', own)")
    page.keyboard.press("Control+k")
    expect(part(page, "panel")).to_be_hidden()
    page.evaluate("removeEventListener('keydown', own)")
    set_attribute(page, "trigger", ".find")
    page.locator("#find").focus()
    page.keyboard.press("Control+k")
    expect(part(page, "input")).to_be_focused()
    becomes(lambda: box(page)[:3], pytest.approx((320, 72, 960), abs=1))
    # The page is out of reach meanwhile; the focus goes back to where it was.
    page.evaluate("document.querySelector('#find').focus()")
    expect(part(page, "input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    expect(page.locator("#find")).to_be_focused()
    page.locator("#find").click()
    ask(page)
    # A press beside it closes it, and a selection that ends there does not.
    page.mouse.move(640, 120)
    page.mouse.down()
    page.mouse.move(20, 400)
    page.mouse.up()
    expect(part(page, "panel")).to_be_visible()
    page.mouse.click(20, 400)
    expect(part(page, "panel")).to_be_hidden()
    # Searching again does not begin with what was asked before.
    page.keyboard.press("Control+k")
    expect(part(page, "transcript")).to_be_hidden()


def test_on_a_phone_the_panel_has_the_screen_and_the_keyboard_covers_nothing(page: Page, server: Gunicorn) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(server.url)
    part(page, "launcher").click()
    stands_at(page, 0, 0, 390, 700)
    expect(part(page, "input")).to_be_focused()
    page.locator("main a").first.evaluate("link => link.focus()")
    expect(part(page, "input")).to_be_focused()
    # What the keyboard of a phone does.
    page.evaluate("Object.defineProperty(visualViewport, 'height', {value: 400})")
    page.evaluate("visualViewport.dispatchEvent(new Event('resize'))")
    stands_at(page, 0, 0, 390, 400)
    becomes(lambda: page.evaluate(f"{HTML}.style.overflow"), "hidden")
    part(page, "panel").get_by_role("button", name="Close").click()
    expect(part(page, "launcher")).to_be_focused()
    has_own_style(page)


def test_a_low_window_leaves_its_height_for_reading(page: Page, server: Gunicorn) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    becomes(lambda: part(page, "panel").evaluate("panel => (panel.scrollTop = 80, panel.scrollTop)"), 80)
    becomes(lambda: box(page, "composer")[3], pytest.approx(256, abs=1))
    assert box(page, "composer")[1] >= 208
    # Nothing but the composer stays where it is.
    becomes(lambda: box(page, "header")[1] < 0, True)


THEMES = [
    ("document.body.style.background = '#111'", "dark"),
    ("document.body.style.background = 'oklch(98% 0 0)'", "light"),
    ("document.body.style.background = 'rgb(0 0 0 / 20%)'; document.documentElement.style.background = '#222'", "dark"),
    ("for (const each of [document.body, document.documentElement]) each.removeAttribute('style')", "system"),
    ("document.documentElement.style.colorScheme = 'dark'", "dark"),
    ("document.documentElement.style.colorScheme = 'only light'", "light"),
    ("document.documentElement.style.colorScheme = 'light dark'", "system"),
    ("document.documentElement.className = 'night'", "dark"),
    ("document.documentElement.className = ''; document.body.dataset.mdColorScheme = 'slate'", "dark"),
    (f"{WIDGET}.setAttribute('theme', 'light')", "light"),
]


def test_the_theme_is_that_of_the_page_at_any_time(page: Page, server: Gunicorn) -> None:
    style = "<style>.night, [data-md-color-scheme=slate] { background: #000 }</style>"
    dark, light = "rgb(23, 25, 30)", "rgb(255, 255, 255)"
    with site(document(style + readme_snippet(server.url))) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        for change, expected in THEMES:
            page.evaluate(change)
            for system in ("light", "dark"):
                page.emulate_media(color_scheme="light" if system == "light" else "dark")
                colour = dark if (system if expected == "system" else expected) == "dark" else light
                expect(part(page, "panel"), change).to_have_css("background-color", colour)


# A background of the page, and that of the panel on it.
BACKGROUNDS = [("#111", "rgb(23, 25, 30)"), ("#fff", "rgb(255, 255, 255)")]


def test_the_theme_is_that_of_the_page_when_the_panel_opens(page: Page, server: Gunicorn) -> None:
    """No attribute of the page tells of a stylesheet that comes late, or goes."""
    with site(document(readme_snippet(server.url))) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        followed(page)
        for background, colour in BACKGROUNDS:
            part(page, "input").press("Escape")
            expect(part(page, "panel")).to_be_hidden()
            page.add_style_tag(content=f"body {{ background: {background} }}")
            part(page, "launcher").click()
            expect(part(page, "panel")).to_have_css("background-color", colour)


def test_the_theme_follows_the_body_that_a_router_puts_in_place_of_another(page: Page, server: Gunicorn) -> None:
    with site(document(readme_snippet(server.url))) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        followed(page)
        page.evaluate("""() => {
          const [body, widget] = [document.createElement('body'), document.querySelector('chatkit-widget')];
          document.body.replaceWith(body);
          body.append(widget);
        }""")
        part(page, "input").press("Escape")
        expect(part(page, "panel")).to_be_hidden()
        part(page, "launcher").click()
        expect(part(page, "input")).to_be_focused()
        # The second is seen by no look that was still to come.
        for background, colour in BACKGROUNDS:
            page.evaluate("colour => { document.body.style.background = colour }", background)
            expect(part(page, "panel")).to_have_css("background-color", colour)


def test_the_composer_takes_the_place_of_the_first_question_and_keeps_the_focus(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    field = part(page, "input")
    becomes(lambda: box(page, "composer")[1] < 220, True)
    expect(field).to_have_attribute("placeholder", "Ask, or search the pages")
    ask(page)
    becomes(lambda: box(page, "composer")[1] > 700, True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("placeholder", "Ask a follow-up")
    field.fill("one")
    height = field.evaluate("field => field.offsetHeight")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    expect(field).to_have_value("one\ntwo")
    becomes(lambda: field.evaluate("field => field.offsetHeight") > height, True)
    # Esc takes the text first, then closes.
    field.press("Escape")
    expect(field).to_have_value("")
    field.press("Escape")
    expect(part(page, "launcher")).to_be_focused()


def test_the_menu_is_worked_by_keys_and_gives_the_focus_back(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    more = part(page, "more")
    more.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowUp")
    expect(part(page, "account")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("menu")).to_be_hidden()
    more.click()
    page.get_by_role("menuitem", name="Make it larger").click()
    becomes(lambda: box(page)[:2], pytest.approx((540, 20), abs=1))


def test_a_widget_becomes_part_of_the_page_before_anybody_has_opened_it(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    expect(part(page, "launcher")).to_be_visible()
    page.evaluate(f"{WIDGET}.setAttribute('layout', 'inline')")
    expect(part(page, "input")).to_be_visible()


def test_a_limit_keeps_the_question_and_counts_down(page: Page, server: Gunicorn) -> None:
    limit(page, "**/chat/stream", 60, headers={"RateLimit-Policy": '"chat";q=10;w=60'})
    page.clock.install()
    page.goto(server.url)
    part(page, "launcher").click()
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")
    notice = part(page, "toast")
    expect(notice).to_contain_text("10 questions in a minute is the limit. Your question stays here.")
    expect(notice).to_contain_text("Ask again in ")
    expect(part(page, "input")).to_have_value(QUESTION)
    expect(part(page, "send")).to_have_attribute("aria-disabled", "true")
    page.unroute("**/chat/stream")
    part(page, "input").press("Enter")
    expect(part(page, "input")).to_have_value(QUESTION)
    expect(part(page, "message-assistant")).to_have_count(0)
    # It goes by itself, and the question can be asked.
    page.clock.fast_forward(60_000)
    expect(notice).to_have_count(0)
    part(page, "input").press("Enter")
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()


def test_an_answer_that_comes_while_the_panel_is_closed_is_announced_by_the_button(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url)
    launcher = part(page, "launcher")
    expect(launcher).to_have_text("Ask")
    page.evaluate("scrollTo(0, 400)")
    expect(launcher).to_have_css("width", "48px")
    launcher.click()
    expect(part(page, "panel")).to_be_visible()
    page.evaluate(f"void {WIDGET}.ask('{QUESTION}'); {WIDGET}.close()")
    expect(launcher).to_have_text("Answer ready")
    launcher.click()
    part(page, "panel").get_by_role("button", name="Close").click()
    expect(launcher).to_have_text("Ask")
