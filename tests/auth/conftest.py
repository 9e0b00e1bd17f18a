"""An application that takes tokens of a site."""

from collections.abc import Iterator

import pytest
from flask import Flask

from chatkit import create_app
from tests.auth.site_tokens import BY_KEY
from tests.conftest import DEFAULTS, dispose


@pytest.fixture
def refusing(sqlite_url: str) -> Iterator[Flask]:
    """Return an application that shares a key with its site, on SQLite alone, for tokens that reach no database."""
    app = create_app(DEFAULTS | BY_KEY | {"DATABASE_URL": sqlite_url})
    yield app
    dispose(app)
