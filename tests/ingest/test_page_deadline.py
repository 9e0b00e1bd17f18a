"""One page's deadline: computing ends, waiting does not, and whatever stood before stands again."""

import re
import signal
import threading
import time
from contextlib import suppress

import pytest

from chatkit.ingest.page_deadline import PageTimeout, page_deadline


def _compute(seconds: float) -> None:
    began = time.process_time()
    while time.process_time() - began < seconds:
        # As a parser passes over its own errors.
        with suppress(Exception):
            sum(range(1_000))


def test_what_computes_for_too_long_is_interrupted() -> None:
    began = time.process_time()
    with pytest.raises(PageTimeout, match=r"longer than 0\.2 seconds"), page_deadline(0.2):
        _compute(5)
    assert time.process_time() - began < 1


def test_a_pattern_that_backtracks_without_end_is_interrupted() -> None:
    with pytest.raises(PageTimeout), page_deadline(0.2):
        re.fullmatch(r"(a|aa)+", "a" * 100 + "b")


def test_waiting_is_not_counted_and_nothing_comes_later() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with page_deadline(0.2):
        time.sleep(0.3)
    _compute(0.3)
    assert signal.getsignal(signal.SIGPROF) == before


def test_a_thread_may_read_pages_too() -> None:
    done = list[bool]()

    def read() -> None:
        with page_deadline():
            done.append(True)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done == [True]
