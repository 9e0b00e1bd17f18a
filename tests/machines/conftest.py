"""Fixtures: an application that knows the guide."""

from pathlib import Path

import pytest
from flask import Flask

from tests import factories


@pytest.fixture
def guide(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows the guide."""
    factories.index(app, tmp_path / "guide")
    return app
