"""What a reload does to requests that are on their way."""

import http.client
import signal
from concurrent.futures import ThreadPoolExecutor

from tests import factories
from tests.factories import API, Person
from tests.servers import Gunicorn, eventually
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

RELOADS, REQUESTS, AT_ONCE = 5, 60, 12


def short_requests() -> Measured:
    """Reload servers under short requests, and count those that fail."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            who = here.person()
            with here.served() as server:
                failures = [failure for _ in range(RELOADS) for failure in _reload(server, who)]
        holds &= not failures
        figures.append(" ".join([f"{kind} {len(failures)} of {RELOADS} × {REQUESTS} failed", *sorted(set(failures))]))
    return Measured("; ".join(figures), holds)


def _reload(server: Gunicorn, who: Person) -> list[str]:
    """Reload under requests; return how each of those failed that did."""
    before = server.workers()

    def ask(number: int) -> str:
        if number == REQUESTS // 3:
            server.signal(signal.SIGHUP)
        try:
            if number % 2:
                return str(server.request(f"{API}/auth/session-check", headers=who.headers).status)
            return str(server.request(f"{API}/chat", "POST", factories.question()).status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(REQUESTS)))
    eventually(lambda: server.workers() and not server.workers() & before, seconds=30)
    return [answer for answer in answers if answer != "200"]


ROWS = (Row("Reload drops nobody", f"{RELOADS} reloads under {REQUESTS} short requests each", short_requests),)
