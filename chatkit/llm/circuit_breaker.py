"""A circuit breaker: a model server that keeps failing is not asked for a while, so that nobody waits for it."""

import time


class CircuitBreaker:
    """Opens after ``failure_threshold`` failures in a row; after a pause one probe decides whether it closes.

    It belongs to the one event loop of a process, so it needs no lock. A request that was allowed
    reports with one of ``record_success``, ``record_failure`` and ``release_probe``.
    """

    def __init__(self, failure_threshold: int, recovery_seconds: float) -> None:
        self._failure_threshold = failure_threshold
        self._recovery_seconds = recovery_seconds
        self._failures = 0
        # When a probe may go out, on the monotonic clock; None while the breaker is closed.
        self._probe_at: float | None = None
        # Half open: the probe is out, and no other request is allowed meanwhile.
        self.is_probing = False

    @property
    def is_closed(self) -> bool:
        """Whether requests go out as if nothing had failed."""
        return self._probe_at is None

    def allow_request(self) -> bool:
        """Tell whether a request may go out now."""
        if self._probe_at is None:
            return True
        if self.is_probing or time.monotonic() < self._probe_at:
            return False
        self.is_probing = True
        return True

    def record_success(self) -> None:
        """Close the breaker."""
        self._failures, self._probe_at, self.is_probing = 0, None, False

    def record_failure(self, retry_after_seconds: float = 0) -> None:
        """Count a failure; a server that sent Retry-After is not asked before, and not before the usual pause."""
        self._failures += 1
        if self.is_probing or retry_after_seconds or self._failures >= self._failure_threshold:
            self._probe_at = time.monotonic() + max(self._recovery_seconds, retry_after_seconds)
        self.is_probing = False

    def release_probe(self) -> None:
        """Allow another probe: this one ended without an outcome, because the reader stopped it."""
        self.is_probing = False
