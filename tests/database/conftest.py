"""Applications on one kind of database, that a test may change."""

from collections.abc import Iterator

import pytest
from flask import Flask

from chatkit import create_app
from tests.conftest import dispose
from tests.factories import SECRET_KEY


@pytest.fixture
def postgresql_app(postgresql_url: str) -> Iterator[Flask]:
    """Return an application on a PostgreSQL database of its own."""
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": postgresql_url})
    yield app
    dispose(app)
