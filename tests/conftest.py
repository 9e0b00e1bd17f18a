"""Fixtures: a fresh migrated database per test, on SQLite and on PostgreSQL, and applications on it."""

import fcntl
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text

from chatkit import create_app
from chatkit.config import RATE_LIMITS, SETTINGS
from chatkit.database.orm import db
from tests import factories, servers
from tests.factories import SECRET_KEY, MakeApp
from tests.fork_server import ForkServers
from tests.servers import Gunicorn, Postbox, PostgreSQL, gunicorn

# The same examples each time, however long a loaded machine takes for one; a test that shares a fixture means to.
UNMINDED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
SUITE = hypothesis_settings(derandomize=True, deadline=None, database=None, suppress_health_check=UNMINDED)
hypothesis_settings.register_profile("suite", SUITE, max_examples=100)
hypothesis_settings.register_profile("quick", SUITE, max_examples=10)

MakeOnce = Callable[[str, Callable[[Path], object]], Path]
DATABASES = ("sqlite", "postgresql")
# Every test signs in from one address, so what holds back mails and tries is raised where they are not the subject.
RAISED = {
    f"RATE_LIMIT_{name}": 1_000_000
    for name in ("SIGNUP", "RESEND", "MAIL_RECIPIENT", "MAIL_SITE", "VERIFY", "VERIFY_SITE")
}
# Encoding takes long, so meaning is compared where it is the subject.
DEFAULTS = RAISED | {"SECRET_KEY": SECRET_KEY, "SEMANTIC": "off"}


# What waits longest begins first, so that no worker is left with it at the end.
LONGEST = (
    "tests/browser/test_integration.py",
    "tests/browser/test_widget.py",
    "tests/browser/test_hostile.py",
    "tests/browser",
    "tests/web/test_openapi.py",
    "tests/test_startup.py",
    "tests/server",
    "tests/ratelimit",
    "tests/mail",
)


# Where the SQL itself is the subject, so that `--quick` leaves no database out.
SQL = (
    "tests/backup",
    "tests/database",
    "tests/gaps/test_clustering.py",
    "tests/search",
    "tests/test_migrations.py",
    "tests/test_plans.py",
)


# Where files are kept in memory, and the bytes that a run needs there: thousands of tests wait for a disk otherwise.
MEMORY = Path("/dev/shm")  # noqa: S108
ROOM = 2 * 10**9


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary files in memory where there is room, unless a folder was chosen; workers inherit this."""
    hypothesis_settings.load_profile("quick" if config.getoption("quick") else "suite")
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    if hasattr(os, "pidfd_open"):
        servers.fork_servers = ForkServers()


def pytest_unconfigure() -> None:
    """Stop what processes are forked from."""
    if servers.fork_servers is not None:
        servers.fork_servers.stop()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the quick tests run with one driver, beside those that run on SQLite anyway, and with few invented inputs."""
    says = "run what would run on each database on PostgreSQL alone, unless SQL is the subject, and invent fewer inputs"
    parser.addoption("--quick", action="store_true", help=says)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage among a million objects that stay: a look at all of them takes a second, each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files that take longest first; the order within a file stays."""
    if config.getoption("quick"):
        left_out = [
            item for item in items if not item.nodeid.startswith(SQL) and _parameter(item, "reused") == "sqlite"
        ]
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    places = {path: place for place, path in enumerate(LONGEST)}
    items.sort(key=lambda item: min((places[path] for path in LONGEST if item.nodeid.startswith(path)), default=99))


def _parameter(item: pytest.Item, fixture: str) -> object:
    return item.callspec.params.get(fixture) if hasattr(item, "callspec") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded to be printed, also from a worker, and once what several did."""
    reports = [report for some in terminalreporter.stats.values() for report in some if hasattr(report, "when")]
    recorded = [report.user_properties for report in reports if report.when == "call"]
    for value in dict.fromkeys(value for some in recorded for name, value in some if name == "printed"):
        terminalreporter.write_line(f"\n{value}")


@dataclass(frozen=True)
class Database:
    """A database of one test."""

    kind: str
    url: str


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in its own folder and without settings from outside."""
    monkeypatch.chdir(tmp_path)
    names = [name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")]
    for name in [*names, "CHATKIT_STARTED_AT", "PROMETHEUS_MULTIPROC_DIR"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Return what makes a file or a folder once for all workers of a run, by a name and what makes it at a path."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Each worker's own is one of the run's.
        folder = folder.parent

    def find_or_make(name: str, make: Callable[[Path], object]) -> Path:
        file, unfinished = folder / name, folder / f"unfinished-{name}"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                make(unfinished)
                unfinished.rename(file)
        return file

    return find_or_make


@pytest.fixture(scope="session")
def sqlite_template(once: MakeOnce) -> Path:
    """Return a migrated, empty SQLite file to copy."""
    return once("template.db", lambda file: _migrate(f"sqlite:///{file}"))


@pytest.fixture(scope="session")
def postgresql(once: MakeOnce) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL for this worker; its database `migrated` is the template of every test's own."""

    def make(folder: Path) -> None:
        first = PostgreSQL()
        first.create("migrated")
        _migrate(first.url("migrated"))
        first.leave(folder)

    server = PostgreSQL(left=once("postgresql", make))
    yield server
    server.stop()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh migrated SQLite file."""
    file = tmp_path / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """Return the URL of a fresh migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    postgresql.create(name, "migrated")
    yield postgresql.url(name)
    postgresql.drop(name)


class Reused:
    """A database and an application with default settings but for mail limits, that a worker's tests take turns with.

    Emptying a database takes a few milliseconds, making it and an application ten times as long.
    """

    def __init__(self, kind: str, url: str) -> None:
        self.database = Database(kind, url)
        self.app = create_app(DEFAULTS | {"DATABASE_URL": url})
        # An engine of its own: what a test did to the application's must not reach this one.
        self._engine = create_engine(self.app.config["CHATKIT"].database_url, isolation_level="AUTOCOMMIT")
        with self.app.app_context():
            tables = [table.name for table in reversed(db.metadata.sorted_tables)]
            counted = [table.name for table in db.metadata.sorted_tables if "id" in table.c]
        statements = [f"DELETE FROM {name}" for name in tables]
        if kind == "sqlite":
            statements.append("DELETE FROM sqlite_sequence")
        else:
            sequences = [f"pg_get_serial_sequence('{name}', 'id')" for name in counted]
            statements.append("SELECT " + ", ".join(f"setval({name}, 1, false)" for name in sequences))
        self._statements = statements

    def empty(self) -> None:
        """Leave no row, and start every number from 1 again."""
        with self._engine.connect() as connection:
            if self.database.kind == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous = OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                for statement in self._statements:
                    connection.exec_driver_sql(statement)
                connection.exec_driver_sql("COMMIT")
            else:
                connection.exec_driver_sql("; ".join(self._statements))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        dispose(self.app)


@pytest.fixture(scope="session")
def sqlite_reused(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reused]:
    """Return this worker's SQLite."""
    file = tmp_path_factory.mktemp("reused") / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    reused = Reused("sqlite", f"sqlite:///{file}")
    yield reused
    reused.close()


@pytest.fixture(scope="session")
def postgresql_reused(postgresql: PostgreSQL) -> Iterator[Reused]:
    """Return this worker's PostgreSQL."""
    postgresql.create("reused", "migrated")
    reused = Reused("postgresql", postgresql.url("reused"))
    yield reused
    reused.close()


@pytest.fixture(params=DATABASES)
def reused(request: pytest.FixtureRequest) -> Reused:
    """Return an emptied database with its application: every test that asks runs once on each."""
    found = request.getfixturevalue(f"{request.param}_reused")
    assert isinstance(found, Reused)
    found.empty()
    return found


@pytest.fixture
def database(reused: Reused) -> Database:
    """Return a migrated database without rows: every test that asks runs once on each."""
    return reused.database


@pytest.fixture
def app(reused: Reused) -> Flask:
    """Return an application with default settings but for mail limits; a test that changes it makes its own."""
    return reused.app


@pytest.fixture
def make_app(database: Database) -> Iterator[MakeApp]:
    """Return what makes applications on the test's database, each with its own settings; None is the default."""
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        app = create_app(DEFAULTS | {"DATABASE_URL": database.url} | settings)
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


@pytest.fixture
def plain_app(sqlite_reused: Reused) -> Flask:
    """Return the application on SQLite alone, for behaviour no database takes part in."""
    sqlite_reused.empty()
    return sqlite_reused.app


@pytest.fixture
def fresh_app(sqlite_url: str) -> Iterator[Flask]:
    """Return an application that a test may change."""
    app = create_app(DEFAULTS | {"DATABASE_URL": sqlite_url})
    yield app
    dispose(app)


@pytest.fixture
def semantic_app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Return an application that compares meanings and knows the guide; the encoder is loaded once by each worker."""
    app = create_app(DEFAULTS | {"DATABASE_URL": sqlite_url, "SEMANTIC": "on"})
    factories.index(app, tmp_path / "guide")
    yield app
    dispose(app)


@dataclass(frozen=True)
class Served:
    """A real server with a database and a mail server of its own."""

    server: Gunicorn
    database: Database
    postbox: Postbox

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the database holds, read beside the server."""
        engine = create_engine(self.database.url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return found


def _served(database: Database, folder: Path) -> Iterator[Served]:
    box = Postbox()
    box.open()
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url, **box.settings}
    # Its tests come from one address; none of them is about a limit.
    settings |= {f"RATE_LIMIT_{name}": "100000" for name in RATE_LIMITS}
    with gunicorn(folder, settings) as server:
        yield Served(server, database, box)
    box.close()


@pytest.fixture(scope="session")
def sqlite_served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a production server on SQLite."""
    folder = tmp_path_factory.mktemp("served-sqlite")
    shutil.copyfile(sqlite_template, folder / "chatkit.db")
    yield from _served(Database("sqlite", f"sqlite:///{folder}/chatkit.db"), folder)


@pytest.fixture(scope="session")
def postgresql_served(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a production server on PostgreSQL."""
    postgresql.create("served", "migrated")
    yield from _served(Database("postgresql", postgresql.url("served")), tmp_path_factory.mktemp("served-postgresql"))


@pytest.fixture(params=DATABASES)
def served(request: pytest.FixtureRequest) -> Served:
    """Return a running production server, on each database; its tests share it and what it holds."""
    found = request.getfixturevalue(f"{request.param}_served")
    assert isinstance(found, Served)
    return found


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """Run a real SMTP server."""
    box = Postbox()
    box.open()
    yield box
    box.close()


def dispose(app: Flask) -> None:
    """Close an application's connections."""
    with app.app_context():
        db.engine.dispose()


def _migrate(url: str) -> None:
    here = Path.cwd()
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url})
    with app.app_context():
        flask_migrate.upgrade()
    dispose(app)
    os.chdir(here)
