"""Work spread over processes: in order, a few results at a time, and honest about what broke."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit.errors import ContentError
from chatkit.ingest import parallel
from tests.servers import eventually

ITEMS = [str(number) for number in range(parallel.WORTH_IT + 7)]
SEVERAL = len(os.sched_getaffinity(0)) > 1


def test_results_come_in_order_whatever_took_how_long() -> None:
    assert list(parallel.spread(lambda item: int(item) ** 2, ITEMS)) == [number**2 for number in range(len(ITEMS))]


def test_enough_items_are_worked_on_by_other_processes() -> None:
    found = set(parallel.spread(lambda item: os.getpid(), ITEMS))
    assert (os.getpid() not in found) is SEVERAL
    assert set(parallel.spread(lambda item: os.getpid(), ITEMS[:5])) == {os.getpid()}


def test_an_error_of_the_work_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(parallel.spread(lambda item: 1 // int(item), ITEMS))


def test_whoever_stops_early_leaves_no_process_behind() -> None:
    found = parallel.spread(lambda item: os.getpid(), ITEMS)
    worker = next(found)
    found.close()
    assert worker == os.getpid() or not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_whose_parent_is_killed_ends_too(how: signal.Signals) -> None:
    script = (
        "import os, time\n"
        "from chatkit.content import parallel\n"
        "found = parallel.spread(lambda item: os.getpid(), [str(number) for number in range(1_000)])\n"
        "print(next(found), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.send_signal(how)
    eventually(lambda: _is_gone(worker))


def _is_gone(process: int) -> bool:
    """Return whether a process has ended; its parent may not have asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_process_that_is_killed_is_told_and_not_waited_for() -> None:
    parent = os.getpid()

    def die(item: str) -> str:
        if os.getpid() != parent and item == "150":
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    if SEVERAL:
        with pytest.raises(ContentError, match="ended from outside"):
            list(parallel.spread(die, ITEMS))
    else:
        assert list(parallel.spread(die, ITEMS)) == ITEMS
