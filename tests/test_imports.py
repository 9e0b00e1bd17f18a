"""Who may import whom: downhill and never in a circle, file by file. The widget's own is src/imports.test.ts."""

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests import servers

PACKAGE = servers.ROOT / "chatkit"
# From the top down: what stands in one line imports only from lines below it, and from its own package.
LAYERS = (
    "__main__ startup",
    "chatkit",
    "wiring",
    "commands",
    "owner",
    "server",
    "backup site widget",
    "autocomplete gaps machines personalize review",
    "chat",
    "evaluation",
    "curated",
    "analytics answers",
    "llm ingest",
    "search auth",
    "text mail",
    "ratelimit",
    "web",
    "audit",
    "observability",
    "database",
    "child hashing tracing",
    "config",
    "errors",
    "paths version",
)
HEIGHTS = {room: -height for height, line in enumerate(LAYERS) for room in line.split()}
SILENT = {"routes", "schemas", "models", "cli", "guard", "error_pages", "__init__"}


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py")) if "node_modules" not in path.parts}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def _imported(tree: ast.Module) -> set[str]:
    """Return every module of chatkit that a file imports, wherever in it and for whatever reason."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where it leads"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {node.module or ""}
            if names - MODULES.keys():
                found.add(node.module or "")
    return {name for name in found if name.split(".")[0] == "chatkit"}


IMPORTS = {name: _imported(tree) & MODULES.keys() - {name} for name, tree in TREES.items()}


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def _circle(imports: Mapping[str, set[str]]) -> set[str]:
    """Return the files that stand in a circle, or above one; none when there is no circle."""
    left = {name: set(wanted) for name, wanted in imports.items()}
    while leaves := {name for name, wanted in left.items() if not wanted & left.keys()}:
        left = {name: wanted for name, wanted in left.items() if name not in leaves}
    return set(left)


def test_every_package_has_its_place() -> None:
    assert {_room(name) for name in MODULES} == HEIGHTS.keys()


def test_every_file_imports_downhill() -> None:
    uphill = {
        f"{name} imports {other}"
        for name, imported in IMPORTS.items()
        for other in imported
        if _room(other) != _room(name) and HEIGHTS[_room(other)] >= HEIGHTS[_room(name)]
    }
    assert uphill == set()


def test_no_files_import_each_other_in_a_circle() -> None:
    # A package's docstring module imports nothing, so importing it closes no circle.
    assert _circle(IMPORTS) == set()


def test_no_private_name_is_imported_from_another_file() -> None:
    private = {
        f"{name} imports {alias.name} from {node.module}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chatkit")
        for alias in node.names
        if alias.name.startswith("_")
    }
    assert private == set()


def test_a_package_says_what_it_is_and_holds_nothing_else() -> None:
    packages = {name for name, path in MODULES.items() if path.stem == "__init__"} - {"chatkit"}
    assert {name for name in packages if len(TREES[name].body) != 1 or not ast.get_docstring(TREES[name])} == set()


def test_models_import_the_orm_alone() -> None:
    models = {name: imported for name, imported in IMPORTS.items() if name.endswith(".models")}
    assert {name for name, imported in models.items() if not imported <= {"chatkit.database.orm"}} == set()


def test_schemas_know_bodies_and_times_alone() -> None:
    schemas = {name: imported for name, imported in IMPORTS.items() if name.endswith(".schemas")}
    known = {"chatkit.web.payloads", "chatkit.web.times"}
    assert {name for name, imported in schemas.items() if not imported <= known} == set()


def test_routes_reach_no_table() -> None:
    routes = {name: path for name, path in MODULES.items() if path.stem.endswith("routes")}
    reaching = {name for name, path in routes.items() if re.search(r"\bdb\.|sqlalchemy", path.read_text())}
    assert reaching == set()
    assert {name for name in routes if "chatkit.database.orm" in IMPORTS[name]} == set()


def test_a_domain_reaches_into_no_view_payload_or_command_of_another() -> None:
    entry = {"routes", "schemas", "cli"}
    reached = {
        f"{name} imports {other}"
        for name, imported in IMPORTS.items()
        if _room(name) not in {"wiring", "commands"}
        for other in imported
        if _room(other) != _room(name) and other.rpartition(".")[2] in entry
    }
    assert reached == set()


def test_a_service_knows_no_request_and_no_payload() -> None:
    """What is neither a view nor a hook nor a command works for any of them."""
    web = {
        "web",
        "observability",
        "ratelimit",
        "server",
        "chatkit",
        "wiring",
        "commands",
        "config",
        "errors",
        "site",
        "widget",
    }
    services = {name for name, path in MODULES.items() if path.stem not in SILENT and _room(name) not in web}
    services = {name for name in services if not name.endswith("routes")}
    flask = {
        f"{name} imports {alias.name}"
        for name in services
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
        if alias.name not in {"Flask", "current_app"}
    }
    assert flask == set()
    assert {name for name in services if any(other.endswith(".schemas") for other in IMPORTS[name])} == set()


def test_only_the_settings_read_the_environment() -> None:
    reading = re.compile(r"os\.(environ|getenv)|from os import.*(environ|getenv)")
    readers = {name for name, path in MODULES.items() if reading.search(path.read_text())}
    assert readers == {"chatkit.config"}


def test_no_file_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "common", "misc", "manager"}
    assert {name for name in MODULES if drawers & set(name.split("."))} == set()


def test_the_tree_in_contributing_is_the_tree_that_is() -> None:
    """Every file has its line there but those that domains have alike, and every line has its file."""
    text = (servers.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree = text.partition("\nchatkit/\n")[2].partition("\n```")[0]
    drawn = set(re.findall(r"[\w./]*?(\w+\.py)\b", tree))
    files = {path.name for path in MODULES.values()}
    alike = {f"{name}.py" for name in ("routes", "schemas", "models", "service", "personal_data", "cli", "__init__")}
    assert drawn - files == set()
    assert files - drawn - alike == set()


def test_importing_has_no_side_effects(tmp_path: Path) -> None:
    """Nothing is written, printed, read from the environment, connected or started."""
    names = [name for name in MODULES if name != "chatkit.__main__"]
    script = f"""
import os, sys, threading
before = threading.active_count()
opened = []
class Environment(type(os.environ)):
    def __getitem__(self, name):
        frame = sys._getframe(1)
        while frame.f_globals["__name__"] in ("os", "collections.abc"):
            frame = frame.f_back
        if frame.f_globals["__name__"].split(".")[0] == "chatkit":
            opened.append((frame.f_globals["__name__"], name))
        return super().__getitem__(name)
os.environ.__class__ = Environment
def hook(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        opened.append(args)
    if event in ("socket.connect", "sqlite3.connect", "subprocess.Popen", "os.mkdir"):
        opened.append((event, args))
sys.addaudithook(hook)
sys.dont_write_bytecode = True
import importlib
for name in {names!r}:
    importlib.import_module(name)
assert threading.active_count() == before
print(opened)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=tmp_path,
        env=servers.environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []
