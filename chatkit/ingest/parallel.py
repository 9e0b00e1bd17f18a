"""The same work on several pages at once, where there are several processors and enough pages."""

import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from chatkit.errors import ContentError

# Below this the processes take longer to start than they save.
WORTH_IT = 200
MOST_PROCESSES = 4
AT_ONCE = 16
PR_SET_PDEATHSIG = 1
R = TypeVar("R")

# In a process of the pool: what it does. It is handed over when the process is forked, so it need not be pickled.
_work: Callable[[str], Any]


def spread(work: Callable[[str], R], items: Sequence[str]) -> Generator[R, None, None]:
    """Yield what ``work`` returns for each item, in order, and never hold more than a few results.

    Raises ``ContentError`` when a process is ended from outside.
    """
    # Elsewhere than on Linux a fork is not safe, and a process begun anew would load all of ChatKit.
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    processes = min(processors, MOST_PROCESSES)
    if processes == 1 or len(items) < WORTH_IT:
        yield from map(work, items)
        return
    try:
        with ProcessPoolExecutor(processes, get_context("fork"), _begin, (work, os.getpid())) as pool:
            waiting: deque[Future[list[R]]] = deque()
            for start in range(0, len(items), AT_ONCE):
                waiting.append(pool.submit(_do, items[start : start + AT_ONCE]))
                if len(waiting) > 2 * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
    except BrokenProcessPool:
        raise ContentError(
            "A process that read pages was ended from outside, as happens when memory runs out. "
            "The index was left as it was; run the command again."
        ) from None


def _begin(work: Callable[[str], Any], parent: int) -> None:
    global _work
    _work = work
    # Whoever waits for these may be killed, and they would wait for work for ever.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    # Whoever interrupts means the process that waits for these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _do(items: Sequence[str]) -> list[Any]:
    return [_work(item) for item in items]
