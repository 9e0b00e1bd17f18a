"""How a JSON body comes in: read strictly, checked by marshmallow, refused in one voice."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request, g
from flask import request as current_request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, UnsupportedMediaType

from chatkit.errors import BadRequest, Invalid

MAX_BODY_BYTES = 256 * 1024
MAX_NESTING = 32
CUT_SHORT = "The body could not be read to its end."
# Also a string that never ends, lest the search begin anew at every quote inside it.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.S)
BRACKET = re.compile(rb"[\[\]{}]")
UNREADABLE = re.compile("[\x00\ud800-\udfff]")
SESSION_ID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"

SESSION_ID = re.compile(SESSION_ID_PATTERN.replace("$", r"\Z"))


class Sentence(str):
    """A validation message that carries the stable code of its failure."""

    code: str

    def __new__(cls, code: str, text: str) -> "Sentence":
        sentence = super().__new__(cls, text)
        sentence.code = code
        return sentence


class Payload(Schema):
    """A JSON object; keys it does not know are ignored."""

    class Meta:
        unknown = EXCLUDE


class Number(fields.Float):
    """A finite number, not a text that reads like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


BAD_SESSION_ID = Sentence("invalid_session_id", "A session id is a UUID of version 4.")


class UuidString(fields.String):
    """A UUID of version 4, kept in lower case; ``problem`` says so of any other text."""

    def __init__(self, problem: Sentence = BAD_SESSION_ID, **kwargs: Any) -> None:
        metadata = {"format": "uuid", "pattern": SESSION_ID_PATTERN} | kwargs.pop("metadata", {})
        messages: dict[str, Any] = {"required": problem, "null": problem, "invalid": problem}
        super().__init__(
            validate=validate.Regexp(SESSION_ID, error=problem), error_messages=messages, metadata=metadata, **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()


def read_json(request: Request) -> Any:
    """Return the parsed body, read once per request; hooks and views get the same outcome.

    Raises ``UnsupportedMediaType`` for anything but JSON, ``BadRequest`` for what is not strict
    JSON (NaN, infinity and absurd nesting included), ``Invalid`` for text no database can hold.
    """
    if "json_body" not in g:
        try:
            g.json_body, g.json_problem = _parse(request), None
        except (BadRequest, Invalid, HTTPException) as problem:
            g.json_body, g.json_problem = None, problem
    if g.json_problem is not None:
        raise g.json_problem
    return g.json_body


def _parse(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    raw = _read(request)
    if len(raw) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge()
    try:
        # Only brackets nest, so a body with few of them needs no closer look.
        if raw.count(b"[") + raw.count(b"{") > MAX_NESTING:
            _refuse_nesting(raw)
        # Decoded here: json.loads would take other encodings, and halves of surrogate pairs with them.
        body = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except ValueError:
        raise BadRequest("The body is not valid JSON.", "invalid_json") from None
    # Only an escape can bring in NUL or a lone surrogate: UTF-8 and JSON forbid them unescaped.
    if b"\\u0000" in raw or b"\\ud" in raw or b"\\uD" in raw:
        _refuse_unreadable(body, "")
    return body


def _read(request: Request) -> bytes:
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:
        # gunicorn raises exceptions of its own for a body whose chunks are malformed.
        raise BadRequest(CUT_SHORT, "invalid_body") from error
    if len(raw) < (request.content_length or 0):
        raise BadRequest(CUT_SHORT, "invalid_body")
    return raw


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _refuse_nesting(raw: bytes) -> None:
    """Refuse what the interpreter's stack could not follow here or in what handles it later."""
    depth = 0
    for mark in BRACKET.findall(STRING.sub(b"", raw)):
        depth += 1 if mark in b"[{" else -1
        if depth > MAX_NESTING:
            raise ValueError("nested too deep")


def _refuse_unreadable(value: object, path: str) -> None:
    if isinstance(value, str) and UNREADABLE.search(value):
        raise Invalid({path or "body": ["Text may not hold NUL or half of a surrogate pair."]})
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
        for key in value:
            _refuse_unreadable(key, path)
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        _refuse_unreadable(child, f"{path}.{key}".lstrip("."))


class JsonParser(FlaskParser):
    """Reads bodies with ``read_json`` and reports failures as ``Invalid``."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": None}

    def load_json(self, req: Request, schema: Schema) -> Any:
        return read_json(req)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **kwargs: Any) -> NoReturn:
        messages = error.messages
        if isinstance(messages, dict) and set(messages) <= {"json", "query", "headers"}:
            messages = next(iter(messages.values()))
        flat = dict(_flatten(messages, ""))
        first = next(iter(flat.values()))[0]
        raise Invalid(flat, getattr(first, "code", None))


def _flatten(messages: Any, path: str) -> list[tuple[str, list[str]]]:
    if isinstance(messages, dict):
        pairs = []
        for key, inner in messages.items():
            step = "" if key == "_schema" else str(key)
            pairs += _flatten(inner, f"{path}.{step}".strip("."))
        return pairs
    sentences = messages if isinstance(messages, list) else [messages]
    return [(path or "body", sentences)]


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """A blueprint whose views parse bodies with ``JsonParser``."""

    ARGUMENTS_PARSER = JsonParser()

    def arguments(self, schema: type[Schema], **kwargs: Any) -> Any:
        """Declare what a view takes; the schema is made once, not at each request."""
        return super().arguments(schema(), **kwargs)


def peek(*path: str) -> object:
    """Return a value inside the current body, or None when the body or the value is not there.

    For hooks that run before the schema; it judges nothing.
    """
    try:
        value = read_json(current_request)
    except (BadRequest, Invalid, HTTPException):
        return None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
