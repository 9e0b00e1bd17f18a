"""The base of every request schema: fields, messages with codes, and a blueprint that validates the JSON body."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from chatkit.errors import Invalid
from chatkit.web.json_body import read_json

SESSION_ID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
SESSION_HEADER = "X-Session-ID"
SESSION_ID = re.compile(SESSION_ID_PATTERN.replace("$", r"\Z"))

PAGE_URL_MEANING = "The reader's page; left out unless it is a path, or begins with http:// or https://."
SITE_MEANING = "The site to answer from, as the index names it; without it, that of the page."
VERSION_MEANING = "The version of the documentation; without it, that of the page, else the newest that is released."
LANGUAGE_MEANING = "The reader's language, a tag of BCP 47; without it, that of the page, else that of the question."
READER_MEANING = "The anonymous session, which the call counts against, beside its address."
LANGUAGE_TAG = validate.Regexp(
    r"^(?:[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,6})?\Z", error="A language is a tag such as en or pt-BR."
)


# What HTML's own e-mail field admits, with a dot in the host.
EMAIL_PATTERN = (
    r"^[A-Za-z0-9!#%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)
EMAIL = re.compile(EMAIL_PATTERN.replace("$", r"\Z"))


class CodedMessage(str):
    """A validation message that carries the stable code of its failure."""

    code: str

    def __new__(cls, code: str, text: str) -> "CodedMessage":
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


class WholeNumber(fields.Integer):
    """A whole number, which JSON may also write as 1.0; not a text that reads like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._deserialize(value, attr, data, **kwargs)


class StrictBoolean(fields.Boolean):
    """True or false, and nothing that resembles or equals one of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


BAD_SESSION_ID = CodedMessage("invalid_session_id", "A session id is a UUID of version 4.")


class UuidString(fields.String):
    """A UUID of version 4, kept in lower case; ``problem`` says so of any other text."""

    def __init__(self, problem: CodedMessage = BAD_SESSION_ID, **kwargs: Any) -> None:
        metadata = {"format": "uuid", "pattern": SESSION_ID_PATTERN} | kwargs.pop("metadata", {})
        messages: dict[str, Any] = {"required": problem, "null": problem, "invalid": problem}
        super().__init__(
            validate=validate.Regexp(SESSION_ID, error=problem), error_messages=messages, metadata=metadata, **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()


def counted_session_id() -> UuidString:
    """Return the field by which a call of a reader without an account names them, to be limited as one reader."""
    return UuidString(load_default=None, allow_none=True, metadata={"description": READER_MEANING})


class ScopeFields:
    """Where a reader is, and what is stated of the pages to look in: fields for a schema to inherit."""

    page_url = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=2000),
        metadata={"description": PAGE_URL_MEANING},
    )
    site = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=255),
        metadata={"description": SITE_MEANING},
    )
    version = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=100),
        metadata={"description": VERSION_MEANING},
    )
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=[validate.Length(max=35), LANGUAGE_TAG],
        metadata={"description": LANGUAGE_MEANING, "pattern": "^(?:[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,6})?$"},
    )


class WithoutNull:
    """For what stands in an address or a header, where nothing is null: what is absent is empty."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.allow_none = False
        if not field_obj.required:
            field_obj.load_default = ""


class WhereSchema(ScopeFields, WithoutNull, Payload):
    """Where a reader is."""


class ReaderSchema(WithoutNull, Payload):
    # In a header: the access log of a proxy holds addresses with their queries.
    session_id = UuidString(load_default="", data_key=SESSION_HEADER, metadata={"description": READER_MEANING})


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
