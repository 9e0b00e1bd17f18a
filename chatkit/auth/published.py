"""What another server publishes at an address, such as its keys: read, kept an hour, and longer while it is away."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

import structlog
import urllib3

from chatkit.errors import Unavailable
from chatkit.web import concurrency

log = structlog.get_logger()
T = TypeVar("T")
Clock = Callable[[], float]

TIMEOUT_SECONDS, MAX_BYTES, REFRESH_SECONDS = 3.0, 65_536, 3600.0
# What reading a document raises that is away, or that is none.
UNREADABLE = (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError, RecursionError)


class Published(Generic[T]):
    """What ``parse`` makes of a document at an address, as read an hour ago at most; while that is away, as read last.

    It is read again ``first_retry_seconds`` after it could not be at first, ``retry_seconds`` after any later time.
    ``away`` is what is said while there is none, ``event`` what the log calls that.
    """

    def __init__(
        self,
        url: str,
        parse: Callable[[str], T],
        *,
        event: str,
        away: str,
        first_retry_seconds: float,
        retry_seconds: float,
        clock: Clock = monotonic,
    ) -> None:
        self.url = url
        self._parse, self._event, self._away = parse, event, away
        self._first_retry_seconds, self._retry_seconds = first_retry_seconds, retry_seconds
        self._clock = clock
        self._held: T | None = None
        self._read_at = self._tried_at = -REFRESH_SECONDS
        self._lock = Lock()

    def get(self, fits: Callable[[T], bool] = lambda held: True) -> T:
        """Return it, read anew where it is old or does not fit; raises ``Unavailable`` while it never could be read."""
        now = self._clock()
        is_old = now - self._read_at >= REFRESH_SECONDS
        is_missing = self._held is None or not fits(self._held)
        is_due = now - self._tried_at >= (self._first_retry_seconds if self._held is None else self._retry_seconds)
        # Who lacks it also waits for what is being read just now.
        if (is_due and (is_old or is_missing)) or (is_missing and self._lock.locked()):
            # No place at work waits for that server.
            with concurrency.yielded(), self._lock:
                if is_due and self._tried_at < now:
                    self._tried_at = self._clock()
                    self._refresh()
        if self._held is None:
            raise Unavailable(self._away)
        return self._held

    def _refresh(self) -> None:
        try:
            self._held = self._parse(fetch(self.url, self._clock))
            self._read_at = self._clock()
        except UNREADABLE as error:
            log.warning(self._event, url=self.url, error=type(error).__name__, reason=str(error)[:200])


def fetch(url: str, clock: Clock = monotonic) -> str:
    """Return a small document at an address that the owner set, never where it redirects to.

    Raises ``urllib3.exceptions.HTTPError``, or ``ValueError`` for one that is not there, too large or too slow.
    """
    began = clock()
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT_SECONDS), retries=False)
    headers = {"Accept": "application/json"}
    response: Any = pool.request("GET", url, redirect=False, preload_content=False, headers=headers)
    try:
        if response.status != 200:
            raise ValueError(f"answers {response.status}")
        body = bytearray()
        while part := response.read1(MAX_BYTES):
            body += part
            if len(body) > MAX_BYTES:
                raise ValueError(f"is larger than {MAX_BYTES} bytes")
            # The timeout is that of each read, of which a server may ask for many.
            if clock() - began > TIMEOUT_SECONDS:
                raise ValueError(f"takes longer than {TIMEOUT_SECONDS:g} seconds")
    finally:
        response.close()
        pool.clear()
    return body.decode()
