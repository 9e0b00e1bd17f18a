"""Fixtures: a fresh migrated database per test, on SQLite and on PostgreSQL, and applications on it."""

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from chatkit import create_app
from chatkit.config import SETTINGS
from chatkit.extensions import db
from tests.factories import SECRET_KEY, MakeApp
from tests.servers import Postbox, PostgreSQL

hypothesis_settings.register_profile("suite", derandomize=True, deadline=None, max_examples=100, database=None)
hypothesis_settings.load_profile("suite")

DATABASES = ("sqlite", "postgresql")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded to be printed, also from a worker."""
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "printed" and report.when == "call":
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
    for name in [setting.name for setting in SETTINGS] + ["CHATKIT_STARTED_AT", "PROMETHEUS_MULTIPROC_DIR"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL for this worker; its database `migrated` is the template of every test's own."""
    server = PostgreSQL()
    server.create("migrated")
    _migrate(server.url("migrated"))
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


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Database:
    """Return a fresh migrated database: every test that asks runs once on each."""
    return Database(request.param, request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def make_app(database: Database) -> Iterator[MakeApp]:
    """Return what makes applications on the test's database, each with its own settings."""
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url} | settings)
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """Return an application with default settings."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()


@pytest.fixture
def plain_app(sqlite_url: str) -> Iterator[Flask]:
    """Return an application on SQLite alone, for behaviour no database takes part in."""
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url})
    yield app
    dispose(app)


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
