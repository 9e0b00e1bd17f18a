"""The widget's words: in the language of the page, in its direction, and the owner's own in their place."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import Recording, hold
from tests.browser.test_widget import ask, followed, part
from tests.browser.waiting import becomes, drawn
from tests.servers import ROOT, Gunicorn

GUIDE = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
LANGUAGE = "tag => { document.documentElement.lang = tag }"
SIDE = "one => one.getBoundingClientRect().x + one.getBoundingClientRect().width / 2 < innerWidth / 2"


def test_the_words_follow_the_language_of_the_page_and_the_conversation_stays(
    page: Page, server: Gunicorn, heard: Recording
) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    answer = ask(page)
    line = answer.locator(".text > p").first
    said = line.inner_text()
    # Nobody who reads English loads words for it, before a part needs more of them.
    assert heard.asked("/widget/chatkit-languages-de.js") == heard.asked("/widget/chatkit-languages-ar.js") == []
    page.evaluate(LANGUAGE, "de-CH")
    expect(part(page, "input")).to_have_attribute("placeholder", "Weiter fragen")
    # What is read aloud is read in its own language; these pages state none.
    spoken = "one => one.closest('[lang]').lang"
    assert part(page, "input").evaluate(spoken) == "de-CH"
    assert line.evaluate(spoken) == ""
    expect(part(page, "panel")).to_be_visible()
    expect(line).to_have_text(said)
    expect(answer).to_contain_text("Kopieren")
    page.evaluate(LANGUAGE, "en")
    expect(part(page, "input")).to_have_attribute("placeholder", "Ask a follow-up")
    assert heard.complaints == []


def test_a_language_from_right_to_left_mirrors_the_widget(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    assert not part(page, "launcher").evaluate(SIDE)
    page.evaluate(LANGUAGE, "ar")
    expect(part(page, "launcher")).to_contain_text("اسأل")
    becomes(lambda: part(page, "launcher").evaluate(SIDE), True)
    part(page, "launcher").click()
    expect(part(page, "panel")).to_be_visible()
    becomes(lambda: part(page, "panel").evaluate(SIDE), True)
    # A question has the direction of its own words, as have the site's lines.
    answer = ask(page)
    direction = "one => getComputedStyle(one).direction"
    assert part(page, "message-user").evaluate(direction) == "ltr"
    assert answer.locator(".text > p").first.evaluate(direction) == "ltr"
    assert part(page, "panel").evaluate(direction) == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_modal_stays_open_when_the_language_changes(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    page.locator("chatkit-widget").evaluate("one => one.openModal()")
    # What is typed before it can be seen stands in it, too, but a page that changes then is another one.
    expect(page.locator("chatkit-widget")).to_have_attribute("open", "")
    part(page, "input").fill("a draft")
    page.evaluate(LANGUAGE, "de")
    expect(part(page, "input")).to_have_attribute("placeholder", "Fragen oder Seiten durchsuchen")
    expect(part(page, "panel")).to_be_visible()
    expect(part(page, "input")).to_have_value("a draft")
    expect(part(page, "input")).to_be_focused()
    page.reload()
    expect(part(page, "panel")).to_be_visible()


def test_what_is_asked_before_the_words_have_come_is_asked(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    page.evaluate(
        """() => {
          const widget = document.createElement("chatkit-widget");
          widget.lang = "fr";
          document.querySelector("chatkit-widget").replaceWith(widget);
          widget.open();
          widget.ask("How do I embed the widget?");
        }"""
    )
    expect(part(page, "message-assistant").locator("[part~=citation]").first).to_be_visible()
    expect(part(page, "input")).to_have_attribute("placeholder", "Poser une autre question")


def test_a_press_while_words_load_opens_it_in_the_language_that_the_page_changes_to(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url)
    expect(part(page, "launcher")).to_be_visible()
    held = hold(page, "**/chatkit-languages-es.js")
    pressed = "one => { one.lang = 'fr'; one.open(); one.lang = 'es' }"
    with (
        page.expect_request("**/chatkit-languages-es.js"),
        page.expect_request_finished(lambda request: "/chatkit-languages-fr.js" in request.url),
    ):
        page.locator("chatkit-widget").evaluate(pressed)
    drawn(page)
    held[0].continue_()
    expect(part(page, "input")).to_be_focused()
    expect(part(page, "panel")).to_be_visible()


def test_the_keys_close_a_modal_whose_words_have_not_come(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-languages-de.js*", lambda route: route.abort())
    page.goto(server.url)
    page.locator("chatkit-widget").evaluate("one => one.setAttribute('shortcut', '')")
    page.evaluate(LANGUAGE, "de")
    expect(part(page, "launcher").locator("kbd")).to_be_attached()
    page.locator("chatkit-widget").evaluate("one => one.openModal()")
    expect(page.locator("chatkit-widget dialog")).to_be_visible()
    expect(part(page, "input")).to_be_focused()
    # It was made anew as it opened, and its keys come by themselves.
    expect(part(page, "launcher").locator("kbd")).to_be_attached()
    page.keyboard.press("Control+k")
    expect(part(page, "panel")).to_be_hidden()


def test_without_the_script_of_its_language_the_widget_speaks_english(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-languages-de.js*", lambda route: route.abort())
    page.goto(server.url)
    page.evaluate(LANGUAGE, "de")
    part(page, "launcher").click()
    expect(part(page, "input")).to_have_attribute("placeholder", "Ask, or search the pages")
    # So does what follows it, until it opens the next time.
    followed(page)
    page.unroute("**/chatkit-languages-de.js*")
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    part(page, "launcher").click()
    expect(part(page, "input")).to_have_attribute("placeholder", "Fragen oder Seiten durchsuchen")


@pytest.mark.parametrize(("language", "said"), [("en", "Ask the manual"), ("de", "Das Handbuch fragen")])
def test_the_owner_replaces_single_words_as_the_guide_shows(
    page: Page, server: Gunicorn, heard: Recording, language: str, said: str
) -> None:
    [words] = re.findall(r"<chatkit-widget words='(\{.+?\})'>", GUIDE, re.DOTALL)
    page.goto(server.url)
    page.evaluate(LANGUAGE, language)
    # What replaces nothing is reported by a part of its own, which has nothing to say here.
    with page.expect_response("**/chatkit-check-words.js"):
        page.locator("chatkit-widget").evaluate("(one, words) => one.setAttribute('words', words)", words)
    expect(part(page, "launcher")).to_contain_text(said)
    assert heard.complaints == []


def test_the_owners_words_that_did_not_come_are_said_from_the_next_opening_on(page: Page, server: Gunicorn) -> None:
    page.route("**/chatkit-owner-words.js*", lambda route: route.abort())
    page.goto(server.url)
    with page.expect_event("requestfailed"):
        page.locator("chatkit-widget").evaluate("one => one.setAttribute('words', '{\"close\": \"Away\"}')")
    part(page, "launcher").click()
    expect(part(page, "panel").get_by_role("button", name="Close")).to_be_visible()
    page.unroute("**/chatkit-owner-words.js*")
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    part(page, "launcher").click()
    expect(part(page, "panel").get_by_role("button", name="Away")).to_be_visible()


def test_the_guide_tells_how_to_see_all_words(page: Page, server: Gunicorn) -> None:
    [snippet] = re.findall(r"```js\n(const \{ core, views \}.+?)```", GUIDE, re.DOTALL)
    page.goto(server.url)
    script = snippet.replace("https://chat.example.com", server.url).replace("console.table", "return Object.keys")
    assert {"ask", "rename"} < set(page.evaluate(f"async () => {{ {script} }}"))
