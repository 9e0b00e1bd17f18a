"""A reader before any engine: looks at the page, points and types, the same way in each."""

import json
from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.browser.waiting import SECONDS
from tests.browser.webdriver import Actions, WebDriverError, Window
from tests.servers import eventually

# What a selector finds in the page and in the widget, by words that name it; `shown` is what of it is visible.
SHOWN = """
// The element has no root before its script has come.
const roots = () => [document, ...document.querySelectorAll("chatkit-widget")].map(one => one.shadowRoot ?? one);
const named = one => `${one.ariaLabel ?? ""} ${one.title} ${one.textContent} ${one.labels?.[0]?.textContent ?? ""}`;
const found = (selector, words = "") => roots()
  .flatMap(root => [...root.querySelectorAll(selector)]).filter(one => named(one).includes(words));
const shown = (selector, words) => found(selector, words)
  .filter(one => one.checkVisibility({visibilityProperty: true}));
"""
# Places in an element once they have stood still for two frames and nothing lies over them.
PLACES = """async (selector, words, placesIn) => {
  let before = "";
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise(requestAnimationFrame)) {
    const [found] = shown(selector, words);
    found?.scrollIntoView({block: "nearest"});
    const places = found ? placesIn(found) : [];
    const now = JSON.stringify(places);
    const hits = now === before ? places.map(place => found.getRootNode().elementFromPoint(...place)) : [];
    if (hits[0] && hits.every(hit => found.contains(hit) || hit?.contains(found))) return places;
    before = now;
  }
  throw Error(`nothing to point at: ${selector} ${words}`);
}"""
MIDDLE = """found => {
  const {x, y, width, height} = found.getBoundingClientRect();
  return width ? [[x + width / 2, y + height / 2]] : [];
}"""
# Where its first line begins, and a place further on in that.
LINE = """found => {
  const range = document.createRange();
  range.selectNodeContents(found);
  const {left, right, top, bottom} = range.getClientRects()[0];
  return [left + 2, Math.min(right, left + 200)].map(x => [x, (top + bottom) / 2]);
}"""
Place = tuple[float, float]


class Reader(ABC):
    """What somebody does with one window, by real keys and a real pointer."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again."""

    @abstractmethod
    def press(self, key: str, *held: str) -> None:
        """Press a key while others are held down."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type letters."""

    @abstractmethod
    def drag(self, *places: Place) -> None:
        """Press the pointer at the first place, move over the others, and let go at the last; one place is a click."""

    @abstractmethod
    def _evaluate(self, expression: str) -> Any:
        """Return the value of an expression."""

    def look(self, expression: str) -> Any:
        """Return what an expression says of the page, in which ``found`` and ``shown`` find elements."""
        return self._evaluate(f"(async () => {{ {SHOWN} return {expression}; }})()")

    def see(self, expression: str) -> Any:
        """Wait until an expression holds, also over a change of the page; return what it says."""
        last: list[object] = []

        def holds() -> Any:
            try:
                last[:] = [self.look(expression)]
            except (PlaywrightError, WebDriverError) as error:
                # The page that was asked has gone.
                last[:] = [error]
                return None
            return last[0]

        try:
            return eventually(holds, SECONDS)
        except AssertionError:
            raise AssertionError(f"not seen: {expression}; {last}") from None

    def point(self, selector: str, words: str = "") -> None:
        """Click on what is visible and named so."""
        self.drag(*self._places(selector, words, MIDDLE))

    def sweep(self, selector: str) -> None:
        """Select the beginning of the first line of what is visible."""
        self.drag(*self._places(selector, "", LINE))

    def open_panel(self) -> None:
        """Click on the button, and wait until the panel has come with what follows it, and has taken the focus."""
        self.point("[part~=launcher]")
        self.see("found('[part~=account]').length && found('.jumping').length")
        self.see("shown('[part~=input]').some(one => one.getRootNode().activeElement === one)")

    def _places(self, selector: str, words: str, places: str) -> list[Place]:
        found = self.look(f"await ({PLACES})({json.dumps(selector)}, {json.dumps(words)}, {places})")
        return [(left, top) for left, top in found]


class PlaywrightReader(Reader):
    """A reader before an engine that Playwright drives."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, url: str) -> None:
        self._page.goto(url)

    def reload(self) -> None:
        self._page.reload()

    def press(self, key: str, *held: str) -> None:
        self._page.keyboard.press("+".join([*held, key]))

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)

    def drag(self, *places: Place) -> None:
        mouse = self._page.mouse
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place)
        mouse.up()

    def _evaluate(self, expression: str) -> Any:
        return self._page.evaluate(expression)


# As https://www.w3.org/TR/webdriver2/#keyboard-actions names them.
KEYS = {"Backspace": "\ue003", "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009"}


class WebDriverReader(Reader):
    """A reader before an engine that has a WebDriver."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def open(self, url: str) -> None:
        self._window.open(url)

    def reload(self) -> None:
        self._window.reload()

    def press(self, key: str, *held: str) -> None:
        keys = [KEYS.get(each, each) for each in (*held, key)]
        self._key([("keyDown", each) for each in keys] + [("keyUp", each) for each in reversed(keys)])

    def type(self, text: str) -> None:
        self._key([(kind, letter) for letter in text for kind in ("keyDown", "keyUp")])

    def drag(self, *places: Place) -> None:
        def move(place: Place) -> dict[str, object]:
            left, top = (int(number) for number in place)
            return {"type": "pointerMove", "duration": 0, "x": left, "y": top}

        actions: Actions = [move(places[0]), {"type": "pointerDown", "button": 0}]
        actions += [move(place) for place in places[1:]]
        self._window.act("pointer", [*actions, {"type": "pointerUp", "button": 0}])

    def _key(self, actions: list[tuple[str, str]]) -> None:
        self._window.act("key", [{"type": kind, "value": key} for kind, key in actions])

    def _evaluate(self, expression: str) -> Any:
        return self._window.evaluate(expression)
