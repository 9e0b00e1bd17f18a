"""ChatKit: readers of a documentation site ask, its own pages answer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: Mapping[str, object] | None = None) -> "Flask":
    """Return an application wired to its settings; it checks them and touches no database.

    ``overrides`` are settings by their environment names and beat the environment. Raises
    ``SettingsError`` with every setting that is unsafe.
    """
    # Imported here, so that importing the package loads no room of it: gunicorn's master outlives a reload and must
    # not hold old code, and the processes that read pages need only their own rooms.
    from chatkit import wiring

    return wiring.wire(overrides)
