"""Networks: a reader without one, a server that is gone, and a proxy that compresses. Each is said as what it is."""

import re

from playwright.sync_api import Page, expect

from tests.browser.sites import ALLOWED_PORT, Cable, Recording, document, readme_snippet, site
from tests.browser.test_widget import QUESTION, ask, followed, part
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
    page.context.set_offline(True)
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
    page.context.set_offline(True)
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
    page.context.set_offline(True)
    _ask(page)
    part(page, "panel").get_by_role("button", name="Do not send it").click()
    expect(part(page, "message-user")).to_have_count(0)
    asked = len(heard.asked("/chat/stream"))
    page.context.set_offline(False)
    # With a network the next question alone is sent.
    ask(page, "How long does a session last?")
    expect(part(page, "message-user")).to_have_count(1)
    assert len(heard.asked("/chat/stream")) == asked + 1
