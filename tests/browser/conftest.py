"""Fixtures: one Chromium per worker, a page per test that remembers what went wrong in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.sites import INSECURE_HOST, OPEN_LIMITS, Listening, listen
from tests.conftest import DATABASES, Database
from tests.factories import SECRET_KEY
from tests.servers import ROOT, Gunicorn, PostgreSQL, free_port, gunicorn, run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
ARGUMENTS += [f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run the Chromium that was found; without one the suite fails."""
    executable = chromium.find()
    assert executable is not None, "no Chromium: run `make browser`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def heard(page: Page) -> Listening:
    """Collect what the page's console says, what it asks of whom, and what its policy forbids."""
    return listen(page)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit in test mode with the limits out of the way, on SQLite, its own documentation indexed."""
    folder = tmp_path_factory.mktemp("server")
    settings = serving(folder, f"sqlite:///{folder / 'chatkit.db'}") | OPEN_LIMITS
    with gunicorn(folder, settings) as running:
        yield running


@pytest.fixture(scope="module")
def production_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit as an owner first does: production, SQLite, no mail server; mail waits in the outbox."""
    folder = tmp_path_factory.mktemp("production")
    settings = serving(folder, f"sqlite:///{folder / 'chatkit.db'}") | {"INTEGRATION_TEST_MODE": "false"}
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
    with gunicorn(folder, serving(folder, database.url) | {"RATE_LIMIT_WINDOW_SECONDS": "5"}) as running:
        yield running


def serving(folder: Path, url: str, home: Path = ROOT) -> dict[str, str]:
    """Return the settings of a test server whose database is migrated and holds the documentation of ``home``."""
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "INTEGRATION_TEST_MODE": "true"}
    for command in (["db", "upgrade"], ["content", "index", str(home / "docs"), "--base-url", "/guide/"]):
        done = run("flask", "--app", "wsgi", *command, folder=folder, settings=settings)
        assert done.returncode == 0, done.stderr
    return settings
