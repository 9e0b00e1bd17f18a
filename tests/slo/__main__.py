"""Measure, and print what is promised, the figure obtained, whether it holds and how to obtain it again.

`python -m tests.slo` shows every promise of docs/reliability.md; `python -m tests.slo kill reload`
measures the rows of these modules only.
"""

import sys

from tests.slo.page import promises
from tests.slo.rows import Measured, Row, modules


def main(wanted: list[str]) -> int:
    """Print the table; return 1 when a figure does not hold, 2 when a name is none."""
    found = modules()
    unknown = [name for name in wanted if name not in found]
    if unknown:
        print(f"There is no {', '.join(unknown)}. Choose from: {', '.join(found)}", file=sys.stderr)
        return 2
    print(f"{'promise':<34}{'holds':<7}figure, and how to obtain it again")
    missed = 0
    for promise in promises():
        for name in promise.modules:
            if wanted and name not in wanted:
                continue
            for row in found[name]:
                if row.promise == promise.name:
                    measured = _measure(row)
                    missed += not measured.holds
                    _print(row.promise, "yes" if measured.holds else "NO", measured.figure)
                    _print("", "", f"  {row.how}: make bar ROWS={name}")
        if not wanted:
            for test in promise.tests:
                _print(promise.name, "test", f"asserted: pytest {test}")
            if not promise.modules and not promise.tests:
                _print(promise.name, "-", "not shown; docs/reliability.md says why")
    return 1 if missed else 0


def _measure(row: Row) -> Measured:
    """Return what a row measures; one that breaks does not hold, and the others go on."""
    try:
        return row.measure()
    except Exception as error:
        return Measured(f"could not be measured: {type(error).__name__}: {error}", False)


def _print(promise: str, holds: str, text: str) -> None:
    print(f"{promise:<34}{holds:<7}{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
