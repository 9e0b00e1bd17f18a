"""Hostile text from pages, chats, titles and questions is only text, in a real browser under the real policies."""

import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from tests.answers.test_injections import INJECTIONS
from tests.browser import hostile
from tests.browser.conftest import copied, index
from tests.browser.sites import OPEN_LIMITS, Recording, document, readme_snippet, site
from tests.browser.test_widget import ask, choose, part, signed_in
from tests.factories import API
from tests.modelserver import Behaviour, model_server
from tests.servers import LOOPBACK, ONE_WORKER, ROOT, Gunicorn, free_port, gunicorn

# What the widget builds; Markdown adds nothing that is not among it.
WIDGET_TAGS = """
    article a b button code dialog div em figcaption figure form h2 h3 h4 h5 h6 header input kbd label li mark ol option
    p path pre section select small span strong svg table tbody td textarea th thead tr ul
    """.split()  # noqa: SIM905  (a list of words, not of lines)
WIDGET_ATTRIBUTES = """
    class part role tabindex title href target rel type rows maxlength placeholder start viewBox d hidden open disabled
    required value data-outcome data-rating data-step dir lang scope enterkeyhint data-at data-keys data-layout
    data-open autocomplete
    """.split()  # noqa: SIM905
# What the pages of the site may hold beside it: the renderer's own elements.
ARTICLE_TAGS = [*WIDGET_TAGS, "blockquote", "br", "h1", "hr", "img"]
ARTICLE_ATTRIBUTES = [*WIDGET_ATTRIBUTES, "id", "src", "alt", "aria-label"]
FOUND = """([root, tags, attributes, beginnings]) => [...root.querySelectorAll('*')].flatMap(element => {
  const wrong = [...element.attributes]
    .filter(({name}) => !attributes.includes(name) && !name.startsWith('aria-'))
    // What the theme sets on what holds the panel.
    .filter(({name}) => name !== 'style' || element.closest('[part]'))
    // By which the field names the result that is chosen.
    .filter(({name}) => name !== 'id' || !element.closest('.results'))
    .map(({name, value}) => `${element.localName} ${name}=${value}`);
  if (!tags.includes(element.localName)) wrong.push(`<${element.localName}>`);
  for (const name of ['href', 'src']) {
    const value = element[name] ?? '';
    if (typeof value === 'string' && value && !beginnings.some(beginning => value.startsWith(beginning)))
      wrong.push(`${name}: ${value}`);
  }
  return wrong;
})"""
# Looks at whatever changes in the widget, and counts how often it did so amid an answer.
LOOKING = f"""allowed => {{
  const root = document.querySelector('chatkit-widget').shadowRoot;
  window.wrong = [];
  window.looks = 0;
  new MutationObserver(changes => {{
    for (const place of new Set(changes.map(({{target}}) => target.parentNode ?? root)))
      wrong.push(...({FOUND})([place, ...allowed]));
    looks += root.querySelector('[aria-busy=true] .text')?.textContent ? 1 : 0;
  }}).observe(root, {{subtree: true, childList: true, attributes: true, characterData: true}});
}}"""
# Elements in whose line a turn of the direction would turn what follows them, too.
TURNING = """root => [...root.querySelectorAll('*')].filter(element => {
  const own = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join('');
  const {display, unicodeBidi} = getComputedStyle(element);
  return /[\u202a-\u202e\u2066-\u2069]/.test(own) && display === 'inline' && !/isolate|plaintext/.test(unicodeBidi);
}).map(element => `${element.parentElement.outerHTML}`.slice(0, 300))"""
# What a model may say of the documentation, as it stands there.
FACT = "A session ends 24 hours after it was last used, and 30 days after signing in at the latest."
# A server that passes on what a model writes as it is.
UNCHECKED = """
from chatkit import create_app
from chatkit.chat import generation

class Unchecked:
    not_covered, cited = False, (1,)

    def __init__(self, passages, phrases):
        self.feed, self.finish = str, str

generation.CitationChecker = Unchecked
app = create_app()
"""


def _pages() -> dict[str, str]:
    """Return pages of a site, in each of which a few texts of the corpus follow words to ask for."""
    texts, titles = hostile.texts(), itertools.cycle(hostile.titles())
    pages = {"index.md": "# Harbours\n\nWhat harbours say.\n\n## More\n\nMore.\n"}
    for number, start in enumerate(range(0, len(texts), 12)):
        pages[f"harbour{number}.md"] = "".join(
            f"## Quay {number} {place} {next(titles)}\n\nThe quay of harbour {number} {place} says: {text}\n\n"
            for place, text in enumerate(texts[start : start + 12])
        )
    return pages


@pytest.fixture(scope="module")
def harbour(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run a ChatKit whose own site, and index, are hostile pages: the whole program beside other documentation."""
    folder = tmp_path_factory.mktemp("harbour")
    home = folder / "home"
    # With what was compiled, which is good for sources of the same time and size.
    shutil.copytree(ROOT / "chatkit", home / "chatkit", ignore=shutil.ignore_patterns("node_modules", "src"))
    shutil.copytree(ROOT / "migrations", home / "migrations")
    for name in ("setup.cfg", "wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, home)
    (home / "docs").mkdir()
    for name, text in _pages().items():
        (home / "docs" / name).write_text(text, encoding="utf-8", newline="")
    settings = copied(sqlite_template, folder)
    index(settings, home)
    with gunicorn(folder, settings | OPEN_LIMITS | {"PYTHONPATH": str(home)}) as running:
        yield running


class Watch:
    """What must not happen in a page, whatever is shown in it.

    ``beginnings`` are those that the addresses of links and pictures may have.
    """

    def __init__(
        self, page: Page, origins: Sequence[str], heard: Recording, beginnings: Sequence[str] = ("http:", "https:")
    ) -> None:
        self.page, self.origins, self.heard = page, origins, heard
        self.allowed = [WIDGET_TAGS, WIDGET_ATTRIBUTES, beginnings]
        self.happened: list[str] = []
        self.asked: list[Request] = []
        page.on("request", lambda request: self.asked.append(request))
        page.on("dialog", self._dismiss)
        page.context.on("page", lambda other: self.happened.append(f"a page opened: {other.url}"))
        page.on("framenavigated", lambda frame: self.happened.append(f"went to {frame.url}"))

    def _dismiss(self, dialog: Dialog) -> None:
        self.happened.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        """Fail when anything of the corpus was more than text; the page must still answer."""
        page = self.page
        wrong = page.evaluate(
            f"allowed => ({FOUND})([document.querySelector('chatkit-widget').shadowRoot, ...allowed])", self.allowed
        )
        assert wrong == []
        shadow = "document.querySelector('chatkit-widget').shadowRoot"
        assert page.evaluate(f"({TURNING})({shadow})") == []
        assert page.evaluate("[typeof window.pwned, typeof {}.pwned]") == ["undefined", "undefined"]
        own = tuple(f"went to {origin}/" for origin in self.origins)
        assert [line for line in self.happened if not line.startswith(own)] == []
        assert self.foreign() == []
        assert self.heard.complaints == []

    def foreign(self) -> list[str]:
        """Return the requests to any other host, those that the policy refused to send left out."""
        self.page.wait_for_load_state("networkidle")
        hosts = {urlsplit(origin).netloc for origin in (*self.origins, "")}
        others = [request for request in self.asked if urlsplit(request.url).netloc not in hosts]
        return [request.url for request in others if request.failure != "csp"]


@pytest.fixture
def watch(page: Page, harbour: Gunicorn, heard: Recording) -> Watch:
    """Watch a page."""
    return Watch(page, [harbour.url], heard)


def _save(page: Page, title: str, messages: list[dict[str, Any]]) -> None:
    """Save a chat as the reader who is signed in, the way any client of the API may."""
    status = page.evaluate(
        """async ([path, body]) => {
          const {token} = JSON.parse(localStorage[`chatkit:${location.origin}`]);
          const headers = {'Content-Type': 'application/json', Authorization: `Bearer ${token}`};
          const response = await fetch(path, {method: 'POST', headers, body});
          await response.text();
          return response.status;
        }""",
        [f"{API}/chat/save", json.dumps({"title": title, "messages": messages}, ensure_ascii=False)],
    )
    assert status == 200


def _messages(text: str) -> list[dict[str, Any]]:
    """Return a turn in which everything says ``text``."""
    said = text if text.strip(" \t\r\n") else f"x{text}"
    source = {"id": said[:64], "title": said[:700], "url": "#" + said[:1000], "excerpt": said[:200], "score": 1}
    source |= {"path": [said[:99]] * 2, "language": said[:35], "highlights": [[0, 9], [10, 200]]}
    return [{"role": "user", "content": said}, {"role": "assistant", "content": said, "sources": [source] * 2}]


def _filled(texts: list[str], size: int) -> Iterator[list[str]]:
    """Yield the texts in lists of at most so many bytes, each shorter than any of which two would fit into a body."""
    kept: list[str] = []
    for text in texts:
        if sum(len(other.encode()) for other in [*kept, text]) > size:
            yield kept
            kept = []
        kept.append(text)
    yield kept


def _open(page: Page, number: int) -> None:
    part(page, "history").click()
    part(page, "dialog").locator("li").nth(number).locator("button").first.click()
    expect(part(page, "dialog")).to_be_hidden()


def test_a_saved_chat_is_only_text(page: Page, harbour: Gunicorn, watch: Watch) -> None:
    signed_in(page, harbour)
    texts = hostile.texts()
    chats = list(_filled(texts, 60_000))
    for texts_of_one in chats:
        _save(page, "Harbour", [message for text in texts_of_one for message in _messages(text)])
    for number, texts_of_one in enumerate(reversed(chats)):
        _open(page, number)
        expect(part(page, "message-assistant")).to_have_count(len(texts_of_one))
        watch.check()
    # What this tab keeps is shown again after a reload.
    page.reload()
    expect(part(page, "message-assistant")).to_have_count(len(chats[0]))
    watch.check()
    ask(page, "What does the quay say?")


def test_titles_are_only_text(page: Page, harbour: Gunicorn, watch: Watch) -> None:
    signed_in(page, harbour)
    titles = hostile.titles()
    for title in titles:
        _save(page, title, [{"role": "user", "content": "x"}])
    part(page, "history").click()
    dialog = part(page, "dialog")
    expect(dialog.locator("li").nth(1)).to_be_visible()
    watch.check()
    for number in range(0, dialog.locator("li").count() - 1, 7):
        row = dialog.locator("li").nth(number)
        row.locator("button").nth(1).click()
        expect(dialog.locator("input")).to_be_visible()
        watch.check()
        dialog.get_by_role("button", name="Cancel").click()
        row.locator("button").nth(2).click()
        watch.check()
        dialog.get_by_role("button", name="Keep it").click()
    while (more := dialog.get_by_role("button", name="Older chats")).count():
        shown = dialog.locator("li").count()
        more.click()
        expect(dialog.locator("li").nth(shown)).to_be_visible()
        watch.check()
    page.keyboard.press("Escape")
    _open(page, 0)
    _open(page, 1)
    expect(part(page, "toast")).to_be_visible()
    watch.check()


def test_an_answer_from_a_hostile_page_is_only_text(page: Page, harbour: Gunicorn, watch: Watch) -> None:
    page.goto(harbour.url)
    part(page, "launcher").click()
    for number in range(0, len(_pages()) - 1, 3):
        ask(page, f"What does the quay of harbour {number} 3 say?")
        watch.check()


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "unchecked"])
def test_what_a_model_writes_is_only_text(
    page: Page, heard: Recording, documentation: Path, tmp_path: Path, checked: bool
) -> None:
    """On a site whose policy forbids nothing; by the widget alone, too, when the server's checks let all pass."""
    origin = f"http://{LOOPBACK}:{free_port()}"
    injected = [each["obeys"].format() for each in INJECTIONS if each["kind"] in {"link", "markup"}]
    texts = [f"{text}\n\n{FACT} [1]" for text in [*hostile.answers(origin), *injected]]
    answers = ["\n\n".join(some) for some in _filled(texts, 4_000)]
    settings = copied(documentation, tmp_path) | OPEN_LIMITS | {"CORS_ORIGINS": origin}
    if not checked:
        (tmp_path / "wsgi.py").write_text(UNCHECKED)
    with (
        model_server(*(Behaviour(text, letters=7, pieces_per_second=1000) for text in answers)) as model,
        gunicorn(tmp_path, settings | model.settings | ONE_WORKER) as server,
        site(document(readme_snippet(server.url)), port=urlsplit(origin).port or 0) as host,
    ):
        watch = Watch(page, [origin, server.url], heard, [f"{origin}/"] if checked else ["http:", "https:"])
        page.goto(host.origin)
        part(page, "launcher").click()
        page.evaluate(LOOKING, watch.allowed)
        for _ in answers:
            assert ask(page, "How long does a session last?").inner_text().count(FACT) > 10
        watch.check()
        assert len(model.requests) == len(answers)
        assert page.evaluate("wrong") == []
        assert page.evaluate("looks") >= len(answers)
        page.reload()
        expect(part(page, "message-assistant")).to_have_count(len(answers))
        expect(part(page, "message-assistant").last).to_contain_text(FACT)
        watch.check()


def test_a_question_is_only_text_where_it_comes_back(page: Page, harbour: Gunicorn, watch: Watch) -> None:
    signed_in(page, harbour)
    for number, text in enumerate(hostile.MARKUP[:3]):
        part(page, "input").fill(f"What does the quay of harbour 1 2 say about {text}")
        part(page, "input").press("Enter")
        # Whether the pages cover it plays no part.
        expect(part(page, "message-assistant").nth(number)).to_have_attribute("aria-busy", "false")
    choose(page, "personalize")
    expect(part(page, "dialog")).to_contain_text("Because you asked")
    watch.check()


@pytest.mark.parametrize("name", [name for name in _pages() if name != "index.md"])
def test_the_site_shows_a_hostile_page_as_text(page: Page, harbour: Gunicorn, watch: Watch, name: str) -> None:
    page.goto(f"{harbour.url}/guide/{name.removesuffix('.md')}")
    wrong = page.evaluate(
        f"allowed => ({FOUND})([document.querySelector('article'), ...allowed])",
        [ARTICLE_TAGS, ARTICLE_ATTRIBUTES, ["http:", "https:", "mailto:"]],
    )
    assert wrong == []
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert watch.foreign() == []
    # The policy refuses images of other hosts, and this one has not all that are asked for; there is nothing else.
    assert [line for line in watch.heard.complaints if "img-src" not in line and "404" not in line] == []
    part(page, "launcher").click()
    expect(part(page, "input")).to_be_focused()
