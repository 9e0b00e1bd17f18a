"""What setup.cfg admits is what is locked and tested."""

import sys
from configparser import ConfigParser
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.servers import ROOT

# The ones this environment is made from.
LOWEST = Path(sys.prefix).name == ".venv-lowest"
LOCKS = ("requirements-lowest",) if LOWEST else ("requirements", "requirements-build", "requirements-dev")
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
OLDEST_PYTHON = next(iter(SpecifierSet(SETUP["options"]["python_requires"]))).version
DIRECT = [
    Requirement(line)
    for lines in (SETUP["options"]["install_requires"], *SETUP["options.extras_require"].values())
    for line in lines.splitlines()
    if line
]


def _pins(lock: str) -> dict[str, Requirement]:
    lines = (ROOT / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    pins = (Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum())
    return {canonicalize_name(pin.name): pin for pin in pins}


def _bound(requirement: Requirement, operator: str) -> Version:
    """Return the one version that follows an operator in a requirement."""
    (found,) = (Version(part.version) for part in requirement.specifier if part.operator == operator)
    return found


def test_what_is_locked_admits_the_oldest_python_that_setup_cfg_admits() -> None:
    oldest = {"python_version": OLDEST_PYTHON, "python_full_version": OLDEST_PYTHON}
    for lock in LOCKS:
        for pin in _pins(lock).values():
            if pin.marker is None or (pin.marker.evaluate() and pin.marker.evaluate(oldest)):
                installed = metadata(pin.name)
                assert installed["Version"] in pin.specifier, f"{lock}.txt has {pin}: run make"
                assert OLDEST_PYTHON in SpecifierSet(",".join(installed.get_all("Requires-Python", []))), pin


def test_the_lowest_versions_that_setup_cfg_admits_are_the_ones_of_make_lowest() -> None:
    lowest = _pins("requirements-lowest")
    assert {one.name: _bound(lowest[canonicalize_name(one.name)], "==") for one in DIRECT} == {
        one.name: _bound(one, ">=") for one in DIRECT
    }


def test_the_locked_version_of_each_dependency_lies_below_an_upper_bound() -> None:
    locked = _pins("requirements-dev") | _pins("requirements")
    for one in DIRECT:
        assert _bound(one, ">=") <= _bound(locked[canonicalize_name(one.name)], "==") < _bound(one, "<"), one


def test_the_constraints_of_the_wheel_are_the_versions_that_are_locked() -> None:
    locked = _pins("requirements-dev") | _pins("requirements")
    constraints = _pins("constraints")
    assert {canonicalize_name(one.name) for one in DIRECT} <= constraints.keys()
    assert {name: pin.specifier for name, pin in constraints.items()} == {
        name: locked[name].specifier for name in constraints
    }
