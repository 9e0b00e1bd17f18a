"""How exact the limiter is when processes and servers ask at once, and what it does to the others."""

from tests import servers
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

PROCESSES, TRIES, LIMIT = 8, 500, 1000

# Forks the processes, each with an application of its own, which start together and then hit one key.
HAMMER = f"""
import multiprocessing

from chatkit import create_app
from chatkit.errors import RateLimited
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester

context = multiprocessing.get_context("fork")
barrier, results = context.Barrier({PROCESSES}), context.Queue()

def hammer():
    app, admitted, errors = create_app(), 0, 0
    with app.app_context():
        barrier.wait()
        for _ in range({TRIES}):
            try:
                limiter.hit("save_chat", Requester(account="reader@example.com", tier="lightweight"), None)
                admitted += 1
            except RateLimited:
                pass
            except Exception:
                errors += 1
    results.put((admitted, errors))

processes = [context.Process(target=hammer) for _ in range({PROCESSES})]
for process in processes:
    process.start()
found = [results.get(timeout=120) for _ in processes]
for process in processes:
    process.join()
print(sum(admitted for admitted, _ in found), sum(errors for _, errors in found))
"""


def processes() -> Measured:
    """Let processes hit one key on each database."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            (here.folder / "hammer.py").write_text(HAMMER)
            chosen = here.settings(RATE_LIMIT_SAVE_CHAT=str(LIMIT), RATE_LIMIT_WINDOW_SECONDS="3600")
            done = servers.run("hammer", folder=here.folder, settings=chosen)
            admitted, errors = (int(word) for word in done.stdout.split())
            holds &= (admitted, errors) == (LIMIT, 0)
            figures.append(f"{kind} {admitted} of {LIMIT} admitted, {errors} errors")
    return Measured("; ".join(figures), holds)


ROWS = (Row("The limiter is exact", f"{PROCESSES} processes try {TRIES} times each", processes),)
