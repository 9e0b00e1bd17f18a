"""A command of ChatKit's own in a process beside this one: one at a time, behind the readers, not for ever."""

import contextlib
import os
import subprocess
import sys
import time

from chatkit import config

NICENESS = 10


class Child:
    """The process that this one started last; one that works longer than ``max_seconds`` is killed."""

    def __init__(self, max_seconds: float) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._max_seconds = max_seconds
        self._started = 0.0

    def start(self, *arguments: str) -> None:
        """Run `chatkit` with arguments, on the database of this process."""
        command = [sys.executable, "-m", "chatkit", *arguments]
        environment = config.environment({"DATABASE_URL": config.settings().database_url})
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
        self._started = time.monotonic()
        # Readers come first.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, NICENESS)

    def is_running(self) -> bool:
        """Tell whether it works still."""
        if self.process is None or self.process.poll() is not None:
            return False
        if time.monotonic() - self._started > self._max_seconds:
            self.process.kill()
        return True

    def take_exit_code(self) -> int | None:
        """Return how it ended, once; None while it works, and where none was started."""
        code = None if self.process is None else self.process.poll()
        if code is not None:
            self.process = None
        return code
