"""What the windows of engines with a WebDriver have alike."""

from typing import Any, Protocol

WIDTH, HEIGHT = 1280, 800
# What an input device does, one after another, as https://www.w3.org/TR/webdriver2/#actions says.
Actions = list[dict[str, object]]


class WebDriverError(Exception):
    """What a driver refused, or a script that failed."""


class Window(Protocol):
    """A window in which somebody reads."""

    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""

    def reload(self) -> None:
        """Load the page again."""

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, which JSON can say; a promise is waited for."""

    def act(self, kind: str, actions: Actions) -> None:
        """Let a `key` or a `pointer` do something, as an input device would."""
