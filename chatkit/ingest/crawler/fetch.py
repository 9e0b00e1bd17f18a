"""Fetching from one site: politely, within limits, and never from anywhere else."""

import time
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError

from chatkit.errors import ChatKitError
from chatkit.ingest import urls
from chatkit.version import VERSION

USER_AGENT = "ChatKit"
TIMEOUT_SECONDS, MAX_RESPONSE_SECONDS = 10.0, 30.0
MAX_REDIRECTS, MAX_ATTEMPTS = 5, 3
# A server that is busy says how long; longer than this is not waited.
MAX_RETRY_AFTER_SECONDS, DEFAULT_RETRY_AFTER_SECONDS = 60.0, 5.0
REDIRECT_STATUSES = {301, 302, 303, 307, 308}
BUSY_STATUSES = {429, 503}

# The ETag and Last-Modified of an answer, which its server can compare (RFC 9110, section 8.8).
Validators = tuple[str | None, str | None]
NO_VALIDATORS: Validators = (None, None)


class FetchError(ChatKitError):
    """An address that could not be fetched; its text says why. ``status`` is what the site answered, if it did."""

    def __init__(self, reason: str, status: int | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.unreachable = unreachable


@dataclass(frozen=True)
class Response:
    """What a site answered: content, or that it did not change (304), or where to look instead."""

    status: int
    content: bytes
    content_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None
    robots_tag: str
    location: str | None
    # Where the server sends a reader after some seconds, as a page may say itself.
    refresh: str | None = None


class Fetcher:
    """Fetches one address of one site at a time, with ``delay_seconds`` between them."""

    def __init__(self, origin: str, delay_seconds: float, response_seconds: float = MAX_RESPONSE_SECONDS) -> None:
        self.delay_seconds = delay_seconds
        self._response_seconds = response_seconds
        self.origin = origin
        self._next_request = 0.0
        self._pool = urllib3.PoolManager(
            1,
            headers={
                "User-Agent": f"{USER_AGENT}/{VERSION} (indexes this site for its own search)",
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "gzip",
            },
            retries=False,
            timeout=urllib3.Timeout(connect=TIMEOUT_SECONDS, read=TIMEOUT_SECONDS),
        )

    def get(self, address: str, max_bytes: int, validators: Validators = NO_VALIDATORS) -> Response:
        """Return what the site answers; ``validators`` are the ETag and Last-Modified of what is indexed already.

        Raises ``FetchError`` for any status but 200, 304 and a redirect, and for an answer too long or too slow.
        """
        if urls.origin(address) != self.origin:
            raise FetchError(f"{urls.origin(address)} is another site")
        for _ in range(MAX_ATTEMPTS - 1):
            response, pause = self._attempt(address, max_bytes, validators)
            if response is not None:
                return response
            if pause > MAX_RETRY_AFTER_SECONDS:
                break
            self._next_request = max(self._next_request, time.monotonic() + pause)
        response, _ = self._attempt(address, max_bytes, validators)
        if response is None:
            raise FetchError("the site is too busy to answer")
        return response

    def follow(self, address: str, max_bytes: int) -> Response:
        """Return what stands at an address in the end, through redirects within the site."""
        for _ in range(MAX_REDIRECTS):
            response = self.get(address, max_bytes)
            if response.location is None:
                return response
            address = response.location
        raise FetchError("it redirects without end")

    def _attempt(self, address: str, max_bytes: int, validators: Validators) -> tuple[Response | None, float]:
        """Return the answer, or none and the seconds to wait when the site is busy."""
        time.sleep(max(self._next_request - time.monotonic(), 0.0))
        names = ("If-None-Match", "If-Modified-Since")
        headers = {name: value for name, value in zip(names, validators, strict=True) if value}
        try:
            response = self._pool.request(
                "GET", address, headers={**self._pool.headers, **headers}, redirect=False, preload_content=False
            )
            try:
                return self._read(address, response, max_bytes)
            finally:
                # What was not read is not waited for.
                response.close()
        except (HTTPError, OSError, ValueError) as error:
            raise FetchError(f"it cannot be reached: {error}", unreachable=True) from error
        finally:
            self._next_request = time.monotonic() + self.delay_seconds

    def _read(self, address: str, response: urllib3.BaseHTTPResponse, max_bytes: int) -> tuple[Response | None, float]:
        status, headers = response.status, response.headers
        if status in BUSY_STATUSES:
            after = headers.get("Retry-After", "")
            return None, float(after) if after.isdecimal() else DEFAULT_RETRY_AFTER_SECONDS
        location = None
        if status in REDIRECT_STATUSES:
            location = self._redirect_target(address, headers.get("Location", ""))
        elif status not in {200, 304}:
            raise FetchError(f"the site answered {status}", status)
        content = self._content(response, max_bytes) if status == 200 else b""
        parsed = Message()
        parsed["Content-Type"] = headers.get("Content-Type", "application/octet-stream")
        content_type, charset = parsed.get_content_type(), parsed.get_content_charset()
        validators = (headers.get("ETag"), headers.get("Last-Modified"))
        robots_tag = headers.get("X-Robots-Tag", "").lower()
        refresh = headers.get("Refresh")
        return Response(status, content, content_type, charset, *validators, robots_tag, location, refresh), 0.0

    def _redirect_target(self, address: str, location: str) -> str:
        try:
            address = urls.normalize(urljoin(address, location))
        except ValueError as error:
            raise FetchError(f"it redirects to what is no address: {error}") from None
        if urls.origin(address) != self.origin:
            raise FetchError(f"it redirects to another site, {urls.origin(address)}")
        return address

    def _content(self, response: urllib3.BaseHTTPResponse, max_bytes: int) -> bytes:
        deadline, parts, size = time.monotonic() + self._response_seconds, list[bytes](), 0
        # As much as has arrived: a server that sends one byte at a time must not have all the time there is.
        while part := response.read1(65_536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise FetchError(f"it is larger than {max_bytes // 1_000_000} MB")
            if time.monotonic() > deadline:
                raise FetchError(f"it takes longer than {self._response_seconds:g} seconds")
        return b"".join(parts)
