"""What readers wait for, and for how long, while the database is away; and whether all is well afterwards."""

import http.client
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from tests import factories
from tests.factories import API, Person
from tests.servers import Gunicorn
from tests.slo.place import Place, place
from tests.slo.rows import Measured, Row

CLIENTS, AWAY_SECONDS, BACK_SECONDS = 40, 5.0, 5.0
MOST_SECONDS = 2.0
AFTERWARDS = 200


def outages() -> Measured:
    """Take each database away in every way there is, under load, and bring it back."""
    figures, holds = [], True
    for kind, faults in FAULTS.items():
        with place(kind) as here:
            who = here.person()
            with here.served() as server:
                for name, fault in faults.items():
                    slowest, wrong = _under_load(server, who, fault(here))
                    time.sleep(BACK_SECONDS)
                    failed = sum(_ask(server, who, number)[0] != 200 for number in range(AFTERWARDS))
                    holds &= slowest < MOST_SECONDS and not wrong and not failed
                    figures.append(f"{kind} {name} {slowest:.2f} s")
                    figures[-1] += f", {failed} of {AFTERWARDS} failed afterwards" if failed else ""
                    figures[-1] += f", {wrong} answers other than 200 and 503" if wrong else ""
                if "Traceback" in server.log:
                    holds = False
                    figures.append(f"{kind}: a stack trace in the log")
    return Measured("slowest answer: " + "; ".join(figures), holds)


def _under_load(server: Gunicorn, who: Person, fault: AbstractContextManager[None]) -> tuple[float, int]:
    """Ask from many clients before and during a fault.

    Return the slowest answer to what was sent during it, and how many answers were neither 200 nor 503.
    """
    ends = time.monotonic() + 1 + AWAY_SECONDS

    def client(place: int) -> list[tuple[float, int, float]]:
        got: list[tuple[float, int, float]] = []
        while (sent := time.monotonic()) < ends:
            got.append((sent, *_ask(server, who, place + len(got))))
        return got

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client, place) for place in range(CLIENTS)]
        time.sleep(1)
        with fault:
            began = time.monotonic()
            got = [answer for done in running for answer in done.result()]
    wrong = sum(status not in {200, 503} for sent, status, _ in got)
    return max(seconds for sent, _, seconds in got if sent > began), wrong


def _ask(server: Gunicorn, who: Person, number: int) -> tuple[int, float]:
    """Send one of four calls; return its status, 0 for none, and the seconds it took."""
    began = time.monotonic()
    try:
        match number % 4:
            case 0:
                reply = server.request("/health")
            case 1:
                reply = server.request(f"{API}/auth/session-check", headers=who.headers)
            case 2:
                reply = server.request(f"{API}/chat", "POST", factories.question())
            case _:
                reply = server.request(f"{API}/chat/save", "POST", factories.chat(), headers=who.headers)
        return reply.status, time.monotonic() - began
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - began


@contextmanager
def _stopped(here: Place) -> Iterator[None]:
    assert here.postgresql is not None
    here.postgresql.halt()
    yield
    here.postgresql.resume()


@contextmanager
def _killed(here: Place) -> Iterator[None]:
    assert here.postgresql is not None
    here.postgresql.kill()
    yield
    here.postgresql.resume()


def _frozen(here: Place) -> AbstractContextManager[None]:
    assert here.postgresql is not None
    return here.postgresql.frozen()


def _file(here: Place) -> Path:
    return Path(here.url.removeprefix("sqlite:///"))


@contextmanager
def _locked(here: Place) -> Iterator[None]:
    with closing(sqlite3.connect(_file(here), isolation_level=None, timeout=30)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _moved(here: Place) -> Iterator[None]:
    file, away = _file(here), here.folder / "away.db"
    file.rename(away)
    yield
    away.rename(file)


FAULTS: dict[str, dict[str, Callable[[Place], AbstractContextManager[None]]]] = {
    "SQLite": {"locked": _locked, "moved": _moved},
    "PostgreSQL": {"stopped": _stopped, "frozen": _frozen, "killed": _killed},
}
ROWS = (
    Row(
        "The database may go away",
        f"{CLIENTS} clients ask during {AWAY_SECONDS:.0f} s without it, and one {BACK_SECONDS:.0f} s later",
        outages,
    ),
)
