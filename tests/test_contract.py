"""What must hold for every route and every module, whatever is added later."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from chatkit.policies import ANONYMOUS, EVERYONE, POLICIES, SIGNED_IN
from tests import factories, servers
from tests.factories import API

PACKAGE = servers.ROOT / "chatkit"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)
DOMAINS = {"auth", "chat", "content", "personalize", "analytics", "mail", "widget", "site"}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# Who may call whose service, downhill.
DOWNHILL = {
    "auth": {"chat", "mail", "analytics", "personalize"},
    "personalize": {"chat", "content", "analytics"},
    "chat": {"content", "analytics"},
    "site": {"content"},
}
PRIVATE = [
    ("POST", "/auth/logout"),
    ("POST", "/auth/logout-all"),
    ("GET", "/auth/session-check"),
    ("GET", "/auth/verification-status"),
    ("POST", "/auth/refresh-token"),
    ("POST", "/auth/migrate-session"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions/x"),
    ("POST", "/chat/save"),
    ("GET", "/chat/saved"),
    ("GET", "/chat/saved/1"),
    ("PATCH", "/chat/saved/1"),
    ("DELETE", "/chat/saved/1"),
    ("POST", "/user/personalize"),
    ("GET", "/user/export"),
    ("DELETE", "/user"),
]


def _rules(app: Flask) -> Iterator[Rule]:
    return app.url_map.iter_rules()


def test_every_route_has_an_auth_decision(plain_app: Flask) -> None:
    # Health and metrics belong to no domain and decide for themselves.
    own = {"observability.health", "observability.metrics"}
    undecided = {
        rule.endpoint
        for rule in _rules(plain_app)
        if rule.endpoint not in own and not hasattr(plain_app.view_functions[rule.endpoint], "auth_decision")
    }
    assert undecided == set()


def test_every_auth_decision_is_one_of_four(plain_app: Flask) -> None:
    decisions = {getattr(view, "auth_decision", "public") for view in plain_app.view_functions.values()}
    assert decisions == {"required", "optional", "public", "rotated"}


def test_every_changing_route_has_a_limit_or_says_that_it_has_none(plain_app: Flask) -> None:
    silent = {
        rule.endpoint
        for rule in _rules(plain_app)
        if CHANGING & (rule.methods or set()) and not hasattr(plain_app.view_functions[rule.endpoint], "limited_action")
    }
    assert silent == set()


def test_only_logging_out_is_unlimited(plain_app: Flask) -> None:
    unlimited = {
        endpoint
        for endpoint, view in plain_app.view_functions.items()
        if hasattr(view, "limited_action") and view.limited_action is None
    }
    assert unlimited == {"auth.logout", "auth.logout_all"}


def test_a_limit_holds_for_everybody_who_may_call(plain_app: Flask) -> None:
    """A view that anonymous readers may call, limited by accounts alone, would not be limited for them."""
    callers = {"public": ANONYMOUS, "optional": EVERYONE, "required": SIGNED_IN, "rotated": SIGNED_IN}
    views = plain_app.view_functions.values()
    limited = [(getattr(view, "limited_action", None), getattr(view, "auth_decision", "public")) for view in views]
    held = {(policy.action, tier) for policy in POLICIES for tier in policy.tiers}
    free = {(action, tier) for action, decision in limited if action for tier in callers[decision]} - held
    assert free == {("chat", "premium")}


def test_no_changing_route_takes_get(plain_app: Flask) -> None:
    both = {
        rule.rule for rule in _rules(plain_app) if CHANGING & (rule.methods or set()) and "GET" in (rule.methods or ())
    }
    assert both == set()


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_private_call_needs_a_session(plain_app: Flask, method: str, path: str) -> None:
    response = plain_app.test_client().open(API + path, method=method)
    assert (response.status_code, response.get_json()["detail"]["error"]) == (401, "unauthorized")


def test_every_private_route_is_among_those_tried(plain_app: Flask) -> None:
    private = {
        (method, re.sub(r"<[^>]*>", "x", rule.rule).replace(API, "").replace("saved/x", "saved/1"))
        for rule in _rules(plain_app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(plain_app.view_functions[rule.endpoint], "auth_decision", "public") in {"required", "rotated"}
    }
    assert private == set(PRIVATE)


CALLS = {
    ("POST", f"{API}/auth/signup"),
    ("POST", f"{API}/auth/verify"),
    ("POST", f"{API}/auth/verify-code"),
    ("POST", f"{API}/auth/resend-verification"),
    ("POST", f"{API}/chat"),
    ("POST", f"{API}/chat/stream"),
    ("POST", f"{API}/chat/resume"),
    ("POST", f"{API}/chat/stop"),
    ("POST", f"{API}/analytics/event"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/"),
    ("GET", "/signin"),
    ("GET", "/widget/chatkit-widget.js"),
    ("GET", "/widget/integration"),
}


@pytest.mark.parametrize(("method", "path"), sorted(CALLS | {(method, API + path) for method, path in PRIVATE}))
def test_every_call_of_the_contract_is_routed(plain_app: Flask, method: str, path: str) -> None:
    adapter = plain_app.url_map.bind("localhost")
    assert adapter.test(path, method=method)


def test_the_harness_is_there_in_test_mode_only(plain_app: Flask, sqlite_url: str) -> None:
    from chatkit import create_app

    settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": sqlite_url, "INTEGRATION_TEST_MODE": "true"}
    assert create_app(settings).test_client().get("/widget/integration").status_code == 200
    assert plain_app.test_client().get("/widget/integration").status_code == 404


def test_no_answer_to_an_error_is_html(plain_app: Flask) -> None:
    client: FlaskClient = plain_app.test_client()
    for rule in _rules(plain_app):
        path = re.sub(r"<int[^>]*>", "1", rule.rule)
        path = re.sub(r"<[^>]*>", "x", path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
            response = client.open(path, method=method)
            assert response.status_code < 500 or response.status_code == 503, (method, path)
            if response.status_code >= 400:
                assert set(response.get_json()) == {"detail"}, (method, path)


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    """Return every chatkit module a file imports, wherever in it."""
    names = {_name(module) for module in MODULES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found.add(full if full in names else base)
    return {name for name in found if name.split(".")[0] == "chatkit"}


def _domain(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in DOMAINS else None


def _layer(module: str) -> str:
    return module.split(".")[-1]


IDS = [_name(path) for path in MODULES]
SHARED = {
    "config",
    "direct",
    "errors",
    "extensions",
    "security",
    "policies",
    "ratelimit",
    "observability",
    "schema",
    "slots",
    "times",
}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_nothing_imports_the_factory_but_who_starts_it(path: Path) -> None:
    if _name(path) not in {"chatkit.__main__", "wsgi"}:
        assert "chatkit" not in _imports(path)


@pytest.mark.parametrize("name", sorted(SHARED))
def test_what_everybody_shares_imports_no_domain(name: str) -> None:
    path = PACKAGE / f"{name}.py"
    assert {module for module in _imports(path) if _domain(module)} == set()


@pytest.mark.parametrize("path", [path for path in MODULES if _domain(_name(path))], ids=lambda path: _name(path))
def test_a_domain_calls_another_only_downhill_and_only_its_service(path: Path) -> None:
    own = _domain(_name(path))
    assert own is not None
    for module in _imports(path):
        other = _domain(module)
        if other is None or other == own:
            continue
        if _layer(_name(path)).endswith("routes") and module == "chatkit.auth.guard":
            continue
        assert other in DOWNHILL.get(own, set()), f"{_name(path)} imports {module}"
        assert _layer(module) not in {"routes", "schemas", "models", "cli"}, f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem == "models"], ids=lambda path: _name(path))
def test_models_import_extensions_alone(path: Path) -> None:
    assert _imports(path) <= {"chatkit.extensions"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem == "schemas"], ids=lambda path: _name(path))
def test_schemas_import_no_model_and_no_service(path: Path) -> None:
    assert _imports(path) <= {"chatkit.schema", "chatkit.times"}


def _services() -> list[Path]:
    quiet = {"routes", "account_routes", "schemas", "models", "cli", "__init__", "guard"}
    return [path for path in MODULES if _domain(_name(path)) and path.stem not in quiet]


@pytest.mark.parametrize("path", _services(), ids=lambda path: _name(path))
def test_a_service_knows_no_http_and_no_schema(path: Path) -> None:
    tree = ast.parse(path.read_text())
    from_flask = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
    }
    assert from_flask <= {"Flask", "current_app"}
    assert not {module for module in _imports(path) if _layer(module) in {"schemas", "schema", "routes", "guard"}}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.stem.endswith("routes")], ids=lambda path: _name(path)
)
def test_routes_reach_no_table(path: Path) -> None:
    assert "chatkit.extensions" not in _imports(path)
    assert not re.search(r"\bdb\.|sqlalchemy", path.read_text())


def test_no_two_domains_import_each_other_in_a_circle() -> None:
    edges: dict[str, set[str]] = {domain: set() for domain in DOMAINS}
    for path in MODULES:
        own = _domain(_name(path))
        if own is not None and not path.stem.endswith("routes"):
            edges[own] |= {other for module in _imports(path) if (other := _domain(module)) and other != own}
    while edges:
        leaves = {domain for domain, wanted in edges.items() if not wanted & edges.keys()}
        assert leaves, f"a circle among {sorted(edges)}"
        edges = {domain: wanted for domain, wanted in edges.items() if domain not in leaves}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if _name(path) == "chatkit.config":
        return
    text = path.read_text()
    assert not re.search(r"os\.(environ|getenv)|from os import.*(environ|getenv)", text)


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_module_is_a_drawer(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc", "manager"}


def test_importing_has_no_side_effects(tmp_path: Path) -> None:
    """Nothing is written, printed, read from the environment, connected or started."""
    names = [name for name in IDS if name != "chatkit.__main__"]
    script = f"""
import os, sys, threading
class Watched(dict):
    def __init__(self, *a): super().__init__(*a)
before = threading.active_count()
opened = []
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
