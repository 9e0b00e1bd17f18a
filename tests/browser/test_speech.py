"""What a screen reader says while an answer comes, and in which order it reads what is there then."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_widget import ask, part
from tests.servers import Gunicorn

# Keeps every text of the line that speaks, in the order of time.
LISTEN = """() => {
  const root = document.querySelector("chatkit-widget").shadowRoot;
  const line = root.querySelector("[role=status]");
  window.said = [];
  new MutationObserver(() => {
    const text = line.textContent.trim();
    if (text && text !== said.at(-1)) said.push(text);
  }).observe(line, {childList: true, characterData: true, subtree: true});
}"""
# Whatever else a screen reader would speak by itself.
LIVE = """() => [...document.querySelector("chatkit-widget").shadowRoot.querySelectorAll(
  "[aria-live]:not([aria-live=off]), [role=log]:not([aria-live=off]), [role=status], [role=alert], [role=timer], output"
)].map(one => one.role ?? one.getAttribute("aria-live"))"""


@pytest.fixture
def _listening(page: Page, server: Gunicorn) -> None:
    """Open the panel and begin to listen."""
    page.goto(server.url)
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
    page.evaluate(LISTEN)


@pytest.mark.usefixtures("_listening")
def test_one_line_alone_speaks_and_never_the_answer_itself(page: Page) -> None:
    answer = ask(page).locator(".text").inner_text()
    page.wait_for_function("() => said.some(text => text.startsWith('Answer from'))")
    spoken: list[str] = page.evaluate("said")
    assert [sentence for sentence in spoken if sentence in answer] == []
    assert page.evaluate(LIVE) == ["status"]


@pytest.mark.usefixtures("_listening")
@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Can I run ChatKit on Kubernetes with Helm charts?", "These sections come nearest"),
        ("Xylophone quagga?", "The pages do not cover this."),
    ],
)
def test_an_outcome_without_an_answer_is_announced(page: Page, question: str, sentence: str) -> None:
    part(page, "input").fill(question)
    part(page, "input").press("Enter")
    page.wait_for_function("sentence => said.at(-1)?.includes(sentence)", arg=sentence)


@pytest.mark.usefixtures("_listening")
def test_what_failed_is_an_alert(page: Page) -> None:
    page.route("**/chat/stream", lambda route: route.abort())
    part(page, "input").fill("What is this?")
    part(page, "input").press("Enter")
    expect(page.locator("chatkit-widget").get_by_role("alert")).to_contain_text("The answer did not come.")


def test_question_answer_and_sources_are_read_in_this_order(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    answer = ask(page)
    order = answer.evaluate(
        """answer => {
          const log = answer.closest("[role=log]");
          const heading = log.querySelector("h2, h3, h4, [role=heading]");
          const text = answer.querySelector(".text");
          const rows = answer.querySelector("ol a, ul a");
          const after = (one, other) => !!(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
          return [after(heading, text), after(text, rows)];
        }"""
    )
    assert order == [True, True]
