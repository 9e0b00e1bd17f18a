"""Where the time of the hot calls goes, by package: `python -m tests.bench.profile`."""

import cProfile
import pstats
import re
import sys
from collections import Counter
from pathlib import Path

from chatkit import create_app
from tests import calls
from tests.calls import CALLS
from tests.conftest import dispose
from tests.slo.place import DATABASES, place

REPEATS = 300
SHOWN = 12
PROFILED = ("auth.session_check", "chat.save")


def main() -> int:
    """Print of each call how its time is shared, without the server and the socket."""
    for kind in DATABASES:
        with place(kind) as found:
            app = create_app(found.settings() | {"LOG_LEVEL": "WARNING"})
            try:
                visit = calls.visit(app)
                for call in (call for call in CALLS if call.endpoint in PROFILED):
                    call.make(visit)
                    profile = cProfile.Profile()
                    with profile, Path("/dev/null").open("w") as nowhere:
                        shown, sys.stdout = sys.stdout, nowhere
                        for _ in range(REPEATS):
                            call.make(visit)
                        sys.stdout = shown
                    _print(f"{call.method} {call.path} on {kind}", profile)
            finally:
                dispose(app)
    return 0


def _print(title: str, profile: cProfile.Profile) -> None:
    shares = Counter[str]()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        shares[_package(file, name)] += own
    whole = shares.total()
    print(f"\n{title}: {whole / REPEATS * 1e6:.0f} µs a call under the profiler")
    for package, own in shares.most_common(SHOWN):
        print(f"  {own / whole:6.1%}  {package}")


def _package(file: str, name: str) -> str:
    """Return whose function this is; what is written in C has no file."""
    if found := re.search(r"site-packages/([A-Za-z0-9_]+)", file):
        return found[1]
    if found := re.search(r"/(chatkit|tests)/", file):
        return found[1]
    if "sqlite3" in name or "psycopg" in name:
        return "database"
    return "built in" if file == "~" else "standard library"


if __name__ == "__main__":
    sys.exit(main())
