"""Fixtures: one Chromium per worker, a page per test that remembers what went wrong in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.sites import INSECURE_HOST, OPEN_LIMITS, Recording, record
from tests.conftest import DATABASES, Database
from tests.factories import SECRET_KEY
from tests.servers import ROOT, Gunicorn, PostgreSQL, free_port, gunicorn, run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
# Longer than any page takes on a machine that does much else.
PATIENCE_MS = 15_000
ARGUMENTS += [f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run the Chromium that was found; without one the suite fails.

    Playwright keeps an event loop running in this thread, so it ends with the last test of the package.
    """
    executable = chromium.find()
    assert executable is not None, "no Chromium: run `make browser`"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def heard(page: Page) -> Recording:
    """Collect what the page's console says, what it asks of whom, and what its policy forbids."""
    return record(page)


@pytest.fixture(scope="session")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that holds the documentation, to copy."""
    folder = tmp_path_factory.mktemp("documentation")
    index(folder, f"sqlite:///{folder / 'chatkit.db'}")
    return folder / "chatkit.db"


@pytest.fixture(scope="module")
def server(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit in test mode with the limits out of the way, on SQLite, its own documentation indexed."""
    folder = tmp_path_factory.mktemp("server")
    settings = copied(documentation, folder) | OPEN_LIMITS
    with gunicorn(folder, settings) as running:
        yield running


@pytest.fixture(scope="module")
def production_server(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit as an owner first does: production, SQLite, no mail server; mail waits in the outbox."""
    folder = tmp_path_factory.mktemp("production")
    settings = copied(documentation, folder) | {"INTEGRATION_TEST_MODE": "false"}
    port = free_port()
    settings |= {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"} | OPEN_LIMITS
    server = Gunicorn(folder, settings, port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=DATABASES)
def limited_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit in test mode with its few requests in even shorter windows, once on each database."""
    folder = tmp_path_factory.mktemp("limited")
    database = Database(request.param, f"sqlite:///{folder / 'chatkit.db'}")
    if request.param == "postgresql":
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        postgresql.create("browser")
        database = Database("postgresql", postgresql.url("browser"))
    with gunicorn(folder, index(folder, database.url) | {"RATE_LIMIT_WINDOW_SECONDS": "5"}) as running:
        yield running


def copied(documentation: Path, folder: Path) -> dict[str, str]:
    """Return the settings of a test server in ``folder`` on a copy of a database."""
    shutil.copyfile(documentation, folder / "chatkit.db")
    return _settings(f"sqlite:///{folder / 'chatkit.db'}")


def index(folder: Path, url: str, home: Path = ROOT) -> dict[str, str]:
    """Migrate a database and index the documentation of ``home``; return the settings of a test server on it."""
    settings = _settings(url)
    for command in (["db", "upgrade"], ["content", "index", str(home / "docs"), "--base-url", "/guide/"]):
        done = run("flask", "--app", "wsgi", *command, folder=folder, settings=settings)
        assert done.returncode == 0, done.stderr
    return settings


def _settings(url: str) -> dict[str, str]:
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "INTEGRATION_TEST_MODE": "true"}
