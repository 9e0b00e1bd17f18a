"""Real servers: what does not start, what survives a restart, what a reload changes."""

import re
import shutil
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chatkit import create_app, startup
from chatkit.errors import SettingsError
from chatkit.server import fixtures
from tests import factories, servers
from tests.conftest import Database, Served, dispose
from tests.factories import API, SECRET_KEY
from tests.servers import LOOPBACK, Gunicorn, PostgreSQL

LACKS_TABLES = "The database of DATABASE_URL lacks tables of ChatKit. Run `flask db upgrade`"
FIXTURE = factories.bearer(fixtures.FIXTURE_SESSION)


def _settings(database: Database, **settings: str) -> dict[str, str]:
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url, **settings}


def _events(database: Database) -> list[str]:
    """Return what analytics hold, read beside the server."""
    engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT event_type FROM analytics_events ORDER BY id")).scalars().all()
    engine.dispose()
    return list(found)


def test_gunicorn_refuses_unsafe_settings_with_one_message(tmp_path: Path) -> None:
    server = Gunicorn(tmp_path, {"CORS_ORIGINS": "https://*.example.com"})
    server.launch()
    assert server.wait() != 0
    assert server.log.count("ChatKit does not start:") == 1
    assert "SECRET_KEY is not set" in server.log
    assert "CORS_ORIGINS" in server.log
    assert "Traceback" not in server.log


@pytest.mark.parametrize("module", [(), ("flask", "serve")], ids=["gunicorn", "serve"])
def test_a_start_says_in_a_sentence_that_the_database_is_away(tmp_path: Path, module: tuple[str, ...]) -> None:
    url = f"postgresql://chatkit:swordfish@{LOOPBACK}:{servers.free_port()}/chatkit"
    server = Gunicorn(tmp_path, {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url})
    server.launch(*module)
    assert server.wait() != 0
    assert re.search(r"The database of DATABASE_URL cannot be used: .*refused\. Start it, or correct", server.log)
    assert "Traceback" not in server.log
    assert "swordfish" not in server.log


def test_gunicorn_says_in_a_sentence_that_tables_are_missing(tmp_path: Path) -> None:
    server = Gunicorn(tmp_path, {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"})
    server.launch()
    assert server.wait() != 0
    assert f"  - {LACKS_TABLES}" in server.log
    assert "Traceback" not in server.log


def test_a_start_on_a_postgresql_without_tables_is_refused(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DATABASE_URL", postgresql.url("template1"))
    with pytest.raises(SettingsError, match=LACKS_TABLES):
        startup.start()


@pytest.mark.parametrize("module", [(), ("flask", "serve")], ids=["gunicorn", "serve"])
def test_fixture_rows_in_production_are_refused_at_the_start(
    sqlite_url: str, tmp_path: Path, module: tuple[str, ...]
) -> None:
    database = Database("sqlite", sqlite_url)
    app = create_app(_settings(database, INTEGRATION_TEST_MODE="true"))
    with app.app_context():
        fixtures.prepare_database()
    dispose(app)
    server = Gunicorn(tmp_path, _settings(database))
    server.launch(*module)
    assert server.wait() != 0
    assert server.log.count("flask seed-users --remove") == 1
    assert "ChatKit is starting" not in server.log
    assert "Traceback" not in server.log
    with socket.socket() as probe:
        assert probe.connect_ex((LOOPBACK, server.port)) != 0


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run a gunicorn in test mode; the tests of this file that use it go on from one another."""
    folder = tmp_path_factory.mktemp("started")
    shutil.copyfile(sqlite_template, folder / "chatkit.db")
    database = Database("sqlite", f"sqlite:///{folder}/chatkit.db")
    with servers.gunicorn(folder, _settings(database, INTEGRATION_TEST_MODE="true"), fresh=True) as running:
        yield running


def test_a_start_seeds_and_a_reload_does_not(server: Gunicorn) -> None:
    assert server.request(f"{API}/auth/session-check", headers=FIXTURE).json["user"]["email"] == fixtures.FIXTURE_EMAIL
    fresh = server.request(f"{API}/auth/refresh-token", "POST", headers=FIXTURE).json["token"]
    server.request(f"{API}/analytics/event", "POST", {"event_type": "before_reload"})

    before = server.workers()
    server.signal(signal.SIGHUP)
    servers.eventually(lambda: server.workers() and not server.workers() & before, servers.START_SECONDS)
    assert servers.eventually(server.answers)
    assert "before_reload" in _events(Database("sqlite", server.settings["DATABASE_URL"]))
    assert server.request(f"{API}/auth/session-check", headers=factories.bearer(fresh)).status == 200


def test_a_term_ends_the_server_cleanly(server: Gunicorn) -> None:
    server.stop()
    assert server.wait() == 0
    assert "Traceback" not in server.log


def test_sessions_and_limits_survive_a_kill_and_a_restart(database: Database, tmp_path: Path) -> None:
    app = create_app(_settings(database))
    who = factories.person(app)
    dispose(app)
    settings = _settings(database, RATE_LIMIT_WINDOW_SECONDS="600") | servers.ONE_WORKER
    server = Gunicorn(tmp_path, settings)
    try:
        server.start()
        started = server.request("/health").json["started_at"]
        saves = [
            server.request(f"{API}/chat/save", "POST", factories.chat(), headers=who.headers).status for _ in range(5)
        ]
        assert saves == [200] * 5
        server.stop(signal.SIGKILL)
        server.start()
        assert server.request("/health").json["started_at"] != started
        assert server.request(f"{API}/auth/session-check", headers=who.headers).status == 200
        assert len(server.request(f"{API}/chat/saved", headers=who.headers).json["chats"]) == 5
        assert server.request(f"{API}/chat/save", "POST", factories.chat(), headers=who.headers).status == 429
    finally:
        server.end()


def test_fifty_verifications_across_workers_give_one_session(served: Served) -> None:
    address = "fifty@example.com"
    served.server.request(f"{API}/auth/signup", "POST", {"email": address, "consent_data_storage": True})
    arrived = servers.eventually(lambda: [mail for mail in served.postbox.mails if mail["To"] == address])
    token = factories.link_token(next(line for line in servers.plain_text(arrived[0]).split() if "#token=" in line))

    def verify(_: int) -> int:
        return served.server.request(f"{API}/auth/verify", "POST", {"token": token, "confirmed": True}).status

    with ThreadPoolExecutor(25) as pool:
        statuses = sorted(pool.map(verify, range(50)))
    assert statuses == [200] + [401] * 49
