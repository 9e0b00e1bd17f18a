"""A conversation belongs to the page: no router ends it, every widget shows it, and links leave it as they should."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import ALLOWED_PORT, Recording, document, readme_snippet, site
from tests.browser.test_widget import QUESTION, ask, part
from tests.browser.waiting import becomes
from tests.servers import ROOT, Gunicorn

# How routers and scripts put another page, or the same element, in the place of the one that is shown.
SWAPS = {
    "Turbo": "document.documentElement.replaceChild(page(), document.body)",
    "Turbo, from its cache": """{
      const cached = document.body.cloneNode(true);
      document.documentElement.replaceChild(page(), document.body);
      document.documentElement.replaceChild(cached, document.body);
    }""",
    "Astro": """document.body.replaceWith(
      new DOMParser().parseFromString(page().outerHTML, 'text/html').body)""",
    "htmx": "document.body.innerHTML = page().innerHTML",
    "htmx, the new one before the old one goes": """{
      const [...old] = document.body.childNodes;
      document.body.append(...page().childNodes);
      old.forEach(node => node.remove());
    }""",
    "a view that is unmounted, and mounted later": """await (async () => {
      document.querySelector('chatkit-widget').remove();
      await new Promise(done => setTimeout(done));
      document.body.append(document.createElement('chatkit-widget'));
    })()""",
    "a script that moves it as markup": """{
      const box = document.querySelector('main').appendChild(document.createElement('div'));
      const widget = document.querySelector('chatkit-widget');
      box.innerHTML = widget.outerHTML;
      widget.remove();
    }""",
    "a script that writes its parent anew": "document.body.innerHTML += ''",
}
SWAP = """async () => {
  const page = () => {
    const [body, main, widget] = ['body', 'main', 'chatkit-widget'].map(tag => document.createElement(tag));
    main.append('Another page');
    body.append(main, widget);
    return body;
  };
  history.pushState(null, '', '/another');
  %s
}"""
# Puts the element before the page, where its conversation is found first by whoever looks for words.
EARLY = """addEventListener('DOMContentLoaded', () =>
  document.body.prepend(document.querySelector('chatkit-widget')), {capture: true})"""


def _documented(server_url: str, words: str) -> str:
    """Return the snippet of the page about embedding that holds these words, as it stands there."""
    blocks = re.findall(r"```html\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text(), re.S)
    [found] = [block for block in blocks if words in block]
    return str(found).replace("https://chat.example.com", server_url)


def test_a_conversation_survives_every_way_to_another_page(page: Page, server: Gunicorn, heard: Recording) -> None:
    with site(document(readme_snippet(server.url)), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        part(page, "launcher").click()
        ask(page)
        for number, swap in enumerate(SWAPS.values()):
            part(page, "input").fill(f"a draft {number}")
            page.evaluate(SWAP % swap)
            expect(page.locator("chatkit-widget")).to_have_count(1)
            expect(part(page, "message-assistant")).to_contain_text("--chatkit-accent")
            expect(part(page, "panel")).to_be_visible()
            expect(part(page, "input")).to_have_value(f"a draft {number}")
        part(page, "input").fill("")
        ask(page, "And how do I change its corners?")
        page.evaluate("document.querySelector('chatkit-widget').close()")
        page.evaluate(SWAP % SWAPS["Turbo"])
        expect(part(page, "panel")).to_be_hidden()
        page.reload()
        part(page, "launcher").click()
        expect(part(page, "message-assistant")).to_have_count(2)
        assert heard.complaints == []


def test_two_widgets_show_one_conversation(page: Page, server: Gunicorn) -> None:
    inline = '<chatkit-widget mode="inline"></chatkit-widget>'
    with site(document(readme_snippet(server.url) + inline), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        floating, other = (page.locator("chatkit-widget").nth(number) for number in range(2))
        floating.locator("[part~='launcher']").click()
        both = page.locator("chatkit-widget [part~='transcript']")
        for widget, question in ((floating, QUESTION), (other, "How long are saved chats kept?")):
            widget.locator("[part~='input']").fill(question)
            widget.locator("[part~='input']").press("Enter")
            for each in (floating, other):
                expect(each.locator("[part~='message-user']").last).to_have_text(question)
                answer = each.locator("[part~='message-assistant']").last
                expect(answer.locator("[part~='citation']").first).to_be_visible()
                expect(answer).to_have_attribute("aria-busy", "false")
            becomes(lambda: len(set(both.all_inner_texts())), 1)
        page.reload()
        for each in (floating, other):
            expect(each.locator("[part~='message-assistant']")).to_have_count(2)


def test_one_tag_is_enough_and_outlives_the_body(page: Page, server: Gunicorn, heard: Recording) -> None:
    tag = _documented(server.url, "data-auto").replace("data-auto", 'data-auto data-heading="Ask"')
    # The same script twice is one widget, and a page that has one of its own gets no second.
    with site(document(tag + tag), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        expect(page.locator("chatkit-widget")).to_have_count(1)
        expect(page.locator("chatkit-widget")).to_have_attribute("heading", "Ask")
        part(page, "launcher").click()
        ask(page)
        page.evaluate("document.body.replaceWith(document.createElement('body'))")
        expect(part(page, "message-assistant")).to_be_visible()
        assert heard.complaints == []
    early = tag.replace("<script", "<script async")
    with site(document(early + "<chatkit-widget></chatkit-widget>"), port=ALLOWED_PORT) as host:
        page.goto(host.origin)
        expect(part(page, "panel")).to_be_visible()
        expect(page.locator("chatkit-widget")).to_have_count(1)


def test_a_page_may_show_a_source_by_itself(page: Page, server: Gunicorn) -> None:
    page.goto(server.url)
    part(page, "launcher").click()
    citation = ask(page).locator("[part~='citation']").first
    page.evaluate("""() => document.addEventListener('chatkit:navigate', event => {
      window.asked = event.detail.url;
      if (window.router) event.preventDefault();
    })""")
    page.evaluate("window.router = true")
    citation.click()
    page.wait_for_function("() => window.asked")
    assert re.fullmatch(rf"{re.escape(server.url)}/guide/theming#[\w-]+", page.evaluate("asked"))
    assert page.url == f"{server.url}/"
    # A click that opens another tab is no way of this page.
    page.evaluate("asked = ''")
    with page.context.expect_page() as opened:
        citation.click(modifiers=["ControlOrMeta"])
    opened.value.close()
    assert page.evaluate("asked") == ""
    page.evaluate("window.router = false")
    citation.click()
    page.wait_for_url("**/guide/theming#*")


@pytest.mark.parametrize("elsewhere", [True, False], ids=["from another page", "on the same page"])
def test_a_source_opens_in_the_page_and_not_in_the_conversation(page: Page, server: Gunicorn, elsewhere: bool) -> None:
    """The element stands before the page, and its conversation holds the words that the link looks for."""
    page.set_viewport_size({"width": 1000, "height": 400})
    page.add_init_script(EARLY)
    page.goto(f"{server.url}/guide/{'theming' if elsewhere else 'accounts'}")
    part(page, "launcher").click()
    citation = ask(page, "How long does a session last?").locator("[part~='citation']").first
    words = unquote((citation.get_attribute("href") or "").partition(":~:text=")[2])
    assert words
    citation.click()
    page.wait_for_url("**/guide/accounts#*")
    expect(part(page, "message-assistant").locator(".text")).to_be_visible()
    passage = page.locator("main p", has_text=words).first
    expect(passage).to_be_in_viewport(ratio=0.5)
    marked = passage.screenshot()
    page.goto("about:blank")
    page.goto(f"{server.url}/guide/accounts")
    assert passage.screenshot() != marked


# Remembers how the reading of each stream ended: at its end, or before.
READINGS = """(() => {
  const {read, cancel} = ReadableStreamDefaultReader.prototype;
  window.endings = [];
  const ended = new Set();
  const end = (reader, how) => ended.has(reader) || (ended.add(reader), endings.push(how));
  ReadableStreamDefaultReader.prototype.read = async function (...how) {
    const found = await read.apply(this, how);
    if (found.done) end(this, "read");
    return found;
  };
  ReadableStreamDefaultReader.prototype.cancel = function (...why) {
    end(this, "cut off");
    return cancel.apply(this, why);
  };
})()"""


def test_a_stream_is_read_to_its_end_and_not_cut_off(page: Page, server: Gunicorn) -> None:
    """Chromium says of what is not stored that it was aborted, also where it was read to its end: readers are asked."""
    page.add_init_script(READINGS)
    page.goto(server.url)
    part(page, "launcher").click()
    ask(page)
    becomes(lambda: page.evaluate("endings"), ["read"])
