"""Real sites that the widget was brought into as the documentation says, and what readers do on them: `make sites`."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from chatkit import create_app
from tests.browser.conftest import copied
from tests.browser.sites import OPEN_LIMITS, Recording
from tests.browser.test_widget import part
from tests.browser.waiting import defined
from tests.conftest import dispose
from tests.integrations.building import HERE, Packages, build_packages, build_site
from tests.integrations.examples import BASE, EXAMPLES, Example
from tests.servers import LOOPBACK, Gunicorn, eventually, free_port, gunicorn
from tests.sites.serving import served

QUESTION = "When do I empty the barrel?"
ANSWER = re.compile("Empty the barrel in November")
ANCHOR = "before-the-frost"


@dataclass(frozen=True)
class Place:
    """A site that was built, indexed and is served."""

    example: Example
    url: str

    def address(self, page: str) -> str:
        """Return the address of a page without an ending, which every site here answers."""
        return f"{self.url}{page}"


@dataclass(frozen=True)
class Room:
    """The server that all sites ask, its settings, and the port that each site has on it."""

    server: Gunicorn
    settings: dict[str, str]
    ports: dict[str, int]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Build what owners install."""
    return build_packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def room(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Run one server that knows where every site will be."""
    folder = tmp_path_factory.mktemp("embedded")
    ports = {example.name: free_port() for example in EXAMPLES}
    origins = ",".join(f"http://{LOOPBACK}:{port}" for port in ports.values())
    settings = copied(sqlite_template, folder) | OPEN_LIMITS | {"CORS_ORIGINS": origins, "SEMANTIC": "off"}
    with gunicorn(folder, settings) as server:
        yield Room(server, settings, ports)


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda example: example.name)
def place(request: pytest.FixtureRequest, packages: Packages, room: Room) -> Iterator[Place]:
    """Build a site with the widget in it, index what was built, and serve it."""
    example: Example = request.param
    port = room.ports[example.name]
    origin = f"http://{LOOPBACK}:{port}"
    output = build_site(example, packages, room.server.url, origin)
    # The pages of an application are made in the browser; its texts are indexed.
    _index(room, HERE / "pages" if example.form == "json" else output, origin + BASE)
    eventually(lambda: _is_answered(room, origin))
    with ExitStack() as stack:
        yield Place(example, stack.enter_context(served(output, BASE, port)))


def _index(room: Room, folder: Path, base_url: str) -> None:
    app = create_app(room.settings)
    done = app.test_cli_runner().invoke(args=["content", "index", str(folder), "--base-url", base_url])
    dispose(app)
    assert done.exit_code == 0, done.output


def _is_answered(room: Room, origin: str) -> bool:
    """Tell whether the server knows the site by now: it looks at what is indexed every few seconds."""
    context = {"mode": "chat", "page_url": f"{origin}{BASE}setup", "session_id": "4f8f5b8c-3d4e-4c65-9b59-0d2f6f0a7a11"}
    asked = room.server.request("/api/v1/chat", "POST", {"message": QUESTION, "context": context}, {"Origin": origin})
    return asked.status == 200 and any(source["url"].startswith(origin) for source in asked.json["sources"])


def _ask(page: Page) -> None:
    """Open the widget and ask, as a reader does."""
    defined(page)
    if not part(page, "input").is_visible():
        part(page, "launcher").click()
    part(page, "input").fill(QUESTION)
    part(page, "input").press("Enter")
    expect(part(page, "transcript")).to_contain_text(ANSWER)


def _follow(page: Page, name: str) -> None:
    """Follow a link of the site's own menu."""
    page.locator("nav a, aside a, .sidebar-tree a").filter(has_text=name).locator("visible=true").first.click()
    expect(page.locator("h1").filter(has_text=name).locator("visible=true").first).to_be_visible()


def _mark(page: Page) -> None:
    """Leave something in the window that is lost when a page is loaded."""
    page.evaluate("window.marked = true")


def _is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.marked === true"))


def test_a_conversation_goes_along_to_other_pages_and_outlives_a_reload(
    page: Page, place: Place, heard: Recording
) -> None:
    page.goto(place.address("setup"))
    _ask(page)
    _mark(page)
    _follow(page, "Winter care")
    assert _is_marked(page) == place.example.keeps_window
    expect(part(page, "transcript")).to_contain_text(ANSWER)
    expect(part(page, "panel")).to_be_visible()
    page.reload()
    expect(part(page, "transcript")).to_contain_text(ANSWER)
    assert page.locator("chatkit-widget").count() == 1
    assert heard.complaints == []


def test_a_source_opens_at_its_heading_and_the_conversation_stays(page: Page, place: Place, heard: Recording) -> None:
    page.goto(place.address("setup"))
    _ask(page)
    _mark(page)
    part(page, "transcript").locator(f"a[href*='{ANCHOR}']").locator("visible=true").first.click()
    expect(page.locator(f"#{ANCHOR}").first).to_be_in_viewport()
    assert urlsplit(page.url).path.rstrip("/").removesuffix(".html").endswith("/winter")
    assert _is_marked(page) == place.example.keeps_window_for_sources
    expect(part(page, "transcript")).to_contain_text(ANSWER)
    page.go_back()
    expect(page.locator("h1").filter(has_text="Setting up").locator("visible=true").first).to_be_visible()
    expect(part(page, "transcript")).to_contain_text(ANSWER)
    assert heard.complaints == []


def test_the_widget_is_dark_when_the_site_is_switched_to_dark(page: Page, place: Place) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(place.address("setup"))
    _ask(page)
    eventually(lambda: _lightness(page) > 0.9)
    switch = page.locator(place.example.theme_switch).locator("visible=true").first
    if switch.evaluate("element => element.localName") == "select":
        switch.select_option("dark")
    else:
        switch.click()
    eventually(lambda: _lightness(page) < 0.3)
    page.reload()
    expect(part(page, "transcript")).to_contain_text(ANSWER)


def _lightness(page: Page) -> float:
    """Return how light the panel is, from 0 to 1, as it is painted."""
    drawn = """panel => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d");
      canvas.fillStyle = getComputedStyle(panel).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, part) => sum + part, 0) / 765;
    }"""
    return float(part(page, "panel").evaluate(drawn))


def test_keys_open_what_they_belong_to(page: Page, place: Place) -> None:
    page.goto(place.address("setup"))
    _ask(page)
    shortcut = place.example.shortcut
    if shortcut is not None and len(shortcut.key) == 1:
        # What is typed into the widget is no shortcut of the site.
        part(page, "input").press_sequentially(f"either{shortcut.key}or")
        expect(part(page, "input")).to_have_value(f"either{shortcut.key}or")
    page.locator("chatkit-widget").evaluate("widget => { widget.close(); widget.toggleAttribute('shortcut', true); }")
    if shortcut is not None:
        _press_beside(page, shortcut.key)
        expect(page.locator(shortcut.opens).first).to_be_visible()
        expect(part(page, "panel")).to_be_hidden()
        page.reload()
        page.locator("chatkit-widget").evaluate("widget => widget.toggleAttribute('shortcut', true)")
        defined(page)
    if shortcut is None or shortcut.key != "Control+k":
        _press_beside(page, "Control+k")
        expect(part(page, "input")).to_be_focused()


def test_the_sites_own_search_finds_beside_the_open_panel(page: Page, place: Place, heard: Recording) -> None:
    shortcut = place.example.shortcut
    if shortcut is None or not shortcut.finds:
        return
    page.goto(place.address("setup"))
    _ask(page)
    _press_beside(page, shortcut.key)
    expect(page.locator(shortcut.opens).first).to_be_visible()
    page.keyboard.type("linseed")
    expect(page.locator(shortcut.finds).locator("visible=true").first).to_be_visible()
    # Neither takes the other's keys.
    expect(part(page, "input")).to_have_value("")
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_visible()
    expect(part(page, "transcript")).to_contain_text(ANSWER)
    assert heard.complaints == []


def _press_beside(page: Page, key: str) -> None:
    """Press keys while the page itself has the focus."""
    page.locator("h1").locator("visible=true").first.click()
    page.keyboard.press(key)
