"""Where a row is measured: an empty migrated database of each kind, and a server on it."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chatkit import create_app
from chatkit.config import RATE_LIMITS
from tests import factories, own_folder, servers
from tests.conftest import dispose
from tests.factories import SECRET_KEY, Person
from tests.servers import Gunicorn, PostgreSQL

DATABASES = ("SQLite", "PostgreSQL")
# Under which nobody's chats are too many.
ROOM = {"STORAGE_SAVED_CHATS": "1000000", "STORAGE_SAVED_MEGABYTES": "1000000"}


@dataclass(frozen=True)
class Place:
    """A folder of its own with a database; ``postgresql`` is its server, None for SQLite."""

    folder: Path
    url: str
    postgresql: PostgreSQL | None

    def settings(self, **chosen: str) -> dict[str, str]:
        """Return settings for this database under which no limit is met, changed by ``chosen``."""
        limits = {f"RATE_LIMIT_{name}": "1000000000" for name in RATE_LIMITS}
        shared = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": self.url, "MAX_STREAMS_SHARE": "100"}
        return shared | limits | ROOM | chosen

    def server(self, **chosen: str) -> Gunicorn:
        """Return a server on this database that is not started yet."""
        return Gunicorn(self.folder, self.settings(**chosen))

    def served(self, **chosen: str) -> AbstractContextManager[Gunicorn]:
        """Run a server on this database for the length of a block."""
        return servers.gunicorn(self.folder, self.settings(**chosen))

    def person(self) -> Person:
        """Make an account that is signed in."""
        app = create_app(self.settings())
        try:
            return factories.person(app)
        finally:
            dispose(app)


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """Make a place with a database of ``DATABASES`` for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="bar-", dir=own_folder.root()) as name:
        folder = Path(name)
        if kind == "SQLite":
            made = Place(folder, f"sqlite:///{folder / 'chatkit.db'}", None)
            _migrate(made)
            yield made
            return
        postgresql = PostgreSQL(durable=True)
        try:
            postgresql.create("chatkit")
            made = Place(folder, postgresql.url("chatkit"), postgresql)
            _migrate(made)
            yield made
        finally:
            postgresql.stop()


def _migrate(made: Place) -> None:
    done = servers.run("flask", "--app", "wsgi", "db", "upgrade", folder=made.folder, settings=made.settings())
    if done.returncode:
        raise RuntimeError(done.stderr)
