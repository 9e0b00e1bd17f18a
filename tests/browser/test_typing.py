"""What a reader types: keys of input methods, long texts, other directions. Nothing of it is lost or sent too early."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import Recording, hold
from tests.browser.test_widget import QUESTION, ask, part
from tests.servers import Gunicorn


def _key(field: Locator, key: str, **how: Any) -> None:
    """Press a key as an input method lets a browser report it."""
    field.evaluate(
        """(one, [key, how]) => {
          const options = {key, bubbles: true, composed: true, cancelable: true, ...how};
          for (const type of ['keydown', 'keyup']) one.dispatchEvent(new KeyboardEvent(type, options));
        }""",
        [key, how],
    )


@pytest.mark.parametrize("how", [{"keyCode": 229}, {"isComposing": True}], ids=["Safari", "others"])
def test_a_key_of_an_input_method_sends_and_closes_nothing(
    page: Page, server: Gunicorn, heard: Recording, how: dict[str, Any]
) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    field = part(page, "input")
    field.fill("にほん")
    for key in ("Enter", "Escape"):
        _key(field, key, **how)
        expect(part(page, "panel")).to_be_visible()
        expect(field).to_have_value("にほん")
    assert heard.asked("/chat/stream") == []
    expect(part(page, "message-user")).to_have_count(0)


CONTROLS = "**/chatkit-controls.js"


@pytest.mark.parametrize("enter", [False, True])
def test_what_is_typed_before_the_panel_has_come_stands_in_it_or_is_asked(
    page: Page, server: Gunicorn, heard: Recording, enter: bool
) -> None:
    held = hold(page, CONTROLS)
    page.goto(server.url)
    # Of who was here before more is shown at once.
    page.evaluate(f"localStorage['chatkit:{server.url}'] = '{{\"prompted\": true}}'")
    page.evaluate("addEventListener('keydown', () => (window.heard = true))")
    with page.expect_request(CONTROLS):
        part(page, "launcher").click()
    page.keyboard.type(f"{QUESTION}!")
    for key in ["Backspace", *(["Enter"] if enter else [])]:
        page.keyboard.press(key)
    held[0].continue_()
    if enter:
        expect(part(page, "message-user")).to_have_text(QUESTION)
        expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    else:
        expect(part(page, "input")).to_be_focused()
        page.keyboard.type(" Now?")
        expect(part(page, "input")).to_have_value(f"{QUESTION} Now?")
        expect(page.get_by_role("option").first).to_be_visible()
    # Nor is it a shortcut of the page.
    assert page.evaluate("window.heard") is None
    assert heard.complaints == []


def test_a_key_without_a_name_does_nothing(page: Page, server: Gunicorn, heard: Recording) -> None:
    """A browser that fills in a form sends such."""
    page.goto(server.url)
    page.locator("chatkit-widget").evaluate("one => one.toggleAttribute('shortcut', true)")
    expect(part(page, "launcher")).to_contain_text("K")
    page.evaluate("document.dispatchEvent(new Event('keydown', {bubbles: true}))")
    expect(part(page, "panel")).to_have_count(0)
    assert heard.complaints == []


def test_enter_while_an_answer_is_written_keeps_the_draft_and_the_answer(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    held = hold(page, "**/chat/stream")
    field = part(page, "input")
    field.fill(QUESTION)
    with page.expect_request("**/chat/stream"):
        field.press("Enter")
    field.fill("And then?")
    for _ in range(2):
        field.press("Enter")
    page.evaluate("void document.querySelector('chatkit-widget').ask('And then?')")
    expect(field).to_have_value("And then?")
    expect(part(page, "message-user")).to_have_count(1)
    expect(part(page, "stop")).to_be_visible()
    [stream] = held
    stream.continue_()
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    expect(field).to_have_value("And then?")


def test_a_text_that_is_too_long_is_kept_and_said_to_be(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    field = part(page, "input")
    field.focus()
    text = " ".join(["word"] * 600)
    page.keyboard.insert_text(text)
    expect(field).to_have_value(text)
    field.press("Enter")
    expect(part(page, "toast")).to_contain_text("2,000")
    expect(field).to_have_value(text)
    assert heard.asked("/chat/stream") == []
    # The server counts characters: those of two halves are one each.
    field.fill(QUESTION + "\U0001f600" * 1900)
    with page.expect_request("**/chat/stream"):
        field.press("Enter")


def test_a_text_runs_in_its_own_direction(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    arabic = "ما هو (ChatKit)؟"
    part(page, "input").fill(arabic)
    expect(part(page, "input")).to_have_css("direction", "rtl")
    part(page, "input").press("Enter")
    expect(part(page, "message-user")).to_have_css("direction", "rtl")
    expect(part(page, "message-user")).to_have_text(arabic)
    expect(part(page, "message-assistant")).to_have_attribute("aria-busy", "false")
    answer = ask(page)
    expect(answer.locator(".text > *").first).to_have_css("direction", "ltr")
    expect(part(page, "message-user").last).to_have_css("direction", "ltr")
