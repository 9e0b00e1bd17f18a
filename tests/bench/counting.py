"""What it costs that the questions of a day are counted in the same rows: `python -m tests.bench.counting [DATABASE]`.

A question is counted in its own transaction, and who counts in the same row next waits until that is on the disk; on
PostgreSQL it therefore counts in another part of the count. Four servers answer POST /api/v1/chat in turns, from 32
connections of as many accounts at least: ChatKit as it is, one whose counts have one part, one that counts each
question in rows of its own, and one that counts nothing. PostgreSQL is asked twice: with the disk of this machine, and
with one that takes five milliseconds for a commit, as disks behind a network do.
"""

import json
import statistics
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from chatkit import create_app
from tests import factories, servers
from tests.bench import load as wrk
from tests.bench.__main__ import index_docs
from tests.bench.load import Load
from tests.conftest import dispose
from tests.factories import API
from tests.servers import ROOT, Gunicorn
from tests.slo.place import DATABASES, Place, place

CONNECTIONS, READERS, SECONDS, ROUNDS = 32, 128, 3.0, 7
# As it is, it must answer so many times as many as if no two questions shared a row.
LEAST = 0.9
SLOW_DISK_MS = 5
RECOUNTED = ("one part", "alone", "nothing")
VARIANTS = {"as it is": "wsgi:app"} | dict.fromkeys(RECOUNTED, "tests.bench.recounted:app")


def main(databases: Sequence[str]) -> int:
    """Print the table; return 1 when sharing rows costs more than a tenth."""
    wrk.require_wrk()
    missed = 0
    print(f"POST /api/v1/chat over {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s each, in turns")
    print("answers a second as it is and otherwise, two servers at a time, and the ratio\n")
    titles = "".join(f"{'as it is':>10}{title:>10}{'ratio':>8}" for title in ("one part", "own rows", "nothing"))
    print(f"{'':<26}{titles}")
    for kind in databases:
        with place(kind) as here:
            index_docs(here)
            load = _question(here)
            for disk in ("this disk", "a slow disk") if here.postgresql is not None else ("this disk",):
                if disk == "a slow disk":
                    _slow_down(here)
                missed += _print(f"{kind}, {disk}", here, load)
    return 1 if missed else 0


def _print(name: str, here: Place, load: Load) -> bool:
    """Compare the servers and print a line; tell whether sharing rows costs too much."""
    figures, ratios = "", dict[str, float]()
    for variant in RECOUNTED:
        # Two at a time, or together they would want more connections than PostgreSQL admits.
        with _served(here, ("as it is", variant)) as ports:
            rounds = _rounds(load, ports)
        ratios[variant] = statistics.median(each["as it is"] / each[variant] for each in rounds)
        rates = (statistics.median(each[server] for each in rounds) for server in ports)
        figures += "".join(f"{rate:>10.0f}" for rate in rates) + f"{ratios[variant]:>8.2f}"
    print(f"{name:<26}{figures}", flush=True)
    return ratios["alone"] < LEAST


def _rounds(load: Load, ports: dict[str, int]) -> list[dict[str, float]]:
    """Return how many questions a second each server answers in each round."""
    rounds, turns = list[dict[str, float]](), deque(ports)
    for port in ports.values():
        wrk.run(port, load, CONNECTIONS, 1)
    for _ in range(ROUNDS):
        # One that answers nothing in a round answers one, so that nothing is divided by none.
        rounds.append({each: max(wrk.run(ports[each], load, CONNECTIONS, SECONDS).goodput, 1.0) for each in turns})
        # What one has left undone is done beside the next.
        turns.rotate(1)
    return rounds


@contextmanager
def _served(here: Place, variants: Sequence[str]) -> Iterator[dict[str, int]]:
    """Run a server of each variant on one database; yield their ports."""
    with ExitStack() as stack:
        ports = {}
        for variant in variants:
            server = Gunicorn(here.folder, here.settings(COUNTS=variant, LOG_LEVEL="WARNING", SEMANTIC="off"))
            stack.callback(server.end)
            bind = f"{servers.LOOPBACK}:{server.port}"
            server.launch("gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "--bind", bind, VARIANTS[variant])
            servers.eventually(server.answers, servers.START_SECONDS)
            ports[variant] = server.port
        yield ports


def _question(here: Place) -> Load:
    """Return a question, asked by accounts in turns: two that ask at once are never the same person."""
    app = create_app(here.settings())
    try:
        tokens = tuple(factories.person(app, f"{number}@example.com", "premium").token for number in range(READERS))
    finally:
        dispose(app)
    return Load(
        "POST /chat", "POST", f"{API}/chat", json.dumps(factories.question("How do I embed the widget?")), tokens
    )


def _slow_down(here: Place) -> None:
    """Let PostgreSQL wait before it writes what is committed, as long as a slow disk would."""
    if here.postgresql is not None:
        here.postgresql.execute(f"ALTER SYSTEM SET commit_delay = {SLOW_DISK_MS * 1000}")
        here.postgresql.execute("ALTER SYSTEM SET commit_siblings = 0")
        here.postgresql.execute("SELECT pg_reload_conf()")


if __name__ == "__main__":
    sys.exit(main([kind for kind in DATABASES if kind in sys.argv[1:]] or DATABASES))
