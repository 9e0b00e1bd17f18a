"""A source's link opens the quoted words, found and highlighted by a real browser."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Page

from tests import factories
from tests.browser.test_widget import ask, part
from tests.browser.waiting import SECONDS
from tests.factories import API
from tests.servers import Gunicorn, eventually

NOWHERE = "words%20that%20stand%20nowhere"
# Where in the window a paragraph with these words is, once that has not moved for two frames; null when it is outside.
PLACE = """async words => {
  document.querySelector("chatkit-widget")?.remove();
  let before = "";
  for (;;) {
    const paragraphs = [...document.querySelectorAll("main p")];
    const found = paragraphs.find(one => one.textContent.replace(/\\s+/g, " ").includes(words));
    const {x, y, width, height} = found.getBoundingClientRect();
    const now = JSON.stringify({x, y, width, height});
    if (now === before) return y >= 0 && y + height <= innerHeight ? {x, y, width, height} : null;
    before = now;
    await new Promise(requestAnimationFrame);
  }
}"""
# Scrolls until the page stays where it is wanted: while it loads, the browser brings the anchor into view again.
SCROLL = """async wanted => {
  for (let frames = 0; frames < 3; frames = scrollY === wanted ? frames + 1 : 0) {
    scrollTo(0, wanted);
    await new Promise(requestAnimationFrame);
  }
}"""


def _look(page: Page, words: str) -> bytes:
    """Return how a paragraph with these words looks, without the widget, once it is in view."""
    place = eventually(lambda: page.evaluate(PLACE, words), SECONDS)
    return page.screenshot(clip=place)


def _look_at(page: Page, url: str, words: str, scroll: float) -> bytes:
    """Open an address afresh and return how a paragraph looks, scrolled as it was before."""
    page.goto("about:blank")
    page.goto(url)
    page.evaluate(SCROLL, scroll)
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
    # The window is low, so showing the section's heading alone would not show the words.
    highlighted, scroll = _look(page, words), page.evaluate("window.scrollY")
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
    highlighted, scroll = _look(page, words), page.evaluate("window.scrollY")
    assert highlighted != _look_at(page, page.url.partition(":~:")[0], words, scroll)
