"""Sites that embed the widget, ears for what happens in their pages, and a hand on what these ask for."""

import http.client
import re
import socket
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Page, Route

from chatkit.config import RATE_LIMITS
from tests.servers import LOOPBACK, ROOT, free_port

# A name that is not localhost and leads there, for what must not work over plain HTTP.
INSECURE_HOST = "docs.example"
# The port of the sites that the shared server allows: one of its own for each process that runs tests.
ALLOWED_PORT = free_port()
UNLIMITED = str(10**12)
OPEN_LIMITS = {f"RATE_LIMIT_{name}": UNLIMITED for name in RATE_LIMITS}
FIXTURE_TOKEN = "integration-test-session-token-12345"
# The one line the widget may say: that plain HTTP is for localhost only.
NOTICE = "HTTP is for localhost only"


@dataclass
class Recording:
    """What was heard from a page."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """Return the console's errors and warnings, the localhost notice aside."""
        return [line for line in self.console if NOTICE not in line]

    def asked(self, path: str) -> list[str]:
        """Return the requests to a path."""
        return [url for url in self.requests if path in url]


def record(page: Page) -> Recording:
    """Begin to listen to a page."""
    heard = Recording()

    def console(kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            heard.console.append(f"{kind}: {text}")

    page.on("console", lambda message: console(message.type, message.text))
    page.on("pageerror", lambda error: console("error", str(error)))
    page.on("request", lambda request: heard.requests.append(f"{request.method} {request.url}"))
    return heard


def hold(page: Page, url: str | re.Pattern[str]) -> list[Route]:
    """Keep back what a page asks for at an address; return what is held, each to be sent on with ``continue_``."""
    held: list[Route] = []
    page.route(url, lambda route: held.append(route))
    return held


def limit(
    page: Page, url: str, seconds: int, times: int | None = None, headers: Mapping[str, str] | None = None
) -> None:
    """Answer what a page asks for at an address as the server does while a limit runs for so long."""
    detail = {"error": "rate_limited", "message": "Too many requests.", "retry_after": seconds, "request_id": "x"}
    sent = dict(headers or {})
    page.route(url, lambda route: route.fulfill(status=429, json={"detail": detail}, headers=sent), times=times)


@dataclass(frozen=True)
class Site:
    """A site on an origin of its own that serves one page."""

    origin: str


@contextmanager
def site(html: str, headers: Mapping[str, str] | None = None, port: int = 0) -> Iterator[Site]:
    """Serve one HTML page on every path of a new origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer((LOOPBACK, port), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield Site(f"http://{LOOPBACK}:{httpd.server_port}")
    finally:
        httpd.shutdown()
        httpd.server_close()


@contextmanager
def proxy_below(path: str, port: int, proxy_port: int, compress: bool = False) -> Iterator[None]:
    """Serve a server on loopback below ``path``, which this reverse proxy takes off, and nothing beside it.

    One that may ``compress`` does so with all that it is not forbidden to transform, in blocks as large as it likes.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{path}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            far = http.client.HTTPConnection(LOOPBACK, port)
            far.request(self.command, self.path.removeprefix(path), body, dict(self.headers))
            answer = far.getresponse()
            self.send_response_only(answer.status)
            packed = compress and "no-transform" not in answer.headers.get("Cache-Control", "")
            for name, value in answer.headers.items():
                if name.lower() not in {"connection", "transfer-encoding"} | ({"content-length"} if packed else set()):
                    self.send_header(name, value)
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            packer = zlib.compressobj(wbits=31)
            while piece := answer.read1(65536):
                self.wfile.write(packer.compress(piece) if packed else piece)
            if packed:
                self.wfile.write(packer.flush())
            far.close()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  (the standard library's names)

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer((LOOPBACK, proxy_port), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        httpd.shutdown()
        httpd.server_close()


class Cable:
    """A way to a server on loopback that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = True
        self._carried: set[socket.socket] = set()
        self._listening = socket.create_server((LOOPBACK, 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Break what is carried, and carry nothing more."""
        self._whole = False
        for end in list(self._carried):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Carry again."""
        self._whole = True

    def close(self) -> None:
        """Take the way away."""
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listening.accept()[0]
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection((LOOPBACK, self._port))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        self._carried.add(one)
        with suppress(OSError), one:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        self._carried.discard(one)


def readme_snippet(server_url: str) -> str:
    """Return the README's own snippet, its example host replaced by a server's."""
    readme = (ROOT / "README.md").read_text()
    found = re.search(r"```html\n(.*?chatkit-widget.*?)```", readme, re.S)
    assert found, "the README shows no snippet"
    return found.group(1).replace("https://chat.example.com", server_url)


def document(body: str) -> str:
    """Return a page that holds ``body``."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Host</title>"
        f'<link rel=icon href="data:,"><main><h1>Host page</h1></main>{body}</html>'
    )
