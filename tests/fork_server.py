"""A Python that has imported ChatKit, forked for each process of a test, which then need not import it.

Importing is nine tenths of what a server costs to start, and the suite starts a hundred. What is forked has its own
environment, folder, files and process id, and runs what `python` would run with the same arguments. It differs in one
thing: its code is of the time when the suite began. Where new code or the import is the subject, Python is started.
"""

import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

from chatkit.config import METRICS_FOLDER
from tests import own_folder

ROOT = Path(__file__).resolve().parent.parent
EVERY = ("chatkit.wiring", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg", "psycopg")
COMMANDS = (*EVERY, "chatkit.database.schema", "chatkit.server.fixtures", "flask.cli", "alembic.command")
SERVERS = (*EVERY, "gunicorn.app.wsgiapp", "chatkit.web.master", "chatkit.web.worker")
MAX_BYTES = 1 << 17
# The `python` of a server: the programs that check before it serves are forked, too; any other is started.
PYTHON = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1:3] != ["-m", "chatkit.startup"] and sys.argv[1:2] != ["-c"]:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect({address!r})
wanted = [sys.argv[1:], os.getcwd(), dict(os.environ), {python!r}]
socket.send_fds(server, [json.dumps(wanted).encode()], [0, 1, 2])
server.recv(32)
sys.exit(int(server.recv(32) or 1) % 256)
"""


class Process:
    """A forked process: what tests use of ``subprocess.Popen``. It is killed when this is forgotten."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.pid = int(connection.recv(32))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._receive(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended. Raises ``subprocess.TimeoutExpired``."""
        code = self._receive(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _receive(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            self._connection.settimeout(seconds)
            with suppress(BlockingIOError, TimeoutError):
                self.returncode = int(self._connection.recv(32))
                self._connection.close()
        return self.returncode


class ForkServer:
    """The process that is forked, with ``modules`` imported.

    With ``commands`` it is for servers: their workers count in files, and what they run to check is forked from there.
    """

    def __init__(self, modules: Sequence[str], commands: "ForkServer | None" = None) -> None:
        self._folder = own_folder.make("fork-")
        self.address, self.python = f"{self._folder}/socket", sys.executable
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
        if commands is not None:
            stand_in = self._folder / "python"
            stand_in.write_text(PYTHON.format(python=sys.executable, address=commands.address))
            stand_in.chmod(0o700)
            self.python = str(stand_in)
            environment[METRICS_FOLDER] = str(self._folder)
        # Who connects before everything is imported waits.
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(self.address)
            listener.listen(128)
            number = listener.fileno()
            command = [sys.executable, "-m", __name__, str(number), *modules]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, pass_fds=(number,)
            )

    def launch(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        output: IO[bytes],
        errors: IO[bytes],
    ) -> Process:
        """Start what `python` would: `-m` and a module, or `-c` and code, with arguments."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(self.address)
        wanted = [list(arguments), str(folder), dict(environment), self.python]
        with Path(os.devnull).open("rb") as nothing:
            files = [file.fileno() for file in (nothing, output, errors)]
            socket.send_fds(connection, [json.dumps(wanted).encode()], files)
        return Process(connection)

    def stop(self) -> None:
        """End it. What it forked goes on until it is forgotten."""
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)


class ForkServers:
    """What commands and servers are forked from, each begun when the first is needed."""

    def __init__(self) -> None:
        self._begun: list[ForkServer] = []

    def find(self, arguments: Sequence[str]) -> ForkServer:
        """Return what a Python with these arguments is forked from."""
        if not self._begun:
            commands = ForkServer(COMMANDS)
            self._begun += [commands, ForkServer(SERVERS, commands)]
        return self._begun[arguments[1] == "gunicorn"]

    def stop(self) -> None:
        """Stop what was begun."""
        while self._begun:
            self._begun.pop().stop()


def main(listening: str, *modules: str) -> None:
    """Import, then fork for whoever connects to the socket of this number, until standard input ends."""
    if METRICS_FOLDER in os.environ:
        from chatkit.observability import metric_files

        # As a worker does it, before any metric is made.
        metric_files.install()
    for name in modules:
        importlib.import_module(name)
    assert threading.active_count() == 1
    gc.freeze()
    listener = socket.socket(fileno=int(listening))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, *_ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            break
        connection.close()
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, *_ = socket.recv_fds(connection, MAX_BYTES, 3)
    if child := os.fork():
        _attend(child, connection, files)
    connection.close()
    _become(files, *json.loads(message))


def _attend(child: int, connection: socket.socket, files: Sequence[int]) -> NoReturn:
    """Tell who asked for a process its id and how it ended; end it when nobody is there to be told."""
    for file in files:
        os.close(file)
    connection.send(str(child).encode())
    ended = os.pidfd_open(child)
    ready, *_ = select.select([ended, connection.fileno()], [], [])
    if ended not in ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with suppress(OSError):
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(files: Sequence[int], arguments: list[str], folder: str, environment: dict[str, str], python: str) -> None:
    """Be the Python that was asked for, to its end."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.executable, sys.path[0] = python, folder
    kind, what, *rest = arguments
    if kind == "-m":
        sys.argv = [what, *rest]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [kind, *rest]
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(what, names)  # noqa: S102  (as `python -c` does)


if __name__ == "__main__":
    main(*sys.argv[1:])
