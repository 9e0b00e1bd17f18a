"""What becomes of workers and requests when the disk is full, with the temp directory and the log on it."""

import shutil
import tempfile
import time
from pathlib import Path

from tests import factories, own_folder
from tests.factories import API, Person
from tests.servers import Gunicorn, eventually
from tests.slo.place import Place, place
from tests.slo.rows import Measured, Row
from tests.small_disk import fill, small_disk

DISK_KILOBYTES, REQUESTS, BACK_SECONDS = 32 * 1024, 200, 15.0


def full_disk() -> Measured:
    """Fill the disk under a server on each database, end one of its workers, and make room again."""
    figures, holds = [], True
    with tempfile.TemporaryDirectory(prefix="bar-", dir=own_folder.root()) as name:
        for kind in ("SQLite", "PostgreSQL"):
            with small_disk(Path(name) / kind, DISK_KILOBYTES) as disk, place(kind) as here:
                where = here
                if kind == "SQLite":
                    shutil.copyfile(here.folder / "chatkit.db", disk / "chatkit.db")
                    where = Place(disk, f"sqlite:///{disk / 'chatkit.db'}", None)
                who = where.person()
                temporary = disk / "tmp"
                temporary.mkdir()
                with where.served(TMPDIR=str(temporary)) as server:
                    died, reads, wrong, failed = _while_full(server, who, disk)
            holds &= not (died or reads or wrong or failed)
            figures.append(
                f"{kind} {died} of 2 workers died, {reads} of {REQUESTS} reads failed, "
                f"{wrong} writes answered neither 200 nor 503, {failed} of {REQUESTS} failed with room again"
            )
    return Measured("; ".join(figures), holds)


def _while_full(server: Gunicorn, who: Person, disk: Path) -> tuple[int, int, int, int]:
    before, filling = server.workers(), fill(disk)
    reads = sum(_read(server, who) != 200 for _ in range(REQUESTS // 2))
    wrong = sum(_write(server, who) not in {200, 503} for _ in range(REQUESTS))
    died = len(before - server.workers())
    server.kill_worker(min(before))
    eventually(lambda: len(server.workers() - before) == 1, seconds=30)
    reads += sum(_read(server, who) != 200 for _ in range(REQUESTS // 2))
    filling.unlink()
    time.sleep(BACK_SECONDS)
    failed = sum(_write(server, who) != 200 for _ in range(REQUESTS))
    return died, reads, wrong, failed


def _read(server: Gunicorn, who: Person) -> int:
    return server.request(f"{API}/chat/saved", headers=who.headers).status


def _write(server: Gunicorn, who: Person) -> int:
    return server.request(f"{API}/chat/save", "POST", factories.chat("a" * 500), headers=who.headers).status


ROWS = (
    Row(
        "A full disk kills nobody",
        f"{REQUESTS} reads and {REQUESTS} writes on a full disk, temp directory and log on it, and one worker killed",
        full_disk,
    ),
)
