"""A turn as readers meet it: its question above the answer, numbers that lead to sources, code cut and copied."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import profile
from tests.browser.sites import Cable
from tests.browser.test_widget import ask, followed, part
from tests.browser.waiting import becomes, drawn
from tests.servers import Gunicorn

EMBED = "How do I embed the widget?"
# Its section has code of more lines than are shown.
LONG_CODE = "How do I start ChatKit with systemd?"
# Collects what the one line that speaks says, and what buttons say, some for a moment only.
LISTEN = """() => {
  const root = document.querySelector('chatkit-widget').shadowRoot;
  const line = root.querySelector('[role=status]');
  window.said = [];
  new MutationObserver(() => line.textContent && said.push(line.textContent)).observe(
    line, {childList: true, characterData: true, subtree: true});
  window.labels = [];
  new MutationObserver(records => labels.push(...records.map(({target}) => target.closest?.('button')?.textContent)))
    .observe(root, {childList: true, subtree: true});
}"""
TOP = "node => node.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def shared(browser: Browser, server: Gunicorn) -> Iterator[Page]:
    """Ask two questions where the clipboard may be read, for the tests that look at their answers."""
    with profile(browser) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        page = context.new_page()
        page.goto(server.url)
        part(page, "launcher").click()
        expect(part(page, "input")).to_be_focused()
        page.evaluate(LISTEN)
        ask(page, EMBED)
        ask(page, LONG_CODE)
        followed(page)
        yield page


def _answer(page: Page, question: str) -> Locator:
    return part(page, "message-assistant").nth([EMBED, LONG_CODE].index(question))


def _copied(page: Page, button: Locator) -> str:
    """Press a button that copies, and return what was copied once the button says so."""
    page.evaluate("labels.length = 0")
    button.click()
    page.wait_for_function("() => labels.includes('Copied')")
    return str(page.evaluate("navigator.clipboard.readText()"))


def _height(locator: Locator) -> float:
    return float(locator.evaluate("node => node.getBoundingClientRect().height"))


def _top(locator: Locator) -> float:
    return float(locator.evaluate(TOP))


def test_numbers_in_the_text_lead_to_their_sources(shared: Page) -> None:
    answer = _answer(shared, EMBED)
    number = answer.locator(".text a.n")
    expect(number).to_have_text("1")
    own = answer.locator(".from [part='citation']")
    expect(number).to_have_accessible_name(f"Source 1: {own.inner_text()}")
    assert number.get_attribute("href") == own.get_attribute("href")
    assert answer.get_by_role("link", name="Open section").get_attribute("href") == own.get_attribute("href")


def test_the_question_is_a_heading_that_stays_while_its_answer_scrolls(shared: Page) -> None:
    answer = _answer(shared, LONG_CODE)
    question, view = shared.get_by_role("heading", name=LONG_CODE), part(shared, "transcript")
    view.evaluate("node => node.scrollBy(0, 150)")
    expect(answer.locator(".from")).not_to_be_in_viewport(ratio=1)
    becomes(lambda: _top(view) <= _top(question) <= _top(view) + 16, True)


def test_a_reader_who_left_the_latest_turn_is_led_back(shared: Page) -> None:
    view, latest = part(shared, "transcript"), shared.get_by_role("heading", name=LONG_CODE)
    jump = shared.get_by_role("button", name="Jump to the latest")
    expect(jump).to_be_hidden()
    view.evaluate("node => node.scrollTo(0, 0)")
    jump.click()
    expect(jump).to_be_hidden()
    becomes(lambda: _top(view) <= _top(latest) <= _top(view) + 16, True)
    expect(view).to_be_focused()


def test_the_latest_question_stays_at_the_top_whatever_changes_above_it(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page, EMBED)
    ask(page, LONG_CODE)
    view, latest = part(page, "transcript"), page.get_by_role("heading", name=LONG_CODE)
    earlier = part(page, "message-assistant").first

    def is_at_top() -> bool:
        return _top(view) <= _top(latest) <= _top(view) + 16

    becomes(is_at_top, True)
    for space in ("400px", "28px", "0"):
        earlier.evaluate("(node, space) => (node.style.paddingBlockEnd = space)", space)
        becomes(is_at_top, True)
    # A narrower panel has longer answers.
    part(page, "panel").evaluate("node => (node.style.width = '300px')")
    becomes(is_at_top, True)
    # A reader who has scrolled away is left there.
    view.evaluate("node => node.scrollTo(0, 0)")
    expect(page.get_by_role("button", name="Jump to the latest")).to_be_visible()
    earlier.evaluate("node => (node.style.paddingBlockEnd = '400px')")
    drawn(page)
    assert view.evaluate("node => node.scrollTop") == 0


def test_a_turn_that_nobody_has_scrolled_to_names_its_sources(page: Page, server: Gunicorn) -> None:
    source = {"id": "a", "title": "Lamps › Oil", "url": f"{server.url}/#oil", "excerpt": "Trim the wick.", "score": 1}
    answer = {"role": "assistant", "content": "Trim it. [1]", "sources": [source], "citations": ["a"]}
    turns = [{"role": "user", "content": "Does it burn?"}, answer | {"outcome": "answered"}] * 200
    page.goto(server.url)
    page.evaluate(
        "([key, kept]) => { sessionStorage[key] = kept }",
        [f"chatkit:{server.url}", json.dumps({"messages": turns, "open": True})],
    )
    page.reload()
    followed(page)
    expect(part(page, "message-assistant").last.locator(".above .from")).to_be_visible()
    # The first may have been in view for a moment.
    unseen = part(page, "message-assistant").nth(100)
    expect(unseen.locator(".reading a")).to_have_attribute("href", f"{server.url}/#oil")
    expect(unseen.locator(".above")).to_have_count(0)
    unseen.evaluate("node => node.scrollIntoView()")
    expect(unseen.locator(".above .from")).to_be_visible()
    expect(unseen.locator(".reading")).to_have_count(0)


def test_long_code_is_cut_and_copied_whole(shared: Page) -> None:
    answer = _answer(shared, LONG_CODE)
    code, every = answer.locator("figure pre").first, answer.get_by_role("button", name="Show all")
    lines = code.inner_text().rstrip("\n").split("\n")
    assert len(lines) > 12
    expect(every).to_have_text(f"Show all {len(lines)} lines")
    low = _height(code)
    assert _copied(shared, answer.get_by_role("button", name="Copy", exact=True).first) == "\n".join(lines)
    every.click()
    becomes(lambda: low < _height(code), True)
    expect(code).to_be_focused()
    expect(every).to_have_count(0)


def test_long_lines_fade_until_they_are_scrolled_out(shared: Page) -> None:
    code = _answer(shared, EMBED).locator("figure pre").first
    expect(code).to_have_class("cut-x")
    expect(code).to_have_attribute("tabindex", "0")
    code.evaluate("node => node.scrollTo(node.scrollWidth, 0)")
    expect(code).not_to_have_class("cut-x")


def test_an_answer_is_copied_as_markdown_with_its_source(shared: Page) -> None:
    answer = _answer(shared, EMBED)
    text = _copied(shared, answer.get_by_role("button", name="Copy answer"))
    assert "```html\n<script" in text
    own = answer.locator(".from [part='citation']")
    address = (own.get_attribute("href") or "").split(":~:")[0]
    assert text.endswith(f"\n\n- \\[1\\] [{own.inner_text()}]({address})\n")


def test_a_question_is_changed_in_the_composer(shared: Page) -> None:
    _answer(shared, EMBED).get_by_role("button", name="Edit the question").click()
    expect(part(shared, "input")).to_have_value(EMBED)
    expect(part(shared, "input")).to_be_focused()


def test_each_step_is_said_once_and_then_where_the_answer_is_from(shared: Page) -> None:
    answer = _answer(shared, EMBED)
    more = answer.locator(".rows li").count()
    path = answer.locator(".from .path").inner_text()
    sentence = f"Answer from {path}. {more} more sections."
    shared.wait_for_function("sentence => said.includes(sentence)", arg=sentence)
    said = shared.evaluate("said")
    assert said.count(sentence) == 1
    # Once for each of the two questions at most.
    assert max(map(said.count, said)) <= 2
    expect(part(shared, "transcript")).to_have_attribute("aria-live", "off")


def test_why_an_answer_did_not_come_stands_in_its_turn(page: Page, server: Gunicorn) -> None:
    cable = Cable(server.port)
    page.goto(cable.url)
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
    followed(page)
    cable.cut()
    page.keyboard.type(EMBED)
    page.keyboard.press("Enter")
    answer = part(page, "message-assistant")
    expect(answer.get_by_role("alert")).to_have_text(
        "The answer did not come.The server does not respond. Your question is kept."
    )
    cable.mend()
    answer.get_by_role("button", name="Try again").click()
    expect(answer).to_contain_text("chatkit-widget.js")
    expect(answer.get_by_role("alert")).to_have_count(0)
    expect(part(page, "message-user")).to_have_text(EMBED)
    cable.close()
