"""Fixtures: a client of an application that knows the guide."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.chat import cited_sections
from tests import factories


@pytest.fixture
def reader(app: Flask, tmp_path: Path) -> FlaskClient:
    """Return a client of an application that knows the guide, and of which nothing was asked yet."""
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        cited_sections.forget()
    return app.test_client()
