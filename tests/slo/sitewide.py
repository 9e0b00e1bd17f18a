"""What a count that the whole site shares costs, against counts that nobody shares."""

import statistics

from tests import servers
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

PROCESSES, HITS, ROUNDS, LEAST = 8, 200, 5, 0.4

# Forks the processes, which start together; each counts for an address of its own, then all for one site, in turns.
HAMMER = f"""
import multiprocessing
import time

from chatkit import create_app
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester

context = multiprocessing.get_context("fork")
barrier, results = context.Barrier({PROCESSES}), context.Queue()

def hammer(process):
    app, taken = create_app(), []
    # Two counts each; only the mails of a sign-up are counted for the site.
    kinds, address = ("chat", "signup"), f"192.0.2.{{process}}"
    with app.app_context():
        for action in kinds * {ROUNDS + 1}:
            barrier.wait()
            began = time.perf_counter()
            for _ in range({HITS}):
                limiter.hit(action, Requester(), address)
            barrier.wait()
            taken.append(time.perf_counter() - began)
    results.put(taken)

processes = [context.Process(target=hammer, args=(process,)) for process in range({PROCESSES})]
for process in processes:
    process.start()
found = [results.get(timeout=120) for _ in processes]
for process in processes:
    process.join()
print(*(max(taken[turn] for taken in found) for turn in range({2 * ROUNDS + 2})))
"""


def shared() -> Measured:
    """Let processes count for themselves and for one site, on each database."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            (here.folder / "hammer.py").write_text(HAMMER)
            done = servers.run("hammer", folder=here.folder, settings=here.settings())
            rates = [PROCESSES * HITS / float(seconds) for seconds in done.stdout.split()]
            # The first round warms up.
            own, site = statistics.median(rates[2::2]), statistics.median(rates[3::2])
            holds &= site / own >= LEAST
            figures.append(f"{kind} {site:.0f} a second shared, {own:.0f} not, ratio {site / own:.2f}")
    return Measured("; ".join(figures), holds)


ROWS = (Row("The limiter is cheap", f"{PROCESSES} processes count at once, for themselves and for one site", shared),)
