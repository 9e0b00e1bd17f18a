"""The same work on several pages at once, where there are several processors and enough pages.

The processes are forked from a server that is started for this and has no thread and no connection: a fork of the
process that indexes would take the locks of its threads along, in whatever state they are. The server imports what
reads pages and nothing else, which takes it a fraction of a second.
"""

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

# Below this the processes take longer to start than they save.
MIN_ITEMS = 200
MAX_PROCESSES = 4
BATCH_SIZE = 16
# What the server imports once, for all the processes that it forks.
PRELOADED = ["chatkit.ingest.folder"]
R = TypeVar("R")

# In a process of the pool: what it does.
_work: Callable[[str], Any]


def parallel_map(
    work: Callable[[str], R], items: Sequence[str], modules: Sequence[str] = ()
) -> Generator[R, None, None]:
    """Yield what ``work`` returns for each item, in order, and never hold more than a few results.

    ``modules`` names those that the work needs beside what is always imported, so that they are imported once.
    ``work`` and its results must survive pickling. The processes import the script that is run, so it must begin its
    work under ``if __name__ == "__main__"``, as commands do. Raises ``BrokenProcessPool`` when a process is ended
    from outside.
    """
    processes = min(_processors(), MAX_PROCESSES)
    if processes == 1 or len(items) < MIN_ITEMS:
        yield from map(work, items)
        return
    context = get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED, *modules])
    with ProcessPoolExecutor(processes, context, _begin, (work,)) as pool:
        pending: deque[Future[list[R]]] = deque()
        for start in range(0, len(items), BATCH_SIZE):
            pending.append(pool.submit(_do, items[start : start + BATCH_SIZE]))
            if len(pending) > 2 * processes:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _begin(work: Callable[[str], Any]) -> None:
    global _work
    _work = work
    # What was imported is shared with the server as long as no collection writes into it.
    gc.freeze()
    # An interrupt is for the process that waits for the results; it ends the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that indexes is killed; it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _do(items: Sequence[str]) -> list[Any]:
    return [_work(item) for item in items]
