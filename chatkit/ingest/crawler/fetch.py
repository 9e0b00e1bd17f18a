"""Fetching from one site: politely, within limits, and never from anywhere else."""

import time
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError

from chatkit.errors import ChatKitError
from chatkit.version import VERSION

AGENT = "ChatKit"
WAIT_SECONDS, RESPONSE_SECONDS = 10.0, 30.0
MOST_REDIRECTS, MOST_TRIES = 5, 3
# A server that is busy says how long; longer than this is not waited.
MOST_PAUSE_SECONDS, PAUSE_SECONDS = 60.0, 5.0
# What may stand in an address as it is; anything else is percent-encoded, as browsers do.
SAFE = "/:@!$&'()*+,;=~?%"
REDIRECTS = {301, 302, 303, 307, 308}
BUSY = {429, 503}


class FetchError(ChatKitError):
    """An address that could not be fetched; its text says why. ``status`` is what the site answered, if it did."""

    def __init__(self, reason: str, status: int | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.unreachable = unreachable


@dataclass(frozen=True)
class Reply:
    """What a site answered: content, or that it did not change (304), or where to look instead."""

    status: int
    content: bytes
    kind: str
    charset: str | None
    etag: str | None
    last_modified: str | None
    robots: str
    location: str | None


def normalized(address: str) -> str:
    """Return an address as it is compared: lower-case host, no default port, encoded, no fragment.

    Raises ``ValueError`` for what is none of a website.
    """
    parts = urlsplit(address)
    host, port = (parts.hostname or "").lower(), parts.port
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"{address} is no address of a website")
    if parts.username or parts.password:
        raise ValueError("an address must hold no user name and no password")
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        place += f":{port}"
    path, query = (quote(part, safe=SAFE) for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme, place, path, query, ""))


def origin_of(address: str) -> str:
    """Return scheme, host and port of a normalized address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Fetcher:
    """Fetches one address of one site at a time, with ``delay_seconds`` between them."""

    def __init__(self, origin: str, delay_seconds: float, response_seconds: float = RESPONSE_SECONDS) -> None:
        self.delay_seconds = delay_seconds
        self._response_seconds = response_seconds
        self._origin = origin
        self._next = 0.0
        self._pool = urllib3.PoolManager(
            1,
            headers={
                "User-Agent": f"{AGENT}/{VERSION} (indexes this site for its own search)",
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "gzip",
            },
            retries=False,
            timeout=urllib3.Timeout(connect=WAIT_SECONDS, read=WAIT_SECONDS),
        )

    def get(self, address: str, most_bytes: int, marks: tuple[str | None, str | None] = (None, None)) -> Reply:
        """Return what the site answers; ``marks`` are the ETag and Last-Modified of what is known already.

        Raises ``FetchError`` for whatever is not 200, 304 or a redirect, and for an answer too long or too slow.
        """
        if origin_of(address) != self._origin:
            raise FetchError(f"{origin_of(address)} is another site")
        for _ in range(MOST_TRIES - 1):
            reply, pause = self._once(address, most_bytes, marks)
            if reply is not None:
                return reply
            if pause > MOST_PAUSE_SECONDS:
                break
            self._next = max(self._next, time.monotonic() + pause)
        reply, _ = self._once(address, most_bytes, marks)
        if reply is None:
            raise FetchError("the site is too busy to answer")
        return reply

    def follow(self, address: str, most_bytes: int) -> Reply:
        """Return what stands at an address in the end, through redirects within the site."""
        for _ in range(MOST_REDIRECTS):
            reply = self.get(address, most_bytes)
            if reply.location is None:
                return reply
            address = reply.location
        raise FetchError("it redirects without end")

    def _once(self, address: str, most_bytes: int, marks: tuple[str | None, str | None]) -> tuple[Reply | None, float]:
        """Return the answer, or none and the seconds to wait when the site is busy."""
        time.sleep(max(self._next - time.monotonic(), 0.0))
        names = ("If-None-Match", "If-Modified-Since")
        headers = {name: mark for name, mark in zip(names, marks, strict=True) if mark}
        try:
            response = self._pool.request(
                "GET", address, headers={**self._pool.headers, **headers}, redirect=False, preload_content=False
            )
            try:
                return self._read(address, response, most_bytes)
            finally:
                # What was not read is not waited for.
                response.close()
        except (HTTPError, OSError, ValueError) as error:
            raise FetchError(f"it cannot be reached: {error}", unreachable=True) from error
        finally:
            self._next = time.monotonic() + self.delay_seconds

    def _read(self, address: str, response: urllib3.BaseHTTPResponse, most_bytes: int) -> tuple[Reply | None, float]:
        status, headers = response.status, response.headers
        if status in BUSY:
            after = headers.get("Retry-After", "")
            return None, float(after) if after.isdecimal() else PAUSE_SECONDS
        location = None
        if status in REDIRECTS:
            location = self._within(address, headers.get("Location", ""))
        elif status not in {200, 304}:
            raise FetchError(f"the site answered {status}", status)
        content = self._content(response, most_bytes) if status == 200 else b""
        about = Message()
        about["Content-Type"] = headers.get("Content-Type", "application/octet-stream")
        marks = (headers.get("ETag"), headers.get("Last-Modified"))
        robots = headers.get("X-Robots-Tag", "").lower()
        kind, charset = about.get_content_type(), about.get_content_charset()
        return Reply(status, content, kind, charset, *marks, robots, location), 0.0

    def _within(self, address: str, location: str) -> str:
        try:
            address = normalized(urljoin(address, location))
        except ValueError as error:
            raise FetchError(f"it redirects to what is no address: {error}") from None
        if origin_of(address) != self._origin:
            raise FetchError(f"it redirects to another site, {origin_of(address)}")
        return address

    def _content(self, response: urllib3.BaseHTTPResponse, most_bytes: int) -> bytes:
        deadline, parts, size = time.monotonic() + self._response_seconds, list[bytes](), 0
        # As much as has arrived: a server that sends one byte at a time must not have all the time there is.
        while part := response.read1(65_536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                raise FetchError(f"it is larger than {most_bytes // 1_000_000} MB")
            if time.monotonic() > deadline:
                raise FetchError(f"it takes longer than {self._response_seconds:g} seconds")
        return b"".join(parts)
