"""How long a reader's request waits for the database: less than two seconds, whatever became of it.

Only the workers of a server limit their connections. A command, such as a migration or an index of
many pages, may wait as long as it needs.
"""

import math
import threading

ANSWER_SECONDS = 1.5
# A request that waited long for its turn may still wait this long for the database.
MIN_SECONDS = 0.3


class _Request(threading.local):
    """The request that the current thread works on."""

    seconds = math.inf


_request = _Request()


def shorten(waited_seconds: float) -> None:
    """Let the current request wait less for the database, because it has already waited for its turn."""
    _request.seconds = max(ANSWER_SECONDS - waited_seconds, MIN_SECONDS)


def reset() -> None:
    """Let the next request of this thread wait as long as any."""
    _request.seconds = math.inf


def seconds_left(limit: float = ANSWER_SECONDS) -> float:
    """Return how long the current thread may wait for the database, at most ``limit`` seconds."""
    return min(limit, _request.seconds)
