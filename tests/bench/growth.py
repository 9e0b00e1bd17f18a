"""Time every call among few rows and among many in every table that grows: `python -m tests.bench.growth [ROWS]`.

Calls that end what they call about are left out: they cannot be repeated.
"""

import statistics
import sys
import time

from flask import Flask

from chatkit import create_app
from tests import calls, factories
from tests.bulk_rows import ROWS, insert_bulk
from tests.calls import CALLS, GROWING
from tests.conftest import dispose
from tests.slo.place import DATABASES, place

FEW, MANY, REPEATS = 1_000, 1_000_000, 15
# A ratio below this is no slowing that the noise of a machine could not make.
MOST = 2.0


def main(many: int) -> int:
    """Print each call's milliseconds among few and many rows; return 1 when one became slower."""
    assert set(ROWS) == GROWING
    slower = 0
    print(f"Median of {REPEATS} calls in milliseconds, with so many rows in each of {len(ROWS)} tables\n")
    for kind in DATABASES:
        with place(kind) as found:
            app = create_app(found.settings(LOG_LEVEL="WARNING"))
            try:
                factories.index(app, found.folder / "pages")
                insert_bulk(app, 1, FEW)
                few = _times(app)
                insert_bulk(app, FEW + 1, many)
                after = _times(app)
            finally:
                dispose(app)
        print(f"{kind:<34}{FEW:>12,}{many:>12,}{'ratio':>8}")
        for name, before in few.items():
            ratio = after[name] / before
            slower += ratio > MOST
            print(f"  {name:<32}{before:>12.2f}{after[name]:>12.2f}{ratio:>8.2f}")
    return 1 if slower else 0


def _times(app: Flask) -> dict[str, float]:
    visit = calls.visit(app)
    found = {}
    for call in (call for call in CALLS if not call.spends and call.endpoint != "auth.migrate_session"):
        taken = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            call.make(visit)
            taken.append((time.perf_counter() - began) * 1000)
        found[f"{call.endpoint}{'' if call.signed_in else ' anonymous'}"] = statistics.median(taken)
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else MANY))
