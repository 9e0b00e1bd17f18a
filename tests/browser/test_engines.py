"""What has to work in every engine: ask, read sources, select, sign in, reload, and write more than one line."""

import json
import os
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import engines
from tests.browser.engines import Engine
from tests.browser.firefox import Firefox, firefox
from tests.browser.reader import PlaywrightReader, Reader, WebDriverReader
from tests.browser.test_widget import QUESTION, mailed_link
from tests.browser.waiting import DRAWN
from tests.browser.webdriver import HEIGHT, WIDTH
from tests.browser.webkit import WebKitWindow, webkit
from tests.servers import Gunicorn

ANSWER = "[part~=message-assistant]"
TOP = "(node => node.getBoundingClientRect().top)"


@pytest.fixture(scope="module", params=engines.ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Iterator[Browser | Firefox | WebKitWindow | Engine]:
    """Run an engine; return its name alone where it is not installed."""
    program = engines.find(request.param)
    if program is None:
        yield request.param
    elif request.param is engines.FIREFOX:
        with firefox(program) as running:
            yield running
    elif request.param is engines.WEBKIT:
        with webkit(program) as window:
            yield window
    else:
        yield request.getfixturevalue("browser")


@pytest.fixture
def reader(engine: Browser | Firefox | WebKitWindow | Engine, server: Gunicorn) -> Iterator[Reader]:
    """Return a reader who comes for the first time.

    CI has every engine; elsewhere the end of a run names what was not tested.
    """
    if isinstance(engine, Engine):
        assert "CI" not in os.environ, engine.remedy
        pytest.skip(engine.remedy)
    if isinstance(engine, Browser):
        context = engine.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        yield PlaywrightReader(context.new_page())
        context.close()
    elif isinstance(engine, Firefox):
        with engine.window() as window:
            yield WebDriverReader(window)
    else:
        # A page without the widget, which would store what it shows when it is left.
        engine.open(f"{server.url}/livez")
        engine.evaluate("[localStorage.clear(), sessionStorage.clear()]")
        yield WebDriverReader(engine)


def _ask(reader: Reader) -> None:
    """Ask in the open panel, and wait for the whole answer."""
    reader.point("[part~=input]")
    reader.type(QUESTION)
    reader.press("Enter")
    reader.see(f"shown('{ANSWER}[aria-busy=false] [part~=citation]').length")


def test_an_answer_comes_with_sources_that_lead_to_their_sections(reader: Reader, server: Gunicorn) -> None:
    reader.open(server.url)
    reader.open_panel()
    _ask(reader)
    reader.see(f"shown('{ANSWER}')[0].textContent.includes('--chatkit-accent')")
    reader.point("[part~=citation]")
    reader.see("location.pathname === '/guide/theming' && document.readyState === 'complete'")
    reader.see(f"((top) => 0 <= top && top < innerHeight)({TOP}(document.getElementById(location.hash.slice(1))))")
    reader.see(f"shown('{ANSWER}')[0]?.textContent.includes('--chatkit-accent')")


def test_a_selection_of_the_page_goes_along_and_one_of_the_widget_does_not(reader: Reader, server: Gunicorn) -> None:
    reader.open(f"{server.url}/guide/theming")
    reader.open_panel()
    # Its beginning, which the panel does not cover.
    reader.sweep("article p")
    selected = reader.see("getSelection().toString().trim()")
    offered = f"shown('.selection')[0]?.textContent.includes({json.dumps(selected)})"
    reader.see(offered)
    reader.point("[part~=input]")
    reader.type("draft")
    reader.press("a", "Control")
    reader.see(offered)
    _ask(reader)
    reader.sweep(f"{ANSWER} .text p")
    reader.look(f"await {DRAWN}")
    assert reader.look("shown('.selection').length") == 0


def test_the_conversation_and_the_draft_survive_a_reload(reader: Reader, server: Gunicorn) -> None:
    reader.open(server.url)
    reader.open_panel()
    _ask(reader)
    reader.point("[part~=input]")
    reader.type("a draft")
    reader.reload()
    reader.see(f"shown('{ANSWER}')[0]?.textContent.includes('--chatkit-accent')")
    reader.see("shown('[part~=input]')[0]?.value === 'a draft'")


def test_a_mailed_link_signs_in_and_keeps_the_conversation(reader: Reader, server: Gunicorn) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    reader.open(f"{server.url}/guide/theming#change-the-colours")
    reader.open_panel()
    _ask(reader)
    reader.point("[part~=more]")
    reader.point("[part~=account]")
    reader.point("input[type=email]")
    reader.type(email)
    reader.point("input[type=checkbox]")
    reader.point("button", "Send me a link")
    reader.see("shown('[part~=dialog]', 'Check your mail').length")
    reader.open(mailed_link(server, email))
    reader.point("button", "Sign in to")
    reader.see(f"found('[part~=account]', '{email}').length")
    reader.see(f"location.href === '{server.url}/guide/theming#change-the-colours'")
    reader.see(f"shown('{ANSWER}')[0]?.textContent.includes('--chatkit-accent')")


def test_the_composer_grows_with_what_is_written_and_shrinks_again(reader: Reader, server: Gunicorn) -> None:
    reader.open(server.url)
    reader.open_panel()
    reader.point("[part~=input]")
    height = "shown('[part~=input]')[0].getBoundingClientRect().height"
    first = before = reader.look(height)
    for _ in range(2):
        reader.type("line")
        reader.press("Enter", "Shift")
        reader.see(f"{height} > {before}")
        before = reader.look(height)
    # Long text is not cut, it scrolls, and the conversation keeps its place.
    reader.type("word " * 200)
    reader.see("shown('[part~=input]')[0].value.length > 1000")
    reader.see(f"{height} < innerHeight / 2")
    reader.press("a", "Control")
    reader.press("Backspace")
    reader.see(f"{height} === {first}")


def test_the_latest_question_is_at_the_top_and_a_long_one_is_cut(reader: Reader, server: Gunicorn) -> None:
    reader.open(server.url)
    reader.open_panel()
    _ask(reader)
    reader.point("[part~=input]")
    reader.type(f"{QUESTION} {'And what about the lighthouse? ' * 8}")
    reader.press("Enter")
    reader.see(f"shown('{ANSWER}[aria-busy=false]').length === 2")
    reader.see(f"Math.abs({TOP}(shown('h3')[1]) - {TOP}(shown('[part=transcript]')[0])) < 16")
    cut = reader.look("shown('h3')[1].clientHeight")
    reader.point("button", "Show all")
    reader.see(f"shown('h3')[1].clientHeight > {cut} && !shown('.q button').length")
