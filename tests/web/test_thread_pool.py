"""The worker's threads: no more than there is work, fewer afterwards, and none lost where the system admits no more."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from chatkit.web.thread_pool import ThreadPool
from tests.servers import eventually

# No system has an address space for the stack of such a thread, so it refuses to start one.
IMPOSSIBLE_STACK_BYTES = 1 << 46


@contextmanager
def _no_more_threads() -> Iterator[None]:
    usual = threading.stack_size(IMPOSSIBLE_STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(usual)


class _Gate:
    """Work that lasts until it is let go."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.leave = threading.Event()

    def __call__(self) -> str:
        self.arrived.release()
        assert self.leave.wait(30)
        return "done"

    def await_arrivals(self, number: int) -> None:
        """Wait until so many threads are at work."""
        for _ in range(number):
            assert self.arrived.acquire(timeout=30)


def test_a_task_returns_or_raises_through_its_future() -> None:
    pool = ThreadPool(max_threads=2)
    assert pool.submit(divmod, 7, 2).result(30) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(30)


def test_tasks_run_at_once_up_to_the_bound_and_the_others_wait() -> None:
    pool, gate = ThreadPool(max_threads=3), _Gate()
    futures = [pool.submit(gate) for _ in range(10)]
    gate.await_arrivals(3)
    assert pool.size == 3
    assert not gate.arrived.acquire(timeout=0.05)
    gate.leave.set()
    assert [future.result(30) for future in futures] == ["done"] * 10


def test_no_more_threads_are_started_than_there_was_work_at_once() -> None:
    """As many callers as keep a connection each: `ThreadPoolExecutor` of Python 3.12 ends at its bound here."""
    pool, callers = ThreadPool(max_threads=1000), 8

    def call(_: int) -> int:
        for _ in range(300):
            pool.submit(int).result(30)
        return pool.size

    with ThreadPoolExecutor(callers) as outside:
        assert max(outside.map(call, range(callers))) <= callers


def test_the_next_task_of_a_callback_needs_no_thread_more() -> None:
    """A client sends its next request the moment it has its answer."""
    pool, ended = ThreadPool(max_threads=1000), threading.Event()
    left = [500]

    def again(_: Future[int]) -> None:
        left[0] -= 1
        if left[0]:
            pool.submit(int).add_done_callback(again)
        else:
            ended.set()

    pool.submit(int).add_done_callback(again)
    assert ended.wait(30)
    assert pool.size == 1


def test_threads_that_have_nothing_to_do_end_but_for_one() -> None:
    pool, gate = ThreadPool(max_threads=5, idle_seconds=0.01), _Gate()
    futures = [pool.submit(gate) for _ in range(5)]
    gate.await_arrivals(5)
    gate.leave.set()
    assert {future.result(30) for future in futures} == {"done"}
    eventually(lambda: pool.size == 1)
    with _no_more_threads():
        assert pool.submit(int).result(30) == 0


def test_shutting_down_ends_every_thread_after_its_task() -> None:
    pool, gate = ThreadPool(max_threads=3), _Gate()
    before = set(threading.enumerate())
    futures = [pool.submit(gate) for _ in range(3)]
    gate.await_arrivals(3)
    started = set(threading.enumerate()) - before
    pool.shutdown(wait=False)
    gate.leave.set()
    assert {future.result(30) for future in futures} == {"done"}
    for thread in started:
        thread.join(30)
    assert not any(thread.is_alive() for thread in started)


def test_where_no_thread_more_can_be_started_those_there_are_do_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    pool, gate = ThreadPool(max_threads=100), _Gate()
    first = pool.submit(gate)
    gate.await_arrivals(1)
    with _no_more_threads():
        others = [pool.submit(int) for _ in range(20)]
    gate.leave.set()
    assert first.result(30) == "done"
    assert [future.result(30) for future in others] == [0] * 20
    assert pool.size == 1
    # Once for all of them, since trying again at once would be of no use.
    assert capsys.readouterr().out.count("thread_not_started") == 1


def test_where_no_thread_can_be_started_at_all_the_future_says_so() -> None:
    pool = ThreadPool(max_threads=100)
    with _no_more_threads():
        refused = [pool.submit(int) for _ in range(2)]
    for future in refused:
        assert isinstance(future.exception(30), RuntimeError)
    assert pool.size == 0


def test_some_threads_are_left_to_others_when_the_system_admits_no_more() -> None:
    pool, gate = ThreadPool(max_threads=100), _Gate()
    futures = [pool.submit(gate) for _ in range(10)]
    gate.await_arrivals(10)
    with _no_more_threads():
        futures.append(pool.submit(gate))
    gate.leave.set()
    assert {future.result(30) for future in futures} == {"done"}
    eventually(lambda: pool.size < 10)
