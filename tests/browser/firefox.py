"""Firefox as Debian has it, driven by WebDriver BiDi, which it speaks without any other program."""

import itertools
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests import own_folder
from tests.browser.webdriver import HEIGHT, WIDTH, Actions, WebDriverError

LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
SECONDS = 300


class Firefox:
    """A running Firefox, and its commands as https://www.w3.org/TR/webdriver-bidi/ names them."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count()
        self.call("session.new", capabilities={})

    def call(self, method: str, **params: object) -> Any:
        """Send one command; return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (reply := json.loads(self._socket.recv(timeout=SECONDS))).get("id") != number:
            pass
        if reply["type"] == "error":
            raise WebDriverError(reply["error"], reply["message"])
        return reply["result"]

    @contextmanager
    def window(self) -> Iterator["FirefoxWindow"]:
        """Open a window that shares nothing with others."""
        reader = self.call("browser.createUserContext")["userContext"]
        context = self.call("browsingContext.create", type="tab", userContext=reader)["context"]
        self.call("browsingContext.setViewport", context=context, viewport={"width": WIDTH, "height": HEIGHT})
        yield FirefoxWindow(self, context)
        self.call("browser.removeUserContext", userContext=reader)


class FirefoxWindow:
    """A window of Firefox."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox, self._context = firefox, context

    def open(self, url: str) -> None:
        self._firefox.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def reload(self) -> None:
        self._firefox.call("browsingContext.reload", context=self._context, wait="complete")

    def evaluate(self, expression: str) -> Any:
        whole = f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))"
        target = {"context": self._context}
        found = self._firefox.call("script.evaluate", expression=whole, target=target, awaitPromise=True)
        if found["type"] == "exception":
            raise WebDriverError(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def act(self, kind: str, actions: Actions) -> None:
        devices = [{"type": kind, "id": kind, "actions": actions}]
        self._firefox.call("input.performActions", context=self._context, actions=devices)


@contextmanager
def firefox(program: Path) -> Iterator[Firefox]:
    """Run a Firefox without a past for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="firefox-", dir=own_folder.root(), ignore_cleanup_errors=True) as home:
        command = [str(program), "--headless", "--no-remote", "--profile", home, "--remote-debugging-port=0"]
        chosen = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}
        process = subprocess.Popen(command, env=chosen, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            said = next((found for line in process.stderr if (found := LISTENING.search(line))), None)
            assert said is not None, "Firefox ended without listening"
            # It sends no answer to the pings that this client would send.
            with connect(f"{said[1]}/session", max_size=None, ping_interval=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            process.communicate()
