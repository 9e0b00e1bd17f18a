"""The JSON body of a request: read once, and strictly."""

import json
import math
import re
from typing import Any, NoReturn

from flask import Request, g
from flask import request as current_request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, UnsupportedMediaType

from chatkit.errors import BadRequest, Invalid
from chatkit.observability.redaction import PARSED_BODY

MAX_BODY_BYTES = 256 * 1024
MAX_NESTING = 32
INCOMPLETE = "The body could not be read to its end."
# Also a string that never ends, lest the search begin anew at every quote inside it.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.S)
BRACKET = re.compile(rb"[\[\]{}]")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_json(request: Request) -> Any:
    """Return the parsed body, read once per request; hooks and views get the same outcome.

    Raises ``UnsupportedMediaType`` for anything but JSON, ``BadRequest`` for what is not strict
    JSON (NaN, infinity and absurd nesting included), ``Invalid`` for text no database can hold.
    """
    if "json_problem" not in g:
        try:
            request.environ[PARSED_BODY] = _parse(request)
            g.json_problem = None
        except (BadRequest, Invalid, HTTPException) as problem:
            g.json_problem = problem
    if g.json_problem is not None:
        raise g.json_problem
    return request.environ[PARSED_BODY]


def json_value(*path: str) -> object:
    """Return a value inside the current body, or None when the body or the value is not there.

    For hooks that run before the schema does; nothing is validated.
    """
    try:
        value = read_json(current_request)
    except (BadRequest, Invalid, HTTPException):
        return None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _parse(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    raw = read_body(request)
    try:
        # Only brackets nest, so a body with few of them needs no closer look.
        if raw.count(b"[") + raw.count(b"{") > MAX_NESTING:
            _refuse_nesting(raw)
        # Decoded here: json.loads would take other encodings, and halves of surrogate pairs with them.
        body = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite_float)
    except ValueError:
        raise BadRequest("The body is not valid JSON.", "invalid_json") from None
    # Only an escape can bring in NUL or a lone surrogate: UTF-8 and JSON forbid them unescaped.
    if b"\\u0000" in raw or b"\\ud" in raw or b"\\uD" in raw:
        _refuse_unstorable(body, "")
    return body


def read_body(request: Request) -> bytes:
    """Return the body as it came, which the request keeps.

    Raises ``BadRequest`` for one that breaks off, ``RequestEntityTooLarge`` for one over 256 KiB.
    """
    try:
        raw = request.get_data()
    except HTTPException:
        raise
    except Exception as error:
        # gunicorn raises exceptions of its own for a body whose chunks are malformed.
        raise BadRequest(INCOMPLETE, "invalid_body") from error
    if len(raw) < (request.content_length or 0):
        raise BadRequest(INCOMPLETE, "invalid_body")
    if len(raw) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge()
    return raw


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite_float(text: str) -> float:
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


def _refuse_unstorable(value: object, path: str) -> None:
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise Invalid({path or "body": ["Text may not hold NUL or half of a surrogate pair."]})
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
        for key in value:
            _refuse_unstorable(key, path)
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        _refuse_unstorable(child, f"{path}.{key}".lstrip("."))
