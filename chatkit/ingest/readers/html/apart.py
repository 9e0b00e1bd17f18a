"""A page of HTML read in a process of its own, which the system ends when it takes too much time or memory.

The parser is written in C: no signal and no other thread stops it. Few pages need this, see ``html_cost``.
"""

import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

from chatkit.ingest.readers.html.cost import TooComplexError

CPU_SECONDS, MAX_BYTES = 10, 1 << 30
# A process that computes nothing is not ended by the system.
WALL_SECONDS = 60
R = TypeVar("R")


def call(function: Callable[..., R], *arguments: str) -> R:
    """Return what a function of a module returns, called in another process.

    Raises ``TooComplexError`` when that takes too long or needs too much memory.
    """
    try:
        process = subprocess.run(
            [sys.executable, "-m", __name__],
            input=pickle.dumps((function, arguments)),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooComplexError(f"it takes longer than {WALL_SECONDS} seconds to read") from None
    if process.returncode < 0:
        raise TooComplexError(f"it takes longer than {CPU_SECONDS} seconds to read, or too much memory")
    if process.returncode > 0:
        reason = process.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise TooComplexError(f"its parser failed: {reason}")
    # It is this program's own process that wrote it.
    result: R = pickle.loads(process.stdout)  # noqa: S301
    return result


def main() -> None:
    """Call the function that standard input names, within limits, and write what it returns to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    # No file of what it held in memory is left behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    function, arguments = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  (as above)
    sys.stdout.buffer.write(pickle.dumps(function(*arguments)))


if __name__ == "__main__":
    main()
