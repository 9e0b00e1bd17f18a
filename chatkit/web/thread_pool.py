"""Threads for gunicorn's worker: as many as there is work at once, up to a bound, and fewer again afterwards."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Literal, ParamSpec, TypeVar

import structlog

P = ParamSpec("P")
R = TypeVar("R")

# A thread that had nothing to do for so long ends, but for one: where the system admits no more, that goes on alone.
IDLE_SECONDS = 30.0
# Where the system admits no more threads, none is asked for until then, and a few are left to others: the loop in
# which a model's answers are written, the resolver of host names.
RETRY_SECONDS = 10.0
SPARED = 4

REMEDY = "Raise the task limit of this server, or lower MAX_STREAMS."

log = structlog.get_logger()


class ThreadPool:
    """Runs each task in a thread of its own as long as threads are to be had; more tasks than those wait.

    It stands in for ``concurrent.futures.ThreadPoolExecutor``, which counts its idle threads. From Python 3.12 on
    that count goes wrong under load: a thread that ends a task takes the next from the queue, the thread that was
    counted for it stays idle uncounted, and a new one is started at the next task, until all ``max_workers`` exist;
    none ever ends. Here the tasks are counted: a thread is started when there are more of them than threads. ::

        pool = ThreadPool(max_threads=40)
        pool.submit(handle, connection).add_done_callback(finish)
    """

    def __init__(self, max_threads: int, idle_seconds: float = IDLE_SECONDS) -> None:
        self.max_threads = max_threads
        self._idle_seconds = idle_seconds
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0
        self._admitted = max_threads
        self._retry_at = 0.0

    @property
    def size(self) -> int:
        """How many threads there are now."""
        return self._threads

    def start_first(self) -> bool:
        """Start a thread if there is none; tell whether there is one, which then stays."""
        with self._lock:
            if self._threads == 0:
                self._start_thread()
            return self._threads > 0

    def submit(self, call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a call in a thread; its future holds the error of the system where no thread can be had at all."""
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()
        refused = None
        with self._lock:
            self._unfinished += 1
            if self._threads < min(self._unfinished, self._limit()):
                refused = self._start_thread()
            hopeless = self._threads == 0
            if hopeless:
                self._unfinished -= 1
        if refused is not None:
            log.warning("thread_not_started", threads=self._threads, remedy=REMEDY)
        if hopeless:
            future.set_exception(refused or RuntimeError("no thread can be started"))
        else:
            self._queue.put(partial(self._run, future, partial(call, *args, **kwargs)))
        return future

    def shutdown(self, wait: Literal[False]) -> None:
        """Let every thread end once the queue is empty; gunicorn never waits for that."""
        # Without the lock: gunicorn calls this in a signal's handler, which may have interrupted whoever holds it.
        for _ in range(self._threads):
            self._queue.put(None)

    def _limit(self) -> int:
        return min(self._admitted, self.max_threads) if monotonic() < self._retry_at else self.max_threads

    def _start_thread(self) -> RuntimeError | None:
        """Start a thread, or return the error of a system that admits none."""
        try:
            # A daemon, so that a worker that is told to end at once does not wait for a stream.
            threading.Thread(target=self._work, name="request", daemon=True).start()
        except RuntimeError as error:
            self._admitted, self._retry_at = max(self._threads - SPARED, 1), monotonic() + RETRY_SECONDS
            return error
        self._threads += 1
        return None

    def _work(self) -> None:
        while True:
            try:
                task = self._queue.get(timeout=self._idle_seconds)
            except Empty:
                if self._leave(needed=lambda: max(self._unfinished, 1)):
                    return
                continue
            if task is None:
                return
            task()
            # Lest an idle thread hold the connection.
            del task
            if self._leave(needed=self._limit):
                return

    def _leave(self, needed: Callable[[], int]) -> bool:
        """Tell whether there are more threads than needed, and count this one as gone then."""
        with self._lock:
            surplus = self._threads > needed()
            self._threads -= surplus
        return surplus

    def _run(self, future: Future[R], call: Callable[[], R]) -> None:
        """Run a task. It counts as finished before its future says so, since that may bring the next one."""
        try:
            result = call()
        except BaseException as error:
            self._count_finished()
            future.set_exception(error)
        else:
            self._count_finished()
            future.set_result(result)

    def _count_finished(self) -> None:
        with self._lock:
            self._unfinished -= 1
