"""A folder of a process, and what runs there: nothing stays, however the process ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.servers import ROOT, eventually

# Tells its folder, what watches it, and a process that runs there, in a session of its own as a server may.
SCRIPT = """
import subprocess, time
from tests import own_folder
folder = own_folder.root()
running = subprocess.Popen(["sleep", "1000"], env={"TMPDIR": str(folder)}, start_new_session=True)
print(folder, own_folder.watcher().pid, running.pid, flush=True)
time.sleep(1000)
"""


@contextmanager
def _owner(place: Path) -> Iterator[tuple[subprocess.Popen[str], Path, int, int]]:
    """Run a process that has a folder in a place; yield it with what it tells."""
    chosen = {**os.environ, "TMPDIR": str(place)}
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, cwd=ROOT, env=chosen, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder, watcher, running = process.stdout.readline().split()
        try:
            yield process, Path(folder), int(watcher), int(running)
        finally:
            process.kill()


def _has_ended(process: int) -> bool:
    try:
        return bool(psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_goes_with_all_that_runs_there_when_its_process_is_ended(tmp_path: Path, how: signal.Signals) -> None:
    with _owner(tmp_path) as (process, folder, _, running):
        process.send_signal(how)
        eventually(lambda: _has_ended(running) and not folder.exists())


def test_what_was_left_as_nobody_watched_goes_with_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with _owner(tmp_path) as (process, folder, watcher, running), _owner(tmp_path) as (_, used, _, _):
        os.kill(watcher, signal.SIGKILL)
        process.kill()
        process.wait()
        assert folder.exists()
        for each in (folder, used):
            os.utime(each, times=(time.time() - 3600,) * 2)
        with _owner(tmp_path):
            assert _has_ended(running)
            assert (folder.exists(), used.exists()) == (False, True)
