"""A circuit breaker: a model that keeps failing is left alone for a while, so that nobody waits for it."""

import time


class Breaker:
    """Opens after so many failures in a row; after a pause one request tries, and its outcome decides.

    It belongs to one process and to the one event loop there, so it needs no lock. Whoever was
    admitted reports with one of ``succeeded``, ``failed`` and ``released``.
    """

    def __init__(self, failures: int, pause_seconds: float) -> None:
        self._limit = failures
        self._pause_seconds = pause_seconds
        self._failures = 0
        self._opens_at: float | None = None
        # Whether the one request is out that decides; only that one is admitted meanwhile.
        self.trying = False

    def admit(self) -> bool:
        """Tell whether a request may go out now."""
        if self._opens_at is None:
            return True
        if self.trying or time.monotonic() < self._opens_at:
            return False
        self.trying = True
        return True

    def succeeded(self) -> None:
        """Close: the model works."""
        self._failures, self._opens_at, self.trying = 0, None, False

    def failed(self, hold_seconds: float = 0) -> None:
        """Count a failure. A model that said when to come again is not asked before, for a pause at least."""
        self._failures += 1
        if self.trying or hold_seconds or self._failures >= self._limit:
            self._opens_at = time.monotonic() + max(self._pause_seconds, hold_seconds)
        self.trying = False

    def released(self) -> None:
        """Give a try back that ended without telling anything, because the reader stopped it."""
        self.trying = False
