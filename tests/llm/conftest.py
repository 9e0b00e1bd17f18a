"""Fixtures: a model server on loopback, and what asks it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatkit.config import load
from chatkit.llm.client import Budgets, Client
from chatkit.llm.dialect import ChatMessage
from tests.factories import SECRET_KEY
from tests.modelserver import ModelServer, model_server

MESSAGES = [ChatMessage(role="system", content="Answer." * 60), ChatMessage(role="user", content="How often?")]
# What the server writes when it is told nothing else.
TEXT = "The foghorn sounds every thirty seconds. [1]"
# Short where the test waits for it to pass; what must not pass keeps its default.
HASTY = Budgets(first_byte_seconds=0.3, retry_pause_seconds=0)
MakeClient = Callable[..., Client]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Run a model server."""
    with model_server() as running:
        yield running


@pytest.fixture
def make_client(server: ModelServer, tmp_path: Path) -> MakeClient:
    """Return what makes clients of the server, with budgets and settings of their own."""

    def make(budgets: Budgets | None = None, **settings: object) -> Client:
        chosen = load(tmp_path, {"SECRET_KEY": SECRET_KEY} | server.settings | settings)
        return Client(chosen, budgets or Budgets(retry_pause_seconds=0))

    return make
