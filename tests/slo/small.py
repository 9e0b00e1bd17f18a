"""What becomes of workers on a machine that admits few tasks and little memory."""

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench.load import Load, requests_per_second
from tests.servers import LOOPBACK, Gunicorn, eventually
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

TASKS, MEBIBYTES = 150, 512
CONNECTIONS, SECONDS = 128, 10.0
RELOADS, SETTLE_SECONDS = 3, 4.0
HEAD = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 500"
HALF = f"POST /api/v1/chat HTTP/1.1\r\n{HEAD}\r\n\r\n{{".encode()
GROUPS = Path("/sys/fs/cgroup")


def small_machine() -> Measured:
    """Load servers that may have few tasks and little memory; count workers that died and the most threads of one."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here, here.served() as server, _limited(server):
            before = server.workers()
            threads = _most_threads_under_load(server)
            died = len(before - server.workers())
        holds &= died == 0
        figures.append(f"{kind} {died} of {len(before)} workers died, {threads} threads at most in one")
    return Measured("; ".join(figures), holds)


def reload_at_the_limit() -> Measured:
    """Reload servers that have no task left; count workers that died of it, and requests that nobody answered."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here, here.served() as server, _limited(server):
            eventually(server.all_serve, seconds=60)
            before, failed = server.workers(), 0
            with contextlib.ExitStack() as held:
                # Half a body holds a thread each, so that there is no task more for anybody.
                for _ in range(CONNECTIONS):
                    connection = held.enter_context(socket.create_connection((LOOPBACK, server.port), timeout=60))
                    connection.sendall(HALF)
                time.sleep(SETTLE_SECONDS)
                for _ in range(RELOADS):
                    server.signal(signal.SIGHUP)
                    time.sleep(SETTLE_SECONDS)
                    failed += server.request("/livez").status != 200
            eventually(server.answers, seconds=90)
            outcome = "refused" if "reload_refused" in server.log else "done"
            alive = server.process is not None and server.process.poll() is None
            died = 0 if alive and (outcome == "done" or before & server.workers()) else len(before)
        holds &= not (died or failed)
        figures.append(f"{kind} {outcome}, {died} of 2 workers lost, {failed} of {RELOADS} probes failed")
    return Measured("; ".join(figures), holds)


def _most_threads_under_load(server: Gunicorn) -> int:
    """Ask for the sample site's health over many connections; raises when one is not answered."""
    failures: list[Exception] = []

    def ask() -> None:
        try:
            requests_per_second(server.port, Load("GET /health", "GET", "/health"), CONNECTIONS, SECONDS)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            failures.append(error)

    asking, most = threading.Thread(target=ask), 0
    asking.start()
    while asking.is_alive():
        most = max([most, *(psutil.Process(worker).num_threads() for worker in server.workers())])
        time.sleep(0.1)
    if failures:
        raise failures[0]
    return most


@contextmanager
def _limited(server: Gunicorn) -> Iterator[None]:
    """Move a server's processes into control groups with limits; raises ``OSError`` where none can be made."""
    assert server.process is not None
    unified = (GROUPS / "cgroup.controllers").exists()
    wanted = {"pids.max" if unified else "pids/pids.max": TASKS}
    wanted["memory.max" if unified else "memory/memory.limit_in_bytes"] = MEBIBYTES * 2**20
    made: set[Path] = set()
    try:
        for name, value in wanted.items():
            group = (GROUPS / name).parent / f"chatkit-bar-{os.getpid()}"
            group.mkdir(exist_ok=True)
            made.add(group)
            (group / Path(name).name).write_text(str(value))
        for group in made:
            for process in (server.process.pid, *server.workers()):
                (group / "cgroup.procs").write_text(str(process))
        yield
    finally:
        server.end()
        for group in made:
            # What the server started beside its workers may take a moment longer.
            eventually(partial(_is_empty, group), seconds=60)
            group.rmdir()


def _is_empty(group: Path) -> bool:
    return not (group / "cgroup.procs").read_text().strip()


ROWS = (
    Row(
        "Small machines serve",
        f"{CONNECTIONS} connections to servers of at most {TASKS} tasks and {MEBIBYTES} MiB",
        small_machine,
    ),
    Row(
        "Small machines serve",
        f"{RELOADS} reloads while {CONNECTIONS} connections that stall hold every one of {TASKS} tasks",
        reload_at_the_limit,
    ),
)
