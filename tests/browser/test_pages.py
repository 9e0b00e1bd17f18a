"""The server's own pages work under their policy, and what is put into one by force does not."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.sites import Recording
from tests.browser.test_widget import part
from tests.browser.waiting import becomes
from tests.servers import Gunicorn

METHODS = {"get", "post", "patch", "delete"}


def test_the_api_reference_shows_every_call(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(f"{server.url}/docs")
    calls = page.locator(".opblock")
    expect(calls.first).to_be_visible()
    document = page.request.get(f"{server.url}/openapi.json").json()
    expect(calls).to_have_count(sum(len(path.keys() & METHODS) for path in document["paths"].values()))
    calls.filter(has_text="/chat/save").first.locator(".opblock-summary-control").click()
    expect(page.locator(".opblock-body").first).to_contain_text("messages")
    assert heard.complaints == []


def test_the_suggested_questions_ask_the_widget(page: Page, server: Gunicorn, heard: Recording) -> None:
    page.goto(server.url)
    page.locator("[data-question] button").first.click()
    expect(part(page, "message-assistant").locator("[part~='citation']").first).to_be_visible()
    assert heard.complaints == []


# What a hole in a page would let in, with the directive that keeps it out.
FORCED = (
    ('<script src="/widget/integration.js"></script>', "script-src"),
    ('<script nonce="guessed" src="/site/site.js"></script>', "script-src"),
    ('<script src="/openapi.json"></script>', "script-src"),
    ("<script>window.pwned = 1</script>", "script-src"),
    ('<img src="data:," onerror="window.pwned = 1">', "script-src"),
    ('<a id="go" href="javascript:window.pwned = 1">go</a>', "script-src"),
    ('<base href="https://evil.example/">', "base-uri"),
    ('<form id="form" action="https://evil.example/"></form>', "form-action"),
    ('<object data="/site/icon.svg"></object>', "object-src"),
    ('<iframe src="https://evil.example/"></iframe>', "default-src"),
)


@pytest.mark.parametrize("path", ["/", "/docs", "/signin"])
def test_markup_forced_into_a_page_does_nothing(page: Page, server: Gunicorn, heard: Recording, path: str) -> None:
    """As if a page had a hole: the policy, which came with it, still holds."""
    markup = "".join(forced for forced, _ in FORCED)

    def force(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("</body>", f"{markup}</body>"))

    page.route(re.compile(rf"{re.escape(path)}$"), force)
    page.goto(server.url + path)
    with page.expect_console_message(lambda message: "form-action" in message.text):
        page.evaluate("document.querySelector('#go').click(); document.querySelector('#form').submit()")

    def kept_out() -> Counter[str]:
        assert page.evaluate("typeof window.pwned") == "undefined"
        return Counter(re.findall(r"""directive:? ["']([a-z-]+) """, " ".join(heard.complaints)))

    becomes(kept_out, Counter(directive for _, directive in FORCED))
    page.wait_for_load_state("networkidle")
    becomes(kept_out, Counter(directive for _, directive in FORCED))
    assert page.url == server.url + path
