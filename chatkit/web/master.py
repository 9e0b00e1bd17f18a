"""What gunicorn's master does otherwise: it reloads nothing that would not serve, and no missing task ends it.

Left alone, a reload ends the workers that serve before anybody knows whether the new ones can, and a system that
admits no process more ends the whole server. There are no hooks for it, so two methods of the running ``Arbiter``
are wrapped, both public; setup.cfg names the versions that have them.

The master keeps this file over a reload, so it imports no other code of ours: what it must know of new code and new
settings it asks a program that it starts.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

CHECK = ("chatkit.startup", "reload")
CHECK_SECONDS = 30.0
NO_TASK = "the system starts no process more ({}). Raise the task limit of this server, or lower MAX_STREAMS"


class Reloads:
    """Takes the place of what a running ``Arbiter`` does at SIGHUP and when it starts a worker.

    ``environment`` is that of the program which it asks.
    """

    def __init__(self, arbiter: Any, environment: Mapping[str, str]) -> None:
        self._arbiter = arbiter
        self._environment = environment
        self._hang_up, self._spawn_worker = arbiter.handle_hup, arbiter.spawn_worker
        self._reloading = self._missing = False
        arbiter.handle_hup, arbiter.spawn_worker = self.handle_hup, self.spawn_worker

    def handle_hup(self) -> None:
        """Reload, when the new settings, the new code and the database have been found to fit; else say why not."""
        reason = self._find_reason()
        if reason is not None:
            _log("reload_refused", reason)
            return
        age, self._reloading = self._arbiter.worker_age, True
        try:
            self._hang_up()
        except OSError as error:
            _log("reload_refused", NO_TASK.format(error.strerror))
            self._end_workers_since(age)
        finally:
            self._reloading = False

    def spawn_worker(self) -> Any:
        """Start a worker. One that cannot be started is missing until the next try, a second later."""
        try:
            started = self._spawn_worker()
        except OSError as error:
            if self._reloading:
                raise
            if not self._missing:
                _log("worker_not_started", NO_TASK.format(error.strerror))
            self._missing = True
            return None
        self._missing = False
        return started

    def _find_reason(self) -> str | None:
        """Return why a reload would not serve, in a sentence, None when it would."""
        configuration = self._arbiter.cfg.config or ""
        try:
            done = subprocess.run(
                [sys.executable, "-m", *CHECK, configuration],
                stderr=subprocess.PIPE,
                text=True,
                timeout=CHECK_SECONDS,
                check=False,
                env=self._environment,
            )
        except OSError as error:
            return NO_TASK.format(error.strerror)
        except subprocess.TimeoutExpired:
            return f"the check of settings and database did not end within {CHECK_SECONDS:.0f} seconds"
        if done.returncode == 0:
            return None
        # Of a traceback, as of code that cannot even be imported, the last line says why.
        return next(iter(done.stderr.strip().splitlines()[-1:]), f"the check ended with {done.returncode}")

    def _end_workers_since(self, age: int) -> None:
        for pid, worker in list(self._arbiter.WORKERS.items()):
            if worker.age > age:
                self._arbiter.kill_worker(pid, signal.SIGTERM)


def _log(event: str, reason: str) -> None:
    """Write a line as the workers write theirs; a full disk keeps nobody from going on."""
    line = {"reason": reason, "event": event, "level": "error", "timestamp": datetime.now(UTC).isoformat()}
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except OSError:
        return
