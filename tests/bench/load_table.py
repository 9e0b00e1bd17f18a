"""Load a server over few connections and many, and print what becomes of it: `python -m tests.bench.load_table`.

The rows are Markdown, as docs/operations.md shows them.
"""

import sys

from tests.bench import load as wrk
from tests.bench.__main__ import index_docs, loads_of
from tests.slo.place import DATABASES, place

CONNECTIONS, SECONDS = (1, 4, 16, 64, 256), 10.0


def main(seconds: float) -> int:
    """Print the table; return 1 when a connection was lost, or a request failed otherwise than by a refusal."""
    wrk.require_wrk()
    failed = 0
    print("| database | call | connections | answered a second | p95 | refused |")
    print("|---|---|--:|--:|--:|---|")
    for kind in DATABASES:
        with place(kind) as here:
            index_docs(here)
            loads = loads_of(here)
            with here.served() as server:
                for load in loads.values():
                    wrk.run(server.port, load, 4, 1)
                    for connections in CONNECTIONS:
                        found = wrk.run(server.port, load, connections, seconds)
                        failed += found.lost + sum(found.refused[status] for status in found.refused if status != "503")
                        said = [f"{count} × {status}" for status, count in sorted(found.refused.items())]
                        said += [f"{found.lost} lost"] if found.lost else []
                        figures = f"{connections} | {found.goodput:.0f} | {found.p95_ms:.0f} ms"
                        refused = ", ".join(said) or "none"
                        print(f"| {kind} | `{load.name}` | {figures} | {refused} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
