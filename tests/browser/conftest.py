"""Fixtures: one Chromium per worker, a page per test that remembers what went wrong in it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from chatkit import create_app
from tests.browser import engines
from tests.browser.sheet_site import sheet_site
from tests.browser.sites import ALLOWED_PORT, INSECURE_HOST, OPEN_LIMITS, Recording, record
from tests.browser.waiting import SECONDS
from tests.conftest import DATABASES, MakeOnce, dispose
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK, ROOT, START_SECONDS, Gunicorn, PostgreSQL, free_port, gunicorn

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
# Where the owner of the shared server lets people be asked.
PEOPLE = {"ASK_PEOPLE_URL": "https://forum.example.com/ask", "ASK_PEOPLE_LABEL": "The forum"}
# A site that signs its readers in itself.
IDENTITY = {"IDENTITY_ISSUER": "https://docs.example.com", "IDENTITY_AUDIENCE": "chatkit", "IDENTITY_KEY": SECRET_KEY}
ARGUMENTS += [f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"]


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Run what drives browsers; its event loop runs in this thread and ends with the last test of the package."""
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Run the Chromium that was found; without one the suite fails."""
    executable = engines.find(engines.CHROMIUM)
    assert executable is not None, "no Chromium: run `make browser`"
    browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS, timeout=START_SECONDS * 1000)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page in a profile of its own."""
    with profile(browser) as context:
        yield context.new_page()


@pytest.fixture
def heard(page: Page) -> Recording:
    """Collect what the page's console says, what it asks of whom, and what its policy forbids."""
    return record(page)


@pytest.fixture(scope="session")
def documentation(sqlite_template: Path, once: MakeOnce) -> Path:
    """Return a migrated SQLite file that holds the documentation, to copy."""

    def make(file: Path) -> None:
        shutil.copyfile(sqlite_template, file)
        index(_settings(f"sqlite:///{file}"))

    return once("documentation.db", make)


@pytest.fixture(scope="package")
def server(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit in test mode with the limits out of the way, on SQLite, its own documentation indexed.

    The tests of this package share it and what it holds; each signs in as somebody of its own.
    """
    folder = tmp_path_factory.mktemp("server")
    origin = f"http://{LOOPBACK}:{ALLOWED_PORT}"
    settings = copied(documentation, folder) | OPEN_LIMITS | PEOPLE | IDENTITY | {"CORS_ORIGINS": origin}
    with gunicorn(folder, settings) as running:
        yield running


@pytest.fixture(scope="package")
def stage() -> Iterator[str]:
    """Serve the page that can show every state."""
    with sheet_site() as url:
        yield url


@pytest.fixture(scope="module")
def production_server(documentation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Run ChatKit as an owner first does: production, SQLite, no mail server; mail waits in the outbox."""
    folder = tmp_path_factory.mktemp("production")
    settings = copied(documentation, folder) | {"INTEGRATION_TEST_MODE": "false"}
    port = free_port()
    settings |= {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"} | OPEN_LIMITS
    with gunicorn(folder, settings, port=port) as server:
        yield server


@pytest.fixture(scope="module")
def limited_servers(
    documentation: Path, postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Gunicorn]]:
    """Run ChatKit in test mode with its few requests in even shorter windows, on each database."""
    folders = {kind: tmp_path_factory.mktemp(f"limited-{kind}") for kind in DATABASES}
    postgresql.create("browser", "migrated")
    settings = {"sqlite": copied(documentation, folders["sqlite"]), "postgresql": _settings(postgresql.url("browser"))}
    index(settings["postgresql"])
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(gunicorn(folders[kind], settings[kind] | {"RATE_LIMIT_WINDOW_SECONDS": "5"}))
            for kind in DATABASES
        }


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """Open a profile for the length of a block, with windows of the usual size in which nothing moves."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce") as context:
        context.set_default_timeout(SECONDS * 1000)
        yield context


def copied(file: Path, folder: Path) -> dict[str, str]:
    """Return the settings of a test server in ``folder`` on a copy of a database."""
    shutil.copyfile(file, folder / "chatkit.db")
    return _settings(f"sqlite:///{folder / 'chatkit.db'}")


def index(settings: dict[str, str], home: Path = ROOT) -> None:
    """Index the documentation of ``home`` for a server with these settings."""
    app = create_app(settings | {"SEMANTIC": "off"})
    arguments = ["content", "index", str(home / "docs"), "--base-url", "/guide/"]
    done = app.test_cli_runner().invoke(args=arguments)
    dispose(app)
    assert done.exit_code == 0, done.output


def _settings(url: str) -> dict[str, str]:
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "INTEGRATION_TEST_MODE": "true"}
