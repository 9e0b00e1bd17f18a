"""Work spread over processes: in order, a few results at a time, and honest about what broke."""

import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from chatkit.ingest import parallel_map as module
from chatkit.ingest.parallel_map import parallel_map
from tests.servers import ROOT, eventually

ITEMS = [str(number) for number in range(module.MIN_ITEMS + 7)]
SEVERAL = len(os.sched_getaffinity(0)) > 1


def _square(item: str) -> int:
    return int(item) ** 2


def _process(item: str) -> int:
    return os.getpid()


def _divide(item: str) -> int:
    return 1 // int(item)


class _Die:
    """Ends the process that works on one item, unless it is the caller's."""

    def __init__(self) -> None:
        self._caller = os.getpid()

    def __call__(self, item: str) -> str:
        if os.getpid() != self._caller and item == "150":
            os.kill(os.getpid(), signal.SIGKILL)
        return item


def test_results_come_in_order_whatever_took_how_long() -> None:
    assert list(parallel_map(_square, ITEMS)) == [number**2 for number in range(len(ITEMS))]


def test_enough_items_are_worked_on_by_other_processes() -> None:
    found = set(parallel_map(_process, ITEMS))
    assert (os.getpid() not in found) is SEVERAL
    assert set(parallel_map(_process, ITEMS[:5])) == {os.getpid()}


@pytest.mark.skipif(not SEVERAL, reason="one processor, one process")
def test_no_open_file_of_the_caller_such_as_a_connection_reaches_the_processes(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        assert str(tmp_path / "open") in _open_files("")
        assert str(tmp_path / "open") not in next(parallel_map(_open_files, ITEMS))


def _open_files(item: str) -> list[str]:
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def test_an_error_of_the_work_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(parallel_map(_divide, ITEMS))


def test_who_stops_early_leaves_no_process_behind() -> None:
    found = parallel_map(_process, ITEMS)
    worker = next(found)
    found.close()
    assert worker == os.getpid() or _is_gone(worker)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_whose_parent_is_killed_ends_too(how: signal.Signals) -> None:
    script = (
        "import os, time\n"
        "from chatkit.ingest.parallel_map import parallel_map\n"
        "from tests.ingest.test_parallel_map import _process\n"
        "found = parallel_map(_process, [str(number) for number in range(1_000)])\n"
        "print(next(found), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert (worker != parent.pid) is SEVERAL
        parent.send_signal(how)
    eventually(lambda: _is_gone(worker))


def _is_gone(process: int) -> bool:
    """Return whether a process has ended; its parent may not have asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_process_that_is_killed_is_reported_and_not_waited_for() -> None:
    if SEVERAL:
        with pytest.raises(BrokenProcessPool):
            list(parallel_map(_Die(), ITEMS))
    else:
        assert list(parallel_map(_Die(), ITEMS)) == ITEMS


def test_the_server_of_the_processes_imports_what_reads_pages_and_neither_database_nor_web() -> None:
    script = (
        f"import sys, {', '.join(module.PRELOADED)}; print(*sorted({{'flask', 'sqlalchemy'}} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
