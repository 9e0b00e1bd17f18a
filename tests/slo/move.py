"""What moving everything to another database takes, and what two servers do that start at once."""

import re
import subprocess
import sys
import time
from pathlib import Path

from chatkit import create_app
from chatkit.database import engine, schema
from tests import bulk_rows, servers
from tests.conftest import dispose
from tests.servers import Gunicorn
from tests.slo.place import DATABASES, Place, place
from tests.slo.rows import Measured, Row

ROWS_EACH = 7_000
ROWS_MOVED = 100_000
# Beside what a command needs that moves one row.
MEMORY_MIB = 20
LINE = re.compile(r"^(\w+) +(\d+)  ([0-9a-f]{64})$", re.M)


def moves() -> Measured:
    """Move from SQLite to PostgreSQL and back, and compare the hashes that each move printed."""
    with place("SQLite") as here, place("PostgreSQL") as there:
        _, _, little = _move(here, there.url)
        app = create_app(here.settings())
        bulk_rows.insert_bulk(app, 1, ROWS_EACH)
        dispose(app)
        first, seconds, much = _move(here, there.url)
        again, seconds_back, _ = _move(there, f"sqlite:///{here.folder / 'back.db'}")
    rows = sum(number for number, _ in first.values())
    # The audit log has one more: the first move.
    differ = [name for name in first if first[name] != again.get(name) and name != "audit_log"]
    holds = rows >= ROWS_MOVED and not differ and much - little <= MEMORY_MIB
    figure = f"{rows} rows in {seconds:.0f} s, back in {seconds_back:.0f} s, {len(differ)} tables differ"
    return Measured(f"{figure}, {much - little:.0f} MiB more than for few rows", holds)


def _move(source: Place, to: str) -> tuple[dict[str, tuple[int, str]], float, float]:
    """Return rows and hash by table, how long it took in seconds and the most memory in MiB."""
    script = (
        "import resource, sys; from chatkit.__main__ import main\ntry: main()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, "move", "--replace"],
        cwd=source.folder,
        env=servers.environment(source.settings(NEW_DATABASE_URL=to)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    tables = {name: (int(number), sha256) for name, number, sha256 in LINE.findall(done.stdout)}
    return tables, time.monotonic() - began, float(done.stderr.split()[-1])


def starts() -> Measured:
    """Start two servers at once on a database that is empty, then on one of an earlier version."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            for before in ("base", "0016"):
                _run(here, "db", "downgrade", before)
                pair = [Gunicorn(_folder(here, name), here.settings()) for name in ("one", "two")]
                for server in pair:
                    server.launch("chatkit", "serve")
                try:
                    both = all(servers.eventually(server.answers, 60) for server in pair)
                finally:
                    for server in pair:
                        server.end()
                with engine.separate(here.url) as opened, opened.connect() as connection:
                    current = schema.revision(connection) == schema.head()
                holds &= both and current
                state = "empty" if before == "base" else "earlier"
                figures.append(f"{kind}, {state}: {'both serve' if both and current else 'not both serve'}")
    return Measured("; ".join(figures), holds)


def _folder(here: Place, name: str) -> Path:
    folder = here.folder / name
    folder.mkdir(exist_ok=True)
    return folder


def _run(here: Place, *command: str) -> None:
    done = servers.run("chatkit", *command, folder=here.folder, settings=here.settings())
    if done.returncode:
        raise RuntimeError(done.stderr)


ROWS = (
    Row("SQLite is outgrown in one command", f"`flask move` of {ROWS_MOVED} rows, there and back", moves),
    Row("Servers start together", "two servers on one database, empty and of an earlier version", starts),
)
