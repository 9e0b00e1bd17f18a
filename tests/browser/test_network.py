"""Networks: a reader without one, a server that is gone, and a proxy that compresses. Each is said as what it is."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.sites import ALLOWED_PORT, Cable, Recording, document, hold, readme_snippet, site
from tests.browser.test_widget import QUESTION, ask, choose, followed, part
from tests.browser.waiting import becomes, defined, drawn, go_offline, scripts, still
from tests.servers import Gunicorn

AWAY = re.compile("does not respond|can’t be reached")


def _ask(page: Page) -> None:
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")


def test_a_server_that_is_gone_is_not_said_to_refuse(page: Page, server: Gunicorn, heard: Recording) -> None:
    """The bundle is in the browser's cache, and asking for it again must not be answered from there."""
    cable = Cable(server.port)
    with site(document(readme_snippet(cable.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        followed(page)
        cable.cut()
        _ask(page)
        expect(part(page, "panel")).to_contain_text(AWAY)
        expect(part(page, "panel")).not_to_contain_text("not allowed")
        assert any("does not answer" in line for line in heard.console)
        assert not any("CORS_ORIGINS" in line for line in heard.console)
        cable.mend()
        part(page, "panel").get_by_role("button", name="Try again").click()
        expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    cable.close()


def test_a_question_of_a_reader_without_a_network_is_sent_when_there_is_one(
    page: Page, server: Gunicorn, heard: Recording
) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    go_offline(page)
    _ask(page)
    expect(part(page, "panel")).to_contain_text("You are offline")
    expect(part(page, "message-user")).to_have_text(QUESTION)
    page.context.set_offline(False)
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    expect(part(page, "panel")).not_to_contain_text("You are offline")
    assert not any("does not answer" in line for line in heard.console)


def test_a_question_without_an_answer_outlives_a_reload(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    go_offline(page)
    _ask(page)
    expect(part(page, "panel")).to_contain_text("You are offline")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.go_back()
    answer = part(page, "message-assistant")
    expect(answer.locator("[part~='citation']").first).to_be_visible()
    expect(part(page, "message-user")).to_have_count(1)
    # One that failed is offered to be asked again.
    page.route("**/chat/stream", lambda route: route.abort())
    _ask(page)
    expect(answer.last).to_contain_text(AWAY)
    page.reload()
    expect(answer.last).to_contain_text(AWAY)
    page.unroute("**/chat/stream")
    part(page, "panel").get_by_role("button", name="Try again").click()
    expect(answer.last.locator("[part~='citation']").first).to_be_visible()
    expect(part(page, "message-user")).to_have_count(2)


def test_an_unsent_question_can_be_taken_back(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    go_offline(page)
    _ask(page)
    part(page, "panel").get_by_role("button", name="Do not send it").click()
    expect(part(page, "message-user")).to_have_count(0)
    asked = len(heard.asked("/chat/stream"))
    page.context.set_offline(False)
    # With a network the next question alone is sent.
    ask(page, "How long does a session last?")
    expect(part(page, "message-user")).to_have_count(1)
    assert len(heard.asked("/chat/stream")) == asked + 1


def test_a_question_from_before_the_parts_have_come_is_sent_when_there_is_a_network(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url)
    defined(page)
    go_offline(page)
    part(page, "launcher").click()
    panel = part(page, "panel")
    # There is nothing to begin with.
    expect(panel).to_contain_text("You are offline. Try again")
    _ask(page)
    expect(part(page, "message-assistant")).to_have_text("You are offline.")
    page.context.set_offline(False)
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    expect(part(page, "message-user")).to_have_text(QUESTION)
    followed(page)
    expect(panel).not_to_contain_text("offline")


def test_a_question_from_before_the_parts_have_come_is_not_hidden_by_the_search_that_was_wanted(
    page: Page, server: Gunicorn
) -> None:
    page.goto(server.url)
    defined(page)
    go_offline(page)
    page.evaluate("document.querySelector('chatkit-widget').openModal()")
    expect(part(page, "panel")).to_contain_text("You are offline. Try again")
    _ask(page)
    expect(part(page, "message-assistant")).to_have_text("You are offline.")
    page.context.set_offline(False)
    followed(page)
    expect(part(page, "message-user")).to_be_visible()
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()


PARTS = re.compile(r"/chatkit-(controls|answers)\.js")
RETURNING = "localStorage['chatkit:' + location.origin] = '{\"prompted\": true}'"


def _return(page: Page, server: Gunicorn) -> None:
    """Come as a reader of whom this browser keeps something, and whose panel therefore waits for its parts."""
    page.goto(server.url)
    page.evaluate(RETURNING)
    page.reload()


def test_what_did_not_come_without_a_network_comes_with_it(page: Page, server: Gunicorn) -> None:
    """The words, the keys, and the whole panel where it is not to be seen without its parts; nobody presses again."""
    _return(page, server)
    defined(page)
    go_offline(page)
    loading = scripts(page)
    page.locator("chatkit-widget").evaluate("one => { one.lang = 'de'; one.setAttribute('shortcut', '') }")
    # The button is made anew without the words, and not between press and release.
    still(page, loading)
    part(page, "launcher").click()
    expect(page.locator("chatkit-widget .refusal")).to_contain_text("You are offline.")
    still(page, loading)
    page.context.set_offline(False)
    expect(part(page, "input")).to_have_attribute("placeholder", "Fragen oder Seiten durchsuchen")
    expect(part(page, "input")).to_be_focused()
    expect(part(page, "launcher").locator("kbd")).to_have_text("Ctrl K")


def test_what_nobody_waits_for_fails_in_silence(page: Page, server: Gunicorn) -> None:
    """Who comes near the button has the panel loaded; the button stays for the press."""
    _return(page, server)
    page.route(PARTS, lambda route: route.abort())
    part(page, "launcher").hover()
    expect(part(page, "launcher")).to_have_attribute("aria-busy", "false")
    expect(part(page, "launcher")).to_be_visible()
    part(page, "launcher").click()
    expect(page.locator("chatkit-widget .refusal")).to_contain_text("Try again")


def test_what_comes_with_the_network_does_not_open_over_a_reader_who_went_on(page: Page, server: Gunicorn) -> None:
    _return(page, server)
    defined(page)
    go_offline(page)
    part(page, "launcher").click()
    expect(page.locator("chatkit-widget .refusal")).to_be_visible()
    page.evaluate("document.querySelector('main').prepend(document.createElement('textarea'))")
    page.locator("main > textarea").focus()
    page.context.set_offline(False)
    followed(page)
    expect(part(page, "launcher")).to_be_visible()
    expect(part(page, "panel")).to_be_hidden()
    expect(page.locator("main > textarea")).to_be_focused()


def test_a_reader_who_waits_at_the_button_has_the_panel_under_their_hands_with_the_network(
    page: Page, server: Gunicorn
) -> None:
    _return(page, server)
    defined(page)
    go_offline(page)
    page.locator("chatkit-widget").evaluate("one => one.setAttribute('layout', 'inline')")
    page.locator("chatkit-widget .refusal").get_by_role("button", name="Try again").focus()
    page.context.set_offline(False)
    expect(part(page, "input")).to_be_focused()


def test_a_reader_back_from_the_mail_is_signed_in_where_the_language_changes_meanwhile(
    page: Page, server: Gunicorn, heard: Recording
) -> None:
    page.goto(server.url)
    held, holds = list[Route](), True
    page.route(PARTS, lambda route: held.append(route) if holds else route.continue_())
    with page.expect_request("**/chatkit-controls.js*"):
        page.goto(f"{server.url}/#/chatkit-token=spent")
        page.reload()
    expect(part(page, "panel")).to_be_visible()
    page.evaluate("document.documentElement.lang = 'de'")
    expect(part(page, "input")).to_have_attribute("placeholder", "Fragen oder Seiten durchsuchen")
    holds = False
    with page.expect_request("**/auth/verify"):
        for route in held:
            route.continue_()
    followed(page)
    assert len(heard.asked("/auth/verify")) == 1


def test_views_that_a_reader_without_a_network_opens_say_so(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    go_offline(page)
    choose(page, "account")
    toast = part(page, "toast")
    expect(toast).to_contain_text("You are offline.")
    page.context.set_offline(False)
    becomes(lambda: page.evaluate("navigator.onLine"), True)
    toast.get_by_role("button", name="Try again").click()
    expect(part(page, "dialog").get_by_label("E-mail")).to_be_visible()


@pytest.mark.parametrize("fails", ["controls", "answers"])
def test_what_was_begun_is_done_when_a_part_comes_at_the_second_attempt(
    page: Page, server: Gunicorn, heard: Recording, fails: str
) -> None:
    """A reader back from the mail is signed in, what the page asks is asked, and no part that came is loaded again."""
    page.goto(server.url)
    page.evaluate(RETURNING)
    page.route(f"**/chatkit-{fails}.js*", lambda route: route.abort())
    page.goto(f"{server.url}/#/chatkit-token=spent")
    page.reload()
    defined(page)
    page.evaluate(f"void document.querySelector('chatkit-widget').ask('{QUESTION}')")
    again = page.locator("chatkit-widget .refusal").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute(f"**/chatkit-{fails}.js*")
    # The page's router goes elsewhere meanwhile.
    page.evaluate("location.hash = '#/elsewhere'")
    with page.expect_request("**/auth/verify") as verified:
        again.click()
    assert json.loads(verified.value.post_data or "")["token"] == "spent"
    expect(part(page, "message-user")).to_have_text(QUESTION)
    expect(part(page, "panel")).to_be_visible()
    assert page.url.endswith("#/elsewhere")
    came = "answers" if fails == "controls" else "controls"
    assert len([url for url in heard.asked(f"/chatkit-{came}.js") if "?" in url]) == 0
    assert len(heard.asked("/auth/verify")) == 1


@pytest.mark.parametrize("layout", ["modal", "side"])
def test_a_part_that_does_not_come_leaves_the_page_as_it_was(page: Page, server: Gunicorn, layout: str) -> None:
    page.goto(server.url)
    held = hold(page, "**/chatkit-answers.js")
    widget = page.locator("chatkit-widget")
    widget.evaluate("(one, layout) => one.setAttribute('layout', layout)", layout)
    # The other part, which would place the panel, has come by then.
    with page.expect_request_finished(lambda request: "/chatkit-controls.js" in request.url):
        widget.evaluate("one => one.toggleAttribute('open', true)")
    drawn(page)
    held[0].abort()
    again = widget.locator(".refusal").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(widget.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.documentElement.getAttribute('style') || ''") == ""
    again.click()
    expect(part(page, "panel")).to_be_visible()
    expect(part(page, "input")).to_be_focused()


@pytest.mark.parametrize("returning", [True, False])
def test_escape_before_the_panel_has_come_keeps_it_closed_and_the_conversation(
    page: Page, server: Gunicorn, returning: bool
) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    followed(page)
    if returning:
        ask(page)
        page.keyboard.press("Escape")
        expect(part(page, "panel")).not_to_be_visible()
    else:
        page.evaluate("sessionStorage.clear(); localStorage.clear()")
    held, holds = list[Route](), True
    page.route(PARTS, lambda route: held.append(route) if holds else route.continue_())
    with page.expect_request(PARTS):
        page.reload()
        defined(page)
        page.evaluate("document.querySelector('chatkit-widget').openModal()")
    expect(part(page, "input")).to_be_focused()
    page.keyboard.press("Escape")
    holds = False
    for route in held:
        route.continue_()
    followed(page)
    expect(part(page, "panel")).not_to_be_visible()
    expect(page.locator("chatkit-widget")).not_to_have_attribute("open", "")
    part(page, "launcher").click()
    expect(part(page, "panel")).to_be_visible()
    expect(part(page, "message-user")).to_have_count(1 if returning else 0)
