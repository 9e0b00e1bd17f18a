"""Measure ChatKit, a bare Flask application and ChatKit without its limiter in turns, and print their ratios."""

import json
import os
import statistics
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from chatkit import create_app
from tests import factories, servers
from tests.bench import load as wrk
from tests.bench.load import Answers, Load, requests_per_second
from tests.conftest import dispose
from tests.factories import API
from tests.servers import ROOT, Gunicorn
from tests.slo.place import DATABASES, Place, place

# Many short rounds: what slows the machine for seconds then slows neighbours alike.
CONNECTIONS, SECONDS, ROUNDS = 8, 1.0, 15
PROBE_SECONDS = 3.0
# Who are signed in: two that save at once are seldom the same person.
READERS = 64
LEAST = {"GET /auth/session-check": 0.45, "POST /chat/save": 0.45}
MOST_LIMITER = 0.15
SESSION_CHECK, SAVE, ASK = "GET /auth/session-check", "POST /chat/save", "POST /chat"
# The settings of gunicorn that both sides share.
SAME = ("workers", "threads", "worker_connections", "timeout", "keepalive", "accesslog", "loglevel")


@dataclass(frozen=True)
class Rates:
    """Requests a second of one call on one database: medians, and the median of each round's ratio."""

    ours: float
    floor: float | None
    ratio: float | None
    limiter_share: float | None


def main() -> int:
    """Print the table; return 1 when a figure is not what it must be."""
    wrk.require_wrk()
    found: dict[tuple[str, str], Rates] = {}
    health = {}
    for kind in DATABASES:
        with place(kind) as here, _servers(here) as (ours, floor, unlimited):
            loads = loads_of(here)
            for name, load in loads.items():
                found[name, kind] = _rates(load, ours, floor if name in LEAST else None, unlimited)
            probe = Load("GET /health", "GET", "/health")
            busy = wrk.start(ours, loads[SAVE], 20, PROBE_SECONDS)
            health[kind] = wrk.run(ours, probe, 1, PROBE_SECONDS)
            wrk.finish(busy)
    return _print(found, health)


def index_docs(here: Place) -> None:
    """Index the documentation, which questions are answered from."""
    index = ("flask", "--app", "wsgi", "content", "index", str(ROOT / "docs"), "--base-url", "/guide/")
    done = servers.run(*index, folder=here.folder, settings=here.settings())
    if done.returncode:
        raise RuntimeError(done.stderr)


@contextmanager
def _servers(here: Place) -> Iterator[list[int]]:
    """Run ChatKit, the floor and ChatKit without its limiter on one database; yield their ports."""
    index_docs(here)
    values: dict[str, object] = {}
    exec((ROOT / "gunicorn.conf.py").read_text(), values)  # noqa: S102  (our own file)
    # It names a folder for what workers count; this process counts nothing.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    conf = here.folder / "floor.conf.py"
    conf.write_text(
        "worker_class = 'tests.bench.floor_worker.Worker'\n" + "".join(f"{name} = {values[name]!r}\n" for name in SAME)
    )
    applications = (
        ("wsgi:app", ROOT / "gunicorn.conf.py", "/health"),
        ("tests.bench.floor:app", conf, "/"),
        ("tests.bench.unlimited:app", ROOT / "gunicorn.conf.py", "/health"),
    )
    with ExitStack() as stack:
        running = []
        for application, chosen, path in applications:
            server = Gunicorn(here.folder, here.settings(FLOOR_DATABASE=here.url))
            stack.callback(server.end)
            command = ("gunicorn", "-c", str(chosen), "--bind", f"{servers.LOOPBACK}:{server.port}", application)
            server.launch(*command)
            servers.eventually(partial(_answers, server, path), servers.START_SECONDS)
            running.append(server.port)
        yield running


def _answers(server: Gunicorn, path: str) -> bool:
    try:
        return server.request(path).status < 500
    except OSError:
        return False


def loads_of(here: Place) -> dict[str, Load]:
    """Return the calls that are measured, by a person with an account and by a reader without one."""
    app = create_app(here.settings())
    try:
        tokens = tuple(factories.person(app, f"{number}@example.com").token for number in range(READERS))
    finally:
        dispose(app)
    asked = {"role": "user", "content": "How do I embed the widget?"}
    chat = {"messages": [asked, {"role": "assistant", "content": "So. " * 50}]}
    context = {"mode": "browse", "session_id": str(uuid.uuid4()), "page_url": "http://localhost:8000/"}
    question = {"message": "How do I embed the widget on my site?", "context": context}
    return {
        SESSION_CHECK: Load(SESSION_CHECK, "GET", f"{API}/auth/session-check", tokens=tokens),
        SAVE: Load(SAVE, "POST", f"{API}/chat/save", json.dumps(chat), tokens),
        ASK: Load(ASK, "POST", f"{API}/chat", json.dumps(question)),
    }


def _rates(load: Load, ours: int, floor: int | None, unlimited: int) -> Rates:
    """Measure a call on each server in turns, so that whatever slows the machine slows all of them."""
    ports = [ours, unlimited] + ([floor] if floor else [])
    if load.method == "GET":
        ports.remove(unlimited)
    for port in ports:
        requests_per_second(port, load, CONNECTIONS, 1)
    rounds = [{port: requests_per_second(port, load, CONNECTIONS, SECONDS) for port in ports} for _ in range(ROUNDS)]

    def median(port: int) -> float:
        return statistics.median(rates[port] for rates in rounds)

    return Rates(
        median(ours),
        median(floor) if floor else None,
        statistics.median(rates[ours] / rates[floor] for rates in rounds) if floor else None,
        # The time of a request is the inverse of the rate.
        statistics.median(1 - rates[ours] / rates[unlimited] for rates in rounds) if unlimited in ports else None,
    )


def _print(found: dict[tuple[str, str], Rates], health: dict[str, Answers]) -> int:
    missed = 0
    print(f"{CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s each, in turns; median of the rounds\n")
    print(" " * 26 + "".join(f"{kind:^42}" for kind in DATABASES))
    heads = "".join(f"{head:>10}" for head in ("ChatKit/s", "floor/s", "ratio", "limiter"))
    print(f"{'call':<26}" + f"{heads}  " * len(DATABASES) + f"{'least':>6}")
    for name in dict.fromkeys(name for name, _ in found):
        line = f"{name:<26}"
        for kind in DATABASES:
            rates = found[name, kind]
            line += f"{rates.ours:>10.0f}{_shown(rates.floor, '.0f')}{_shown(rates.ratio, '.2f')}"
            line += f"{_shown(rates.limiter_share, '.0%')}  "
            missed += rates.ratio is not None and rates.ratio < LEAST[name]
            missed += rates.limiter_share is not None and rates.limiter_share > MOST_LIMITER
        print(f"{line}{LEAST.get(name, ''):>6}")
    print(f"\nlimiter: its share of a limited request, at most {MOST_LIMITER:.0%}")
    print("\nGET /health beside 20 connections that save:")
    for kind, taken in health.items():
        failed = sum(taken.refused.values()) + taken.lost
        print(f"{kind:<12}p95 {taken.p95_ms:.0f} ms, worst {taken.most_ms:.0f} ms, {failed} failed")
    return 1 if missed else 0


def _shown(value: float | None, form: str) -> str:
    return f"{format(value, form) if value is not None else '':>10}"


if __name__ == "__main__":
    sys.exit(main())
