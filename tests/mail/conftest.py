"""What the tests of mail start from."""

import pytest
from flask import Flask

from tests.factories import MakeApp
from tests.servers import Postbox


@pytest.fixture
def posting(make_app: MakeApp, postbox: Postbox) -> Flask:
    """Return an application that sends through a real mail server."""
    return make_app(**postbox.settings)
