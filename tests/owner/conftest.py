"""Fixtures: an application with an owner's room, on SQLite alone, which a worker's tests take turns with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from chatkit import create_app
from tests.conftest import DEFAULTS, Reused, dispose
from tests.owner.room import OWNERS


@pytest.fixture(scope="session")
def emptied_and_owned(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reused, Flask]]:
    """Return what empties a database, and an application with a room on it."""
    file = tmp_path_factory.mktemp("owned") / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    reused = Reused("sqlite", f"sqlite:///{file}")
    app = create_app(
        DEFAULTS | {"DATABASE_URL": reused.database.url, "OWNERS": OWNERS, "CORS_ORIGINS": "https://docs.example.com"}
    )
    yield reused, app
    dispose(app)
    reused.close()


@pytest.fixture
def owned(emptied_and_owned: tuple[Reused, Flask]) -> Flask:
    """Return an application with a room and no row; what differs between the databases is tested on both."""
    reused, app = emptied_and_owned
    reused.empty()
    return app
