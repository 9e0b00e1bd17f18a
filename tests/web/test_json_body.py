"""The schemas: what they accept goes through unchanged, what they refuse is refused in words."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError
from werkzeug.test import TestResponse

from chatkit import create_app
from chatkit.config import RATE_LIMITS
from chatkit.web.times import format_utc
from tests import factories, payloads
from tests.factories import MakeApp
from tests.invented import tries
from tests.payloads import JSON

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
OPEN_LIMITS: dict[str, object] = {f"RATE_LIMIT_{name}": 10**9 for name in RATE_LIMITS}
JSON_TYPE = "application/json"


def _path(rule: str) -> str:
    return re.sub(r"<[^>]*>", "x", re.sub(r"<int[^>]*>", "1", rule))


def _declared(app: Flask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and what the view declares of its payloads, for each call."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & METHODS):
            yield method, _path(rule.rule), getattr(app.view_functions[rule.endpoint], "_apidoc", {})


def _name(schema: type[Schema]) -> str:
    return schema.__name__


# It touches no database; its routes are what is read.
APP = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": "sqlite:////nowhere/at/all.db"})
ROUTES = sorted({(method, path) for method, path, _ in _declared(APP)})
DOCUMENT = APP.extensions["chatkit_openapi"]
TAKEN: list[tuple[str, str, str, type[Schema]]] = [
    (method, path, parameter["in"], type(parameter["schema"]))
    for method, path, declared in _declared(APP)
    for parameter in declared.get("arguments", {}).get("parameters", ())
]
GIVEN: set[type[Schema]] = {
    type(response["schema"])
    for _, _, declared in _declared(APP)
    for responses in declared.get("response", {}).get("responses", {}).values()
    for response in responses
    if isinstance(response.get("schema"), Schema)
}
BODIES = [(method, path, schema) for method, path, place, schema in TAKEN if place == "json"]
INCOMING = sorted({schema for *_, schema in TAKEN}, key=_name)
OUTGOING = sorted(GIVEN, key=_name)
# Also what stands inside a body: few wholes are odd in one place deep inside alone.
PARTS = sorted({part for *_, body in BODIES for part in payloads.nested(body())}, key=_name)


def _validator(schema: type[Schema]) -> jsonschema_rs.Validator:
    """Return what the OpenAPI document says of a schema."""
    name = schema.__name__.removesuffix("Schema")
    return jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


def _accepts(schema: type[Schema], body: Any) -> bool:
    return not schema().validate(body) if isinstance(body, dict) else False


def test_every_schema_is_taken_or_given_by_a_route() -> None:
    used = {inner for schema in {*INCOMING, *OUTGOING} for inner in payloads.nested(schema())}
    assert {schema for schema in payloads.schemas() if schema not in used} == set()


@pytest.mark.parametrize("schema", INCOMING)
def test_what_a_schema_accepts_it_accepts_again_unchanged(schema: type[Schema]) -> None:
    @tries(20)
    @given(payloads.fitting(schema()))
    def check(body: Any) -> None:
        loaded = schema().load(body)
        assert schema().load(json.loads(json.dumps(loaded))) == loaded

    check()


@pytest.mark.parametrize("schema", INCOMING)
def test_a_key_nobody_knows_is_ignored(schema: type[Schema]) -> None:
    def load(data: Any) -> Any:
        try:
            return schema().load(data)
        except ValidationError as refused:
            return refused.messages

    @tries(20)
    @given(payloads.likely(schema()).filter(lambda body: isinstance(body, dict) and "unknown" not in body), JSON)
    def check(body: Any, value: Any) -> None:
        assert load(body | {"unknown": value}) == load(body)

    check()


@pytest.mark.parametrize("schema", PARTS)
def test_the_document_admits_exactly_what_a_schema_accepts(schema: type[Schema]) -> None:
    validator = _validator(schema)

    @tries(60)
    @given(payloads.likely(schema()))
    def check(body: Any) -> None:
        assert validator.is_valid(body) == _accepts(schema, body)

    check()


@pytest.mark.parametrize("schema", OUTGOING)
def test_an_answer_is_what_the_document_says(schema: type[Schema]) -> None:
    validator = _validator(schema)

    @tries(20)
    @given(payloads.fitting(schema()))
    def check(answer: Any) -> None:
        validator.validate(json.loads(APP.json.dumps(schema().dump(answer))))

    check()


def _check_envelope(response: TestResponse) -> None:
    detail = response.get_json()["detail"]
    assert set(detail) <= {"error", "message", "request_id", "retry_after", "fields"}
    assert detail["request_id"] == response.headers["X-Request-ID"]
    assert detail["message"].endswith((".", "?"))


@pytest.mark.parametrize(("method", "path", "schema"), BODIES)
def test_a_body_that_a_schema_refuses_is_refused_with_the_envelope(
    sqlite_url: str, method: str, path: str, schema: type[Schema]
) -> None:
    chosen = {"CONTENT_WEBHOOK_SECRET": factories.WEBHOOK_SECRET, **OPEN_LIMITS}
    app = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": sqlite_url, **chosen})
    client, who = app.test_client(), factories.person(app)
    statuses = set()

    @tries(20)
    @given(payloads.likely(schema()))
    def check(body: Any) -> None:
        data = json.dumps(body)
        headers = {**who.headers, "X-Hub-Signature-256": factories.sign(data.encode())}
        response = client.open(path, method=method, data=data, content_type=JSON_TYPE, headers=headers)
        statuses.add(response.status_code)
        assert response.status_code < 500
        if response.status_code >= 400:
            _check_envelope(response)
        if not _accepts(schema, body):
            assert response.status_code == 422
            assert response.get_json()["detail"]["fields"]

    check()
    assert {422} < statuses


def test_any_json_on_any_route_gets_a_clear_answer(make_app: MakeApp) -> None:
    app, numbers = make_app(**OPEN_LIMITS), itertools.count()
    client = app.test_client()

    @tries(150)
    @given(st.sampled_from(ROUTES), JSON, st.booleans(), st.text(max_size=8))
    def check(route: tuple[str, str], body: Any, signed_in: bool, query: str) -> None:
        method, path = route
        headers = factories.person(app, f"reader{next(numbers)}@example.com").headers if signed_in else {}
        response = client.open(
            path,
            method=method,
            query_string={"cursor": query, query: query},
            data=json.dumps(body),
            content_type=JSON_TYPE,
            headers=headers,
        )
        assert response.status_code < 500, (method, path)
        if response.status_code >= 400:
            _check_envelope(response)

    check()


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_goes_out_in_utc_and_means_the_same(time: Any) -> None:
    text = format_utc(time)
    assert text.endswith("Z")
    assert abs(type(time).fromisoformat(text) - time).total_seconds() == 0
