"""Measure the widget beside deep-chat and n8n's chat, of npm, in one Chromium: `python -m tests.bench.widgets`.

Each is asked through what its own documentation offers, and answered in the page, so that no server plays a part.
What is not the wall's is the time of the main thread.
"""

import gzip
import mimetypes
import os
import statistics
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.browser import engines
from tests.servers import LOOPBACK, ROOT

PAGES = ROOT / "tests/bench/peers"
INSTALLED = Path(os.environ.get("PEERS_CACHE", ROOT / "build/peers"))
STATIC = ROOT / "chatkit/widget/static"
# What is packed for its readers, without the packages it was made of.
PACKAGES = {"deep-chat": "deep-chat@2.4.2", "n8n-chat": "@n8n/chat@1.37.0"}
LOADS, MANY, FEW, WORDS = 5, 5_000, 500, 5_000
DOCUMENT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Bench</title><link rel="icon" href="data:,"><body>'
)


@dataclass(frozen=True)
class Widget:
    """A widget, the module that drives it, its script and the folder that is served for it."""

    name: str
    driver: str
    script: str
    folder: Path


WIDGETS = (
    Widget("ChatKit", "chatkit.js", "chatkit-widget.js", STATIC),
    Widget("deep-chat", "deep-chat.js", "deepChat.bundle.js", INSTALLED / "deep-chat/package/dist"),
    Widget("n8n", "n8n.js", "chat.bundle.es.js", INSTALLED / "n8n-chat/package/dist"),
)
# In the order of the table; of times without another word the main thread's.
ROWS = (
    "loaded with the page, KB gzip",
    "script to DOM, ms",
    "script to DOM, ms wall",
    "script to DOM at 4x, ms wall",
    f"{FEW} messages shown again, ms",
    f"{MANY:,} messages shown again, ms",
    f"one more after {MANY:,}, ms wall",
    f"{WORDS:,} words streamed, s",
    f"{WORDS:,} words streamed, s of long tasks",
    f"heap with {MANY:,} messages, MB",
    "loaded to ask, KB gzip",
)


def main() -> int:
    """Print the table; return 1 when another one is ahead on any line."""
    program = engines.find(engines.CHROMIUM)
    if program is None:
        sys.exit("No Chromium: run `make browser`.")
    _fetch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        found = {widget.name: _measure(browser, widget) for widget in WIDGETS}
        browser.close()
    behind = 0
    print(f"{'':<42}" + "".join(f"{name:>12}" for name in found))
    for row in ROWS:
        values = [figures[row] for figures in found.values()]
        behind += values[0] > min(values)
        print(f"{row:<42}" + "".join(f"{value:>12,.1f}" for value in values))
    for file in sorted(STATIC.glob("chatkit-*.js")):
        print(f"{file.name:<42}{_zipped(file.read_bytes()) / 1000:>12.1f} KB gzip")
    return 1 if behind else 0


def _fetch() -> None:
    """Have npm bring the packages of the others."""
    for name, package in PACKAGES.items():
        folder = INSTALLED / name
        if not folder.exists():
            folder.mkdir(parents=True)
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            [packed] = folder.glob("*.tgz")
            with tarfile.open(packed) as archive:
                archive.extractall(folder, filter="data")


def _measure(browser: Browser, widget: Widget) -> dict[str, float]:
    """Return the figures of one widget, by the names of ``ROWS``."""
    loads = [_load(browser, widget) for _ in range(LOADS)]
    slow = [_load(browser, widget, slowdown=4) for _ in range(LOADS)]
    figures = dict(zip(ROWS[:3], map(statistics.median, zip(*loads, strict=True)), strict=True))
    figures[ROWS[3]] = statistics.median(wall for _, _, wall in slow)
    for count, row in ((FEW, ROWS[4]), (MANY, ROWS[5])):
        with _page(browser, widget) as (window, script):
            figures[row] = window.work(f"await widget.restore({script!r}, {count})")[0]
            if count == MANY:
                figures[ROWS[9]] = window.heap() / 1e6
                more = [window.work("await widget.ask('Where?')")[1]["wall"] for _ in range(LOADS)]
                figures[ROWS[6]] = statistics.median(more)
    with _opened(browser, widget) as window:
        figures[ROWS[10]] = sum(window.sizes) / 1000
        window.page.evaluate(f"Object.assign(page.answer, {{words: {WORDS}, apart: true}})")
        busy, waited = window.work("await widget.ask('Where?')")
        assert len(window.page.evaluate("widget.text()")) > 5 * WORDS, f"{widget.name} did not show the answer"
        figures[ROWS[7]], figures[ROWS[8]] = busy / 1000, waited["long"] / 1000
    return figures


@dataclass(frozen=True)
class Window:
    """A page with one widget, what measures it, and the sizes of what was loaded for it, packed."""

    page: Page
    session: CDPSession
    sizes: list[int]

    def work(self, source: str) -> tuple[float, dict[str, float]]:
        """Run statements; return the main thread's milliseconds until all is drawn, and what the page measured."""
        before = self._metric("TaskDuration")
        waited = self.page.evaluate(f"page.timed(async () => {{ {source} }})")
        return (self._metric("TaskDuration") - before) * 1000, waited

    def heap(self) -> float:
        """Return the bytes of the page's objects once what nobody holds has gone."""
        self.session.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize")

    def _metric(self, name: str) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == name)


@contextmanager
def _page(browser: Browser, widget: Widget) -> Iterator[tuple[Window, str]]:
    """Open an empty page at which a widget can be loaded, and yield it with the script's address."""
    with _site(widget.folder) as (origin, sizes):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.set_default_timeout(600_000)
        page.goto(origin)
        page.evaluate(
            "async driver => { window.page = await import('/page.js'); window.widget = await import(driver) }",
            f"/{widget.driver}",
        )
        session = context.new_cdp_session(page)
        # The time that the thread works, and not that others have the processor.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield Window(page, session, sizes), f"{origin}/widget/{widget.script}"
        context.close()


@contextmanager
def _opened(browser: Browser, widget: Widget) -> Iterator[Window]:
    """Open a page with a widget in which somebody may ask."""
    with _page(browser, widget) as (window, script):
        window.page.evaluate("async script => { await widget.load(script); await widget.open() }", script)
        yield window


def _load(browser: Browser, widget: Widget, slowdown: int = 1) -> tuple[float, float, float]:
    """Return the kilobytes of one load, and the milliseconds until the widget stands: of the thread, and in all."""
    with _page(browser, widget) as (window, script):
        window.session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        busy, waited = window.work(f"await widget.load({script!r})")
        return sum(window.sizes) / 1000, busy, waited["wall"]


@contextmanager
def _site(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Serve an empty page, the drivers and a widget's folder; yield the packed sizes of what is sent of the folder."""
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A small script would wait 40 ms for its head to be acknowledged, and one of several packets not.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            inside = path.startswith("/widget/")
            file = folder / path.removeprefix("/widget/") if inside else PAGES / path.lstrip("/")
            kind, body = "text/html", DOCUMENT.encode()
            if path != "/":
                kind, body = mimetypes.guess_type(file)[0] or "text/plain", file.read_bytes() if file.is_file() else b""
            packed = gzip.compress(body, mtime=0)
            if inside:
                sizes.append(len(packed))
            self.send_response(200 if body else 404)
            headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Content-Length": str(len(packed))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{httpd.server_port}", sizes
    finally:
        httpd.shutdown()
        httpd.server_close()


def _zipped(body: bytes) -> int:
    return len(gzip.compress(body, mtime=0))


if __name__ == "__main__":
    sys.exit(main())
