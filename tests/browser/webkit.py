"""WebKit as GNOME's browser has it: WebKitGTK's own WebDriver, on a display that nobody sees."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import own_folder
from tests.browser.webdriver import HEIGHT, WIDTH, Actions, WebDriverError
from tests.servers import LOOPBACK, START_SECONDS, eventually, free_port, request

# The browser that comes with the library.
BROWSER = "*/webkit2gtk-4.*/MiniBrowser"
# Not by eval(), which a page's policy forbids.
SCRIPT = """const done = arguments[0];
Promise.resolve(%s).then(value => done({value: value ?? null}), error => done({error: `${error}`}));"""


class WebKitWindow:
    """A window of WebKit, driven over HTTP as https://www.w3.org/TR/webdriver2/ says."""

    def __init__(self, driver: str, browser: Path) -> None:
        options = {"binary": str(browser), "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options, "unhandledPromptBehavior": "ignore"}}
        self._url = f"{driver}/session"
        session = self.call("", {"capabilities": capabilities})["sessionId"]
        self._url += f"/{session}"
        self.call("/window/rect", {"width": WIDTH, "height": HEIGHT})

    def call(self, command: str, body: dict[str, object] | None = None, method: str = "POST") -> Any:
        """Send one command; return its value."""
        reply = request(self._url + command, method, body, timeout_seconds=START_SECONDS)
        value = reply.json["value"]
        if reply.status != 200:
            raise WebDriverError(value["error"], value["message"])
        return value

    def open(self, url: str) -> None:
        self.call("/url", {"url": url})

    def reload(self) -> None:
        self.call("/refresh", {})

    def evaluate(self, expression: str) -> Any:
        found = self.call("/execute/async", {"script": SCRIPT % expression, "args": []})
        if "error" in found:
            raise WebDriverError(found["error"])
        return found["value"]

    def act(self, kind: str, actions: Actions) -> None:
        self.call("/actions", {"actions": [{"type": kind, "id": kind, "actions": actions}]})


@contextmanager
def _display(folder: str) -> Iterator[str]:
    """Run a display of a number that is free, and yield its name."""
    reading, writing = os.pipe()
    size = f"{WIDTH + 200}x{HEIGHT + 200}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    log = Path(folder) / "xvfb.log"
    with log.open("wb") as written:
        chosen = {**os.environ, "TMPDIR": folder}
        server = subprocess.Popen(command, env=chosen, pass_fds=(writing,), stdout=written, stderr=written)
    os.close(writing)
    with os.fdopen(reading) as said:
        number = said.readline().strip()
    try:
        assert number, log.read_text()
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def webkit(program: Path) -> Iterator[WebKitWindow]:
    """Run a WebKit without a past for the length of a block."""
    browsers = [place for root in (Path("/usr/lib"), Path("/usr/libexec")) for place in sorted(root.glob(BROWSER))]
    assert browsers, f"no {BROWSER}"
    with (
        tempfile.TemporaryDirectory(prefix="webkit-", dir=own_folder.root(), ignore_cleanup_errors=True) as home,
        _display(home) as name,
    ):
        port = free_port()
        # Nothing of the desktop it may be started on; what draws is the processor.
        chosen = {"PATH": os.environ["PATH"], "HOME": home, "XDG_RUNTIME_DIR": home, "DISPLAY": name}
        chosen |= {"GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1", "LIBGL_ALWAYS_SOFTWARE": "1", "LANG": "C.UTF-8"}
        # What its libraries complain of is nobody's concern.
        silent = subprocess.DEVNULL
        driver = subprocess.Popen([str(program), f"--port={port}"], env=chosen, stdout=silent, stderr=silent)
        url = f"http://{LOOPBACK}:{port}"
        try:
            eventually(lambda: _ready(url), START_SECONDS)
            window = WebKitWindow(url, browsers[-1])
            yield window
            window.call("", method="DELETE")
        finally:
            driver.terminate()
            driver.wait()


def _ready(url: str) -> bool:
    try:
        return bool(request(f"{url}/status").json["value"]["ready"])
    except OSError:
        return False
