"""What is read of the database at most once in some seconds, for what every request asks and seldom changes.

banned = CachedRead(read_bans, seconds=5)
banned.value()
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")

log = structlog.get_logger()


class CachedRead(Generic[T]):
    """A value that ``read`` returns, as old as ``seconds`` at most; a database that is away leaves the last one."""

    def __init__(self, read: Callable[[], T], initial: T, seconds: float) -> None:
        self._read = read
        self._value = initial
        self._seconds = seconds
        self._due = 0.0
        self._lock = Lock()

    def value(self) -> T:
        """Return the value; of the requests that find it too old one reads it, and the others take it as it was."""
        if time.monotonic() >= self._due and self._lock.acquire(blocking=self._due == 0.0):
            try:
                if time.monotonic() >= self._due:
                    self._refresh()
            finally:
                self._lock.release()
        return self._value

    def forget(self) -> None:
        """Have the next request read it anew."""
        self._due = 0.0

    def _refresh(self) -> None:
        try:
            self._value = self._read()
        except (DBAPIError, PoolTimeout) as error:
            log.warning("cached_read_failed", error=type(error).__name__)
        self._due = time.monotonic() + self._seconds
