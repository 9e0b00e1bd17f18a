"""A real website on loopback, for what fetches pages: its pages, its manners and its faults are set by the test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers import LOOPBACK


@dataclass(frozen=True)
class Shown:
    """What the website answers at one path; with the status 0 it hangs up."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes that follow the body, one at a time, so many seconds apart, without end.
    drip_seconds: float | None = None

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass(frozen=True)
class Asked:
    """A request as it arrived, and when."""

    path: str
    headers: dict[str, str]
    at: float


class Website:
    """Serves ``pages``, which a test may change at any time; remembers what it was asked."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.pages: dict[str, Shown] = {}
        self.asked: list[Asked] = []
        self.before: Callable[[str], None] = lambda path: None
        self.origin = f"http://{LOOPBACK}:{server.server_address[1]}"

    def paths(self) -> list[str]:
        """Return the paths that were asked for, without robots.txt and sitemaps, and forget them."""
        found = [one.path for one in self.asked if not one.path.endswith((".txt", ".xml", ".gz"))]
        self.asked.clear()
        return found

    def sitemap(self, *paths: str) -> str:
        """Return a sitemap of paths or addresses."""
        places = [path if path.startswith("http") else self.origin + path for path in paths]
        return (
            '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            + "".join(f"<url><loc> {place} </loc><lastmod>2026-01-01</lastmod></url>" for place in places)
            + "</urlset>"
        )


def html(title: str, *links: str, text: str = "Some words.", head: str = "") -> Shown:
    """Return a page with a heading, a text and links."""
    menu = "".join(f'<a href="{link}">{link}</a>' for link in links)
    markup = f"<html><head>{head}</head><nav>{menu}</nav><main><h1 id=top>{title}</h1><p>{text}</p></main></html>"
    return Shown(markup, headers={"Content-Type": "text/html; charset=utf-8"})


@contextmanager
def website() -> Iterator[Website]:
    """Run a website."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(Asked(self.path, dict(self.headers.items()), time.monotonic()))
            site.before(self.path)
            shown = site.pages.get(self.path, Shown("nothing here", 404))
            etag = shown.headers.get("ETag")
            if etag is not None and self.headers.get("If-None-Match") == etag:
                shown = Shown(status=304)
            if not shown.status:
                self.close_connection = True
                return
            self.send_response(shown.status)
            for name, value in shown.headers.items():
                self.send_header(name, value)
            if shown.drip_seconds is None:
                self.send_header("Content-Length", str(len(shown.content)))
            else:
                self.close_connection = True
            self.end_headers()
            try:
                self.wfile.write(shown.content)
                while shown.drip_seconds is not None and not stopping.wait(shown.drip_seconds):
                    self.wfile.write(b".")
            except OSError:
                # The other side has seen enough.
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (the name it has there)
            return

    stopping = threading.Event()
    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    site = Website(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
