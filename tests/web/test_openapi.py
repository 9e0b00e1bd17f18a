"""The OpenAPI document is true: valid, complete, and what the server does."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from jsonschema_rs import meta

from chatkit import create_app
from tests import factories, servers
from tests.conftest import dispose
from tests.factories import API, SECRET_KEY
from tests.servers import Gunicorn

METHODS = {"get", "post", "patch", "delete", "put"}
# Pages and files are no calls, nor is what speaks a protocol of its own; the document describes the calls.
NO_CALLS = re.compile(
    r"/$|/guide/|/site/|/widget/|/docs$|/signin$|/openapi\.json$|/llms(-full)?\.txt$|\.md$|^/owner\b|^/mcp$|^/signin/oidc\b"
)
# What answers nothing without a server of others.
UNREACHED = {("POST", f"{API}/auth/oidc")}


@pytest.fixture
def document(plain_app: Flask) -> Any:
    """Return the served document."""
    return plain_app.test_client().get("/openapi.json").get_json()


def _operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    }


def _path(rule: str) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)


def test_the_document_is_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "ChatKit"


def test_every_schema_is_a_valid_json_schema(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema), name


def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in set(re.findall(r'"\$ref": "(#/[^"]+)"', json.dumps(document))):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_schemathesis_takes_the_document_for_valid(document: Any) -> None:
    import schemathesis

    schema: Any = schemathesis.openapi.from_dict(document)
    schema.validate()


def test_every_call_is_documented_and_nothing_else(plain_app: Flask, document: Any) -> None:
    routed = {
        (method, _path(rule.rule))
        for rule in plain_app.url_map.iter_rules()
        if not NO_CALLS.search(_path(rule.rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(_operations(document)) == routed


def test_every_call_says_what_it_does_and_how_it_fails(document: Any) -> None:
    for key, operation in _operations(document).items():
        assert operation.get("summary"), key
        error = operation["responses"].get("default", {})
        assert error == {"$ref": "#/components/responses/DEFAULT_ERROR"}, key


def test_every_call_documents_its_success(document: Any) -> None:
    for key, operation in _operations(document).items():
        success = [status for status in operation["responses"] if status.startswith("2")]
        assert len(success) == 1, key
        assert success == ["204"] or "content" in operation["responses"][success[0]], key


def test_private_calls_are_marked_private(plain_app: Flask, document: Any) -> None:
    wanted: dict[str, list[dict[str, list[str]]]] = {
        "required": [{"bearer": []}],
        "rotated": [{"bearer": []}],
        "optional": [{}, {"bearer": []}],
        "owner": [{"owner": []}],
    }
    operations = _operations(document)
    for rule in plain_app.url_map.iter_rules():
        decision = getattr(plain_app.view_functions[rule.endpoint], "auth_decision", "public")
        for method in rule.methods or set():
            operation = operations.get((method, _path(rule.rule)))
            if operation is not None:
                assert operation.get("security") == wanted.get(decision), (method, rule.rule)


def test_the_envelope_of_errors_is_documented_as_it_is(plain_app: Flask, document: Any) -> None:
    schema = {"$ref": "#/components/schemas/Error", "components": document["components"]}
    validator = jsonschema_rs.validator_for(schema)
    client = plain_app.test_client()
    who = factories.person(plain_app)
    limited = [client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers) for _ in range(6)][-1]
    for response in (client.get("/nothing"), client.post(f"{API}/chat", json={}), limited):
        validator.validate(response.get_json())


def test_the_command_prints_the_served_document(plain_app: Flask, document: Any) -> None:
    result = plain_app.test_cli_runner().invoke(args=["openapi"])
    assert result.exit_code == 0
    assert json.loads(result.output) | {"servers": [{"url": "/"}]} == document


def test_the_document_does_not_depend_on_the_settings(sqlite_url: str, document: Any) -> None:
    settings = {"SECRET_KEY": SECRET_KEY[::-1], "DATABASE_URL": sqlite_url, "INTEGRATION_TEST_MODE": "true"}
    other = create_app(settings | {"BASE_URL": "https://chat.example.com"})
    assert other.test_client().get("/openapi.json").get_json() == document


def _settings(url: str) -> dict[str, str]:
    from chatkit.config import RATE_LIMITS

    limits = {f"RATE_LIMIT_{name}": "1000000000" for name in RATE_LIMITS}
    doors = {"CONTENT_WEBHOOK_SECRET": factories.WEBHOOK_SECRET, "OWNERS": "owner@example.com"}
    doors |= {
        "IDENTITY_KEY": SECRET_KEY[::-1],
        "IDENTITY_ISSUER": "https://example.com",
        "IDENTITY_AUDIENCE": "chatkit",
    }
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url} | doors | limits


# A body can be valid or not and too large all the same, and so can an address that is encoded; what an operator raised
# limits for must not happen.
FUZZING = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 413, 414, 415, 422]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 413, 414]
"""


# What another machine does in a minute and a half; one that does much else needs many.
FUZZING_SECONDS = 1800


def _fuzz(
    server: Gunicorn, folder: Path, operations: Iterable[tuple[str, str]], token: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on some operations with all its checks; the sequence of its calls is the same each time."""
    (folder / "schemathesis.toml").write_text(FUZZING)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--checks", "all"]
    command += ["--generation-deterministic", "--max-examples", "12", "--suppress-health-check", "all", "--no-color"]
    # A schema cannot say that text holds no NUL; test_errors.py shows what becomes of one.
    command += ["--generation-allow-x00", "false"]
    command += [word for method, path in sorted(operations) for word in ("--include-name", f"{method} {path}")]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzzing", "FUZZING_TOKEN": token}
    chosen = servers.environment({**server.settings, **{name: value for name, value in hooks.items() if value}})
    return subprocess.run(
        command, cwd=folder, env=chosen, capture_output=True, text=True, timeout=FUZZING_SECONDS, check=False
    )


def _shortened(output: str) -> str:
    """Return a report without the bodies that fill pages."""
    return "\n".join(line[:400] for line in output.splitlines())


def _requests(server: Gunicorn) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "request"]


def _shares(server: Gunicorn) -> dict[tuple[str, str], tuple[int, int]]:
    """Return for each operation how many requests it got and how many of them it answered with 2xx."""
    total: Counter[tuple[str, str]] = Counter()
    good: Counter[tuple[str, str]] = Counter()
    for line in _requests(server):
        key = (line["method"], _path(line["route"]))
        total[key] += 1
        good[key] += 200 <= line["status"] < 300
    return {key: (total[key], good[key]) for key in total}


def _report(title: str, shares: dict[tuple[str, str], tuple[int, int]], wanted: set[tuple[str, str]]) -> str:
    lines = [f"{title}: share of 2xx per operation"]
    for (method, path), (total, good) in sorted(shares.items(), key=lambda pair: pair[0][::-1]):
        if (method, path) in wanted:
            lines.append(f"  {good / total:4.0%} of {total:4}  {method:<6} {path}")
    return "\n".join(lines)


def test_any_anonymous_input_gets_a_documented_answer(
    sqlite_url: str, tmp_path: Path, document: Any, record_property: Callable[[str, object], None]
) -> None:
    with servers.gunicorn(tmp_path, _settings(sqlite_url) | servers.ONE_WORKER) as server:
        # The others refuse whoever has no session, before they look at anything: tests/test_contract.py.
        public = {key for key, operation in _operations(document).items() if {} in operation.get("security", [{}])}
        done = _fuzz(server, tmp_path, public)
        shares = _shares(server)
    record_property("printed", _report("anonymous", shares, public))
    assert done.returncode == 0, _shortened(done.stdout) + done.stderr
    assert {key for key in public if shares.get(key, (0, 0))[1] == 0} == UNREACHED
    assert 429 not in {line["status"] for line in _requests(server)}


def test_any_signed_in_input_gets_a_documented_answer(
    postgresql_url: str, tmp_path: Path, document: Any, record_property: Callable[[str, object], None]
) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": postgresql_url})
    who = factories.person(app)
    dispose(app)
    with servers.gunicorn(tmp_path, _settings(postgresql_url) | servers.ONE_WORKER) as server:
        operations = _operations(document)
        done = _fuzz(server, tmp_path, operations, who.token)
        shares = _shares(server)
    record_property("printed", _report("signed in", shares, set(operations)))
    assert done.returncode == 0, _shortened(done.stdout) + done.stderr
    assert {key for key in operations if shares.get(key, (0, 0))[1] == 0} == UNREACHED
    assert 429 not in {line["status"] for line in _requests(server)}
