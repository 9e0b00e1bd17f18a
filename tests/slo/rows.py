"""What a measured row is, and all of them."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import tests.slo


@dataclass(frozen=True)
class Measured:
    """A figure as text, and whether it is what was promised."""

    figure: str
    holds: bool


@dataclass(frozen=True)
class Row:
    """A promise of the page, and what measures it.

    ``how`` says in a line what is done. ``measure`` starts and ends all it needs, and raises limits
    that are not its subject.
    """

    promise: str
    how: str
    measure: Callable[[], Measured]


def modules() -> dict[str, tuple[Row, ...]]:
    """Return the rows of every module here that has some, by the module's name."""
    names = [module.name for module in pkgutil.iter_modules(tests.slo.__path__) if module.name != "__main__"]
    loaded = {name: importlib.import_module(f"tests.slo.{name}") for name in names}
    return {name: module.ROWS for name, module in loaded.items() if hasattr(module, "ROWS")}
