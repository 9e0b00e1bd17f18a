"""A reload that would not serve: it is refused with a reason, and who serves goes on serving."""

import json
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from tests import servers
from tests.factories import SECRET_KEY
from tests.servers import Gunicorn, eventually

WORKS = f"SECRET_KEY={SECRET_KEY}\n"


def _refusals(server: Gunicorn) -> list[str]:
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    return [line["reason"] for line in lines if line["event"] == "reload_refused"]


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run a server whose settings stand in the file."""
    folder = tmp_path_factory.mktemp("reloaded")
    (folder / "instance").mkdir()
    (folder / "instance" / ".env").write_text(WORKS)
    shutil.copyfile(sqlite_template, folder / "instance" / "chatkit.db")
    with servers.gunicorn(folder, {}, fresh=True) as running:
        eventually(running.all_serve, servers.START_SECONDS)
        yield running


def _reload(server: Gunicorn) -> list[str]:
    """Reload and return why not, once it is refused."""
    before = len(_refusals(server))
    server.signal(signal.SIGHUP)
    return eventually(lambda: _refusals(server)[before:], servers.START_SECONDS)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("CORS_ORIGINS=*\n", "CORS_ORIGINS holds '*'"),
        ("\nCORS_ORIGINS: https://docs.example.com\n", "instance/.env: line 3 cannot be read"),
        ("LOG_LEVEL\n", "instance/.env: line 2 cannot be read"),
        ("DATABASE_URL=postgresql://nobody@127.0.0.1:1/none\n", "cannot be used"),
    ],
)
def test_a_reload_with_a_wrong_line_is_refused_and_the_old_workers_serve(
    server: Gunicorn, settings: str, reason: str
) -> None:
    file, before = server.folder / "instance" / ".env", server.workers()
    file.write_text(WORKS + settings)
    try:
        [said] = _reload(server)
    finally:
        file.write_text(WORKS)
    assert reason in said
    assert server.workers() == before
    assert server.answers()


def test_a_reload_on_a_database_of_another_version_is_refused(server: Gunicorn) -> None:
    before = server.workers()
    with closing(sqlite3.connect(server.folder / "instance" / "chatkit.db", isolation_level=None)) as beside:
        [[head]] = beside.execute("SELECT version_num FROM alembic_version").fetchall()
        for other, says in (("0001", "flask db upgrade"), ("9999", "newer version")):
            beside.execute("UPDATE alembic_version SET version_num = ?", (other,))
            [said] = _reload(server)
            assert says in said
            assert server.request("/readyz").status == 503
        beside.execute("UPDATE alembic_version SET version_num = ?", (head,))
    assert server.workers() == before


def test_a_worker_that_ends_while_a_line_is_wrong_leaves_the_others_serving(server: Gunicorn) -> None:
    file, before = server.folder / "instance" / ".env", server.workers()
    file.write_text(WORKS + "CORS_ORIGINS=*\n")
    server.kill_worker(min(before))
    eventually(lambda: "does not load" in server.log, servers.START_SECONDS)
    assert server.answers()
    file.write_text(WORKS)
    eventually(server.all_serve, servers.START_SECONDS)
    assert server.workers() & before


def test_a_corrected_reload_works(server: Gunicorn) -> None:
    before = server.workers()
    server.signal(signal.SIGHUP)
    eventually(lambda: server.workers() and not server.workers() & before, servers.START_SECONDS)
    assert eventually(server.answers)


def test_what_is_wrapped_is_there() -> None:
    """A name that gunicorn gave up would be called by nobody."""
    assert [hasattr(Arbiter, name) for name in ("handle_hup", "spawn_worker", "kill_worker")] == [True] * 3
