"""Every state of the widget, light and dark, against axe's rules: WCAG 2.2 A and AA, and best practices.

Beside them what axe does not measure: borders of fields and their placeholders against what is behind them.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sheet_site import ARABIC_QUESTION, GREETING
from tests.browser.sheets import (
    LANGUAGES,
    SHEETS,
    WRITING,
    Shot,
    asked,
    came_along,
    code_asked,
    pausing,
    pressed,
    signing_in,
    state,
    stopped,
    then,
    typed,
    viewed,
    written,
)
from tests.browser.test_widget import ask, part
from tests.servers import ROOT, Gunicorn

AXE = ROOT / "chatkit/widget/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What a scheme decides.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What words decide.
WORDS = {"runOnly": {"type": "tag", "values": ["cat.name-role-value", "cat.language", "cat.text-alternatives"]}}
# Fields whose border has less than 3 to 1, or whose placeholder less than 4.5 to 1, on what is painted behind them.
WEAK_FIELDS = """() => {
  const FIELD = "input:not([type=checkbox], [type=radio]), textarea, select, .chip";
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const luminance = colours => {
    for (const colour of ["white", ...colours]) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data]
      .map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (colour, behind) => {
    const [darker, lighter] = [luminance(behind), luminance([...behind, colour])].sort((one, other) => one - other);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const around = one => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host;
  const painted = one => one ? [...painted(around(one)), getComputedStyle(one).backgroundColor] : [];
  const border = one => {
    const style = getComputedStyle(one);
    const sides = ["Top", "Right", "Bottom", "Left"].filter(side => parseFloat(style[`border${side}Width`]) > 0);
    return sides.map(side => style[`border${side}Color`]).find(colour => !/, 0\\)$/.test(colour));
  };
  const framed = one => border(one) ? one : framed(around(one));
  const roots = [document, ...[...document.querySelectorAll("chatkit-widget")].map(one => one.shadowRoot)];
  const fields = roots.flatMap(root => [...root.querySelectorAll(FIELD)]);
  const weak = (what, least, colour, behind, one) => {
    const found = contrast(colour, behind);
    return found < least ? [`${what} ${found.toFixed(2)} ${one.outerHTML.slice(0, 100)}`] : [];
  };
  return fields.filter(one => one.checkVisibility({opacityProperty: true, visibilityProperty: true})).flatMap(one => {
    const frame = framed(one);
    const found = weak("border", 3, border(frame), painted(around(frame)), one);
    const hint = getComputedStyle(one, "::placeholder").color;
    return one.placeholder && !one.value ? [...found, ...weak("placeholder", 4.5, hint, painted(one), one)] : found;
  });
}"""

Act = Callable[[Page], None]
# What follows on each other in one visit is looked at after each step; the contact sheets show it apart.
TOURS: dict[str, tuple[bool, Sequence[Act]]] = {
    "An answer is written, and stopped": (False, [pausing(WRITING, "Set DATABASE_URL"), stopped]),
    "An answer, its menu, expanded, saved, rated": (
        True,
        [
            asked(),
            pressed("More"),
            pressed("Make it larger"),
            pressed("More", "Save this chat"),
            then(pressed("Not helpful"), lambda page: part(page, "panel").get_by_text("Out of date").click()),
        ],
    ),
    "Chats, one is renamed, one is deleted": (
        True,
        [viewed("history"), pressed("Rename"), pressed("Cancel", "Delete")],
    ),
    "My data, until the account can be deleted": (
        True,
        [viewed("account"), pressed("Delete my account"), written("Type", "Delete ")],
    ),
    "A greeting, signing in, what came along": (False, [asked(GREETING), code_asked, came_along]),
}
_TOURED = {"Streaming: writing", "Answered, with code", "Chats", "Sign in, the code"}
_TOURED |= {"Stopped", "Greeting", "Expanded", "Your chat came along", "The menu", "Feedback with reasons"}
_TOURED |= {"My data", "Delete: typed confirmation", "The same, confirmed"}
STATES = [
    shot
    for name, shots in SHEETS.items()
    if not re.search("languages|right-to-left", name)
    for shot in shots
    if shot.caption not in _TOURED
]
THEMING = (ROOT / "docs/theming.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("shot", STATES, ids=lambda shot: shot.caption)
def test_no_state_is_a_barrier(browser: Browser, stage: str, shot: Shot) -> None:
    with state(browser, shot, "light", stage) as page:
        shot.act(page)
        # Where colours are forced, their contrast is the system's.
        assert [line for line in violations(page) if not (shot.forced and "color-contrast" in line)] == []


@pytest.mark.parametrize("name", TOURS)
def test_no_step_leads_to_a_barrier(browser: Browser, stage: str, name: str) -> None:
    signed_in, acts = TOURS[name]
    with state(browser, Shot(name, acts[0], signed_in=signed_in), "light", stage) as page:
        for act in acts:
            act(page)
            assert violations(page) == []


def test_no_language_is_a_barrier(browser: Browser, stage: str) -> None:
    with state(browser, Shot("Languages", asked()), "light", stage) as page:
        asked(ARABIC_QUESTION)(page)
        page.evaluate(AXE.read_text())
        for language in LANGUAGES:
            page.evaluate("tag => { document.documentElement.lang = tag }", language)
            words = (ROOT / f"chatkit/widget/src/languages/{language}.ts").read_text(encoding="utf-8")
            [hint] = re.findall(r'^  followUp: "(.+)",$', words, re.M)
            expect(part(page, "input")).to_have_attribute("placeholder", hint)
            assert _found(page, "light", WORDS) == []


def test_an_owners_colours_are_readable_up_to_the_bounds_of_the_guide(browser: Browser, stage: str) -> None:
    [(light, dark)] = re.findall(r"A light background down to `(#\w+)` and a dark one up to `(#\w+)`", THEMING)
    # Each accent has hardly more than 4.5 to 1 on these.
    colours = {
        "background": f"light-dark({light}, {dark})",
        "accent": "light-dark(#0a6fb8, #e88a3c)",
        "on-accent": "light-dark(#fff, #10131a)",
    }
    style = ";".join(f"--chatkit-{name}: {value}" for name, value in colours.items())
    with state(browser, Shot("Colours", asked()), "light", stage) as page:
        page.locator("chatkit-widget").evaluate("(one, style) => { one.style.cssText = style }", style)
        page.evaluate(AXE.read_text())
        typed("change the colour")(page)
        assert _found(page, "light", COLOURS) + _found(page, "dark", COLOURS) == []
        asked("How do I run ChatKit behind nginx with PostgreSQL?")(page)
        pressed("Not helpful")(page)
        part(page, "panel").get_by_text("Out of date").click()
        assert _found(page, "light", COLOURS) + _found(page, "dark", COLOURS) == []
        signing_in(page)
        assert _found(page, "light", COLOURS) + _found(page, "dark", COLOURS) == []


def test_the_sample_site_is_no_barrier(page: Page, server: Gunicorn) -> None:
    for path in ("/", "/guide/settings", "/signin#token=x"):
        page.goto(server.url + path)
        assert violations(page) == [], path


def test_the_harness_is_no_barrier(page: Page, server: Gunicorn) -> None:
    page.goto(f"{server.url}/widget/integration")
    ask(page)
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Return what axe finds in the light and in the dark, shadow roots included, as "scheme, rule: where"."""
    page.evaluate(AXE.read_text())
    return _found(page, "light", RULES) + _found(page, "dark", COLOURS)


def _found(page: Page, scheme: Literal["light", "dark"], rules: object) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    weak = [f"{scheme}, color-contrast of a field: {field}" for field in page.evaluate(WEAK_FIELDS)]
    return weak + [f"{scheme}, {rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]
