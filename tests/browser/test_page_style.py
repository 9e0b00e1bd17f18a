"""The page's style stays outside, and the widget's effects stay inside."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import ALLOWED_PORT, document, readme_snippet, site
from tests.browser.test_widget import ask, part
from tests.browser.waiting import becomes, drawn, scripts, still
from tests.servers import Gunicorn

# Every property that is inherited, and `all`, at a value that no page means for a widget.
INHERITED = """
  text-transform: uppercase; letter-spacing: .2em; word-spacing: 1em; user-select: none; cursor: wait;
  white-space: pre; text-align: right; text-indent: 3em; font: italic 900 30px/3 fantasy; font-variant: small-caps;
  font-stretch: condensed; font-kerning: none; font-feature-settings: "smcp"; font-size-adjust: 1;
  font-synthesis: none; font-optical-sizing: none; font-palette: dark; color: red; visibility: hidden;
  pointer-events: none; word-break: break-all; overflow-wrap: anywhere; hyphens: auto; tab-size: 1; quotes: none;
  list-style: square inside; caption-side: bottom; border-collapse: collapse; border-spacing: 9px; empty-cells: hide;
  direction: rtl; writing-mode: vertical-rl; text-orientation: upright; text-shadow: 2px 2px red;
  text-emphasis: dot red; text-underline-position: under; text-underline-offset: 9px; -webkit-text-fill-color: red;
  -webkit-text-stroke: 1px red; caret-color: red; accent-color: red; scrollbar-color: red blue; color-scheme: dark;
  image-rendering: pixelated; paint-order: stroke; fill: red; stroke: red; stroke-width: 9; orphans: 9; widows: 9;
  line-break: anywhere; text-rendering: geometricPrecision; text-wrap: balance; text-size-adjust: 200%;
  text-decoration-skip-ink: none; text-anchor: end; interpolate-size: allow-keywords; math-depth: 3;
  hanging-punctuation: first; ruby-position: under; speak: none; -webkit-tap-highlight-color: red;
"""
HOSTILE = f"""
  * {{ all: unset; }}
  html {{ font-size: 62.5%; }}
  html, body, chatkit-widget {{ {INHERITED} }}
"""
# How everything in the widget looks: computed, with what stands before and after. It stays in the page: to hand it out
# would take many times as long.
LOOKS = """
  const root = document.querySelector('chatkit-widget').shadowRoot;
  const looks = [...root.querySelectorAll('*')].flatMap(element =>
    [null, '::before', '::after', '::placeholder', '::marker'].map(pseudo => {
      const style = getComputedStyle(element, pseudo);
      const name = `${element.localName} ${element.getAttribute('part') ?? element.className} ${pseudo ?? ''}`;
      return [name, Object.fromEntries([...style].map(property => [property, style.getPropertyValue(property)]))];
    }));
"""
REMEMBER = f"() => {{ {LOOKS} window.looked = looks; return looks.length; }}"
# How wide its place in the page is, is the page's.
COMPARE = f"""() => {{ {LOOKS}
  if (looks.length !== looked.length) return [`${{looked.length}} looks became ${{looks.length}}`];
  return looked.flatMap(([name, was], place) => Object.entries(was)
    .filter(([what, value]) => looks[place][1][what] !== value && !(name === 'div root ' && value.endsWith('px')))
    .map(([what, value]) => `${{name}}: ${{what}} ${{value}} → ${{looks[place][1][what]}}`));
}}"""


def test_nothing_of_the_pages_style_comes_in(page: Page, server: Gunicorn) -> None:
    snippet = readme_snippet(server.url).replace("<chatkit-widget", '<chatkit-widget theme="light"')
    with site(document(snippet), port=ALLOWED_PORT) as host:
        loading = scripts(page)
        page.goto(host.origin)
        part(page, "launcher").click()
        # Nothing of this answer is drawn anew later, as code is when it gets its colours.
        ask(page, "How long does a session last?")
        part(page, "input").focus()
        still(page, loading)
        assert page.evaluate(REMEMBER) > 100
        page.add_style_tag(content=HOSTILE)
        assert page.evaluate(COMPARE) == []


# What is painted on top in the middle of an element.
TOP = """one => {
  const {x, y, width, height} = one.getBoundingClientRect();
  const found = document.elementFromPoint(x + width / 2, y + height / 2);
  return found.id || found.localName;
}"""


def _is_on_top(place: Locator, what: str) -> None:
    """Wait until something is painted on top in the middle of a place, which may still move when it is shown."""
    becomes(lambda: place.evaluate(TOP), what)


@pytest.mark.parametrize("layout", ["floating", "side", "modal"])
def test_a_sites_own_dialogs_stand_above_the_widget(page: Page, server: Gunicorn, layout: str) -> None:
    snippet = readme_snippet(server.url).replace("<chatkit-widget", f'<chatkit-widget layout="{layout}"')
    cover = "position: fixed; inset: 0; background: #000a"
    layers = f'<div id="layer" hidden style="{cover}"></div><dialog id="dialog"></dialog>'
    with site(document(layers + snippet), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        for name in ("launcher", "panel"):
            if name == "panel":
                part(page, "launcher").click()
            own = part(page, name)
            expect(own).to_be_visible()
            _is_on_top(own, "chatkit-widget")
            # What the page puts before everything, whatever its z-index, stands before what it opens later, too.
            page.evaluate("document.querySelector('#dialog').showModal()")
            _is_on_top(own, "dialog")
            page.evaluate("document.querySelector('#dialog').close()")
            if name == "launcher" or layout != "modal":
                layer = page.locator("#layer")
                layer.evaluate("one => Object.assign(one.style, {zIndex: 1000}) && (one.hidden = false)")
                _is_on_top(own, "layer")
                layer.evaluate("one => { one.style.zIndex = 998 }")
                _is_on_top(own, "chatkit-widget")
                layer.evaluate("one => { one.hidden = true }")


def test_a_floating_widget_is_not_printed(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    expect(part(page, "launcher")).to_be_visible()
    page.emulate_media(media="print")
    expect(part(page, "launcher")).to_be_hidden()
    page.emulate_media(media="screen")
    part(page, "launcher").click()
    ask(page)
    page.emulate_media(media="print")
    expect(part(page, "panel")).to_be_hidden()
    expect(page.locator("main h1")).to_be_visible()


def test_scrolling_past_the_end_of_a_conversation_leaves_the_page_where_it_is(page: Page, server: Gunicorn) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"{server.url}/guide/theming")
    part(page, "launcher").click()
    for _ in range(2):
        ask(page)
    log = part(page, "transcript")
    log.hover()
    for direction in (1, -1):
        at_end = (
            f"one => {direction} < 0 ? one.scrollTop <= 0 : one.scrollTop + one.clientHeight >= one.scrollHeight - 1"
        )
        page.evaluate("scrollTo(0, 300)")
        for _ in range(3):
            page.mouse.wheel(0, 4000 * direction)
            page.wait_for_function(f"one => ({at_end})(one)", arg=log.element_handle())
        drawn(page)
        assert page.evaluate("scrollY") == 300
