"""What a reload with a wrong line of the settings does to a server and its requests."""

import signal
from concurrent.futures import ThreadPoolExecutor

from tests.factories import API, Person
from tests.servers import Gunicorn, eventually
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

RELOADS, REQUESTS, AT_ONCE = 5, 60, 12
WRONG = "CORS_ORIGINS https://docs.example.com\n"


def wrong_line() -> Measured:
    """Reload servers with a wrong line under requests, then with the line corrected."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            who = here.person()
            file = here.folder / "instance" / ".env"
            file.parent.mkdir(exist_ok=True)
            with here.served() as server:
                eventually(server.all_serve, seconds=60)
                file.write_text(WRONG)
                failed = sum(_reload(server, who) for _ in range(RELOADS))
                file.write_text(WRONG.replace(" ", "="))
                _reload_corrected(server)
        holds &= not failed
        figures.append(f"{kind} {failed} of {RELOADS} × {REQUESTS} failed")
    return Measured("; ".join(figures) + "; corrected, each reloaded", holds)


def _reload_corrected(server: Gunicorn) -> None:
    before = server.workers()
    server.signal(signal.SIGHUP)
    eventually(lambda: server.workers() and not server.workers() & before, seconds=60)


def _reload(server: Gunicorn, who: Person) -> int:
    """Reload under requests; return how many failed. Raises ``AssertionError`` when it is not refused."""
    workers, refused = server.workers(), server.log.count("reload_refused")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(server.request, f"{API}/auth/session-check", "GET", None, who.headers) for _ in range(REQUESTS)
        ]
        server.signal(signal.SIGHUP)
        failed = sum(each.exception() is not None or each.result().status != 200 for each in asked)
    eventually(lambda: server.log.count("reload_refused") > refused, seconds=60)
    assert server.workers() == workers, "a worker was replaced"
    return failed


ROWS = (
    Row(
        "A wrong line is refused",
        f"{RELOADS} reloads with a wrong line under {REQUESTS} short requests each, and one that is corrected",
        wrong_line,
    ),
)
