"""A site of a harbour, with an order of its pages, and somebody who reads it."""

from pathlib import Path

import pytest
from flask import Flask

from tests import factories
from tests.factories import Person

HORN, BELL, GUN = "/guide/fog/horn/", "/guide/fog/bell/", "/guide/fog/gun/"
OIL, GAS, DINGHY = "/guide/lamps/oil/", "/guide/lamps/gas/", "/guide/dinghy/"
HARBOUR = {
    "mkdocs.yml": (
        "site_name: Harbour\nnav:\n  - index.md\n  - lamps/oil.md\n  - lamps/gas.md\n  - fog/horn.md\n  - fog/bell.md\n"
        "  - fog/gun.md\n  - dinghy.md\n"
    ),
    "docs/index.md": "# Harbour\n\nWelcome.\n",
    "docs/lamps/oil.md": "# Oil lamps\n\nTrim the wick of an oil lamp weekly. Refill the lamp before nightfall.\n",
    "docs/lamps/gas.md": "# Gas lamps\n\nClean the mantle of a gas lamp weekly. Light the lamp before nightfall.\n",
    "docs/fog/horn.md": "# Foghorn\n\nThe foghorn sounds every thirty seconds in dense fog, as a signal to ships.\n",
    "docs/fog/bell.md": "# Fog bell\n\nThe bell rings every ten seconds in dense fog, as a signal to ships.\n",
    "docs/fog/gun.md": "# Fog gun\n\nThe gun fires twice an hour in dense fog, where ships hear no other signal.\n",
    "docs/dinghy.md": "# Dinghy\n\nTwo oars and a bailer belong into a rowing boat.\n",
}


@pytest.fixture
def harbour(app: Flask, tmp_path: Path) -> Path:
    """Index the site, and return its folder."""
    factories.index(app, tmp_path / "harbour", HARBOUR)
    return tmp_path / "harbour"


@pytest.fixture
def who(app: Flask, harbour: Path) -> Person:
    """Return a person who is signed in where the harbour is indexed."""
    return factories.person(app)
