"""A wheel holds what the source holds: what is missing there is found by nobody who runs the source."""

import re
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

from tests.servers import ROOT

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")
PACKAGE = ROOT / "chatkit"
# What the widget is built from; of it, the bundle is in the wheel.
WIDGET_SOURCES = ("node_modules", "src")


def _packages() -> dict[str, Path]:
    folders = (file.parent for file in PACKAGE.rglob("__init__.py") if "node_modules" not in file.parts)
    return {".".join(folder.relative_to(ROOT).parts): folder for folder in folders}


def _data(package: str, folder: Path) -> Iterator[Path]:
    """Yield the files of a package that are no code, and those of its folders that are no packages."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in {"__pycache__", *WIDGET_SOURCES} and not (path / "__init__.py").exists():
            yield from (file for file in path.rglob("*") if file.is_file())
        elif path.is_file() and path.suffix != ".py" and package != "chatkit.widget":
            yield path


def test_every_package_is_in_the_wheel() -> None:
    listed = {name for name in SETUP["options"]["packages"].split() if (ROOT / name.replace(".", "/")).is_dir()}
    assert listed == _packages().keys()


def test_every_file_that_a_package_reads_is_in_the_wheel() -> None:
    patterns = {name: value.split(",") for name, value in SETUP["options.package_data"].items()}
    for package, folder in _packages().items():
        packed = {file for pattern in patterns.get(package, ()) for file in folder.glob(pattern.strip())}
        assert set(_data(package, folder)) <= packed, package


def test_a_wheel_is_built_with_nothing_of_what_runs_or_tests() -> None:
    done = subprocess.run(["make", "-nB", "build"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"-r (\S+)", done.stdout) == ["requirements-build.txt"]
    assert re.findall(r"npm .* ci\b.*", done.stdout) == [
        line for line in done.stdout.splitlines() if "--omit=dev" in line
    ]
