"""A source's link opens the quoted words, found and highlighted by a real browser."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_widget import ask, part
from tests.factories import API
from tests.servers import Gunicorn

NOWHERE = "words%20that%20stand%20nowhere"
# Where in the window a paragraph with these words is.
PLACE = """words => {
  const paragraphs = [...document.querySelectorAll("main p")];
  const found = paragraphs.find(one => one.textContent.replace(/\\s+/g, " ").includes(words));
  const {x, y, width, height} = found.getBoundingClientRect();
  return {x, y, width, height};
}"""


def _look(page: Page, words: str) -> bytes:
    """Return how a paragraph with these words looks."""
    return page.screenshot(clip=page.evaluate(PLACE, words))


def _look_at(page: Page, url: str, words: str, scroll: float) -> bytes:
    """Open an address afresh and return how a paragraph looks, scrolled as it was before."""
    page.goto("about:blank")
    page.goto(url)
    page.evaluate("y => window.scrollTo(0, y)", scroll)
    return _look(page, words)


@pytest.mark.parametrize("question", ["How long does a session last?", "Do I have to install Node.js?"])
def test_a_link_opens_the_quoted_words_highlighted(page: Page, server: Gunicorn, question: str) -> None:
    page.set_viewport_size({"width": 1000, "height": 300})
    source = page.request.post(f"{server.url}{API}/chat", data=factories.question(question)).json()["sources"][0]
    section, _, directive = f"{server.url}{source['url']}".partition(":~:text=")
    words = unquote(directive)
    excerpt = source["excerpt"].removesuffix("…")
    assert words in excerpt or excerpt in words
    page.goto(f"{section}:~:text={directive}")
    place, scroll = page.evaluate(PLACE, words), page.evaluate("window.scrollY")
    # The window is low, so showing the section's heading alone would not show the words.
    assert 0 <= place["y"] < place["y"] + place["height"] <= 300
    highlighted = _look(page, words)
    plain = _look_at(page, section, words, scroll)
    assert highlighted != plain
    assert _look_at(page, f"{section}:~:text={NOWHERE}", words, scroll) == plain


def test_a_reader_who_follows_a_citation_sees_the_quoted_words(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    citation = ask(page, "How long does a session last?").locator("[part~='citation']").first
    words = unquote((citation.get_attribute("href") or "").partition(":~:text=")[2])
    citation.click()
    page.wait_for_url("**/guide/accounts#*")
    page.evaluate("document.querySelector('chatkit-widget').close()")
    expect(part(page, "panel")).to_be_hidden()
    scroll = page.evaluate("window.scrollY")
    assert 0 <= page.evaluate(PLACE, words)["y"] <= 800
    assert _look(page, words) != _look_at(page, page.url.partition(":~:")[0], words, scroll)
