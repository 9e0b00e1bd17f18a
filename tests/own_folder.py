"""A folder that goes with the process that made it, and with it all that runs there, however that process ends.

A program beside the process waits for its end. Where that was killed, too, the next process that makes one tidies up.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

PREFIX = "chatkit-run-"
# Whoever made a folder has locked it by then; who was told to end has ended by then, or is killed.
LOCKED_SECONDS, END_SECONDS = 60, 30


@cache
def root() -> Path:
    """Return the folder of this process; its path is short enough for sockets in folders of it."""
    for other in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > LOCKED_SECONDS and _lock(other):
                _remove(other)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _lock(folder)
    watching = watcher().stdin
    assert watching is not None
    watching.write(os.fsencode(folder))
    watching.flush()
    return folder


@cache
def watcher() -> subprocess.Popen[bytes]:
    """Return what waits for the end of this process, which is the end of its standard input."""
    # No signal to the group of this process reaches a session of its own.
    return subprocess.Popen([sys.executable, "-IS", __file__], stdin=subprocess.PIPE, start_new_session=True)


def make(prefix: str) -> Path:
    """Make a folder in that of this process."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=root()))


def _lock(folder: Path) -> bool:
    """Lock a folder until this process ends; tell whether nobody else has."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        return False
    return True


def _remove(folder: Path) -> None:
    """End what runs in a folder, and remove it."""
    began = time.monotonic()
    # PostgreSQL leaves nothing behind when it is interrupted.
    number = signal.SIGINT
    told = set[int]()
    while running := set(_running_in(folder)):
        for process in running - told:
            with suppress(OSError):
                os.kill(process, number)
        told = running
        if time.monotonic() - began > END_SECONDS:
            number, told = signal.SIGKILL, set()
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def _running_in(folder: Path) -> Iterator[int]:
    """Yield the processes whose arguments or environment name a folder, as Linux tells them."""
    for process in Path("/proc").glob("[0-9]*"):
        # Another user's processes, and those that end meanwhile, tell nothing.
        with suppress(OSError):
            told = [(process / name).read_bytes() for name in ("cmdline", "environ")]
            if int(process.name) != os.getpid() and any(os.fsencode(folder) in text for text in told):
                yield int(process.name)


def main() -> None:
    """Remove the folder that standard input names once that has ended."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _remove(Path(os.fsdecode(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
