"""Payloads of /search and /suggestions."""

from typing import Any

from marshmallow import fields, validate

from chatkit.web.payloads import SESSION_HEADER, CodedMessage, Payload, ScopeFields, UuidString

TOO_LONG = CodedMessage("query_too_long", "A search may have at most 200 characters.")
READER_MEANING = "The anonymous session, which the call counts against, beside its address."
RANGES_MEANING = "The ranges [start, end) of {} that were searched for, in characters."


class WithoutNull:
    """For what stands in an address or a header, where nothing is null: what is absent is empty."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.allow_none = False
        if not field_obj.required:
            field_obj.load_default = ""


class WhereSchema(ScopeFields, WithoutNull, Payload):
    """Where a reader is."""


class SearchSchema(WhereSchema):
    q = fields.String(
        required=True,
        validate=validate.Length(max=200, error=TOO_LONG),
        metadata={"description": "What was typed so far; without a word in it, nothing is found."},
    )


class ReaderSchema(WithoutNull, Payload):
    # In a header: the access log of a proxy holds addresses with their queries.
    session_id = UuidString(load_default="", data_key=SESSION_HEADER, metadata={"description": READER_MEANING})


def _ranges(of: str) -> fields.Field[Any]:
    return fields.List(
        fields.List(fields.Integer(), validate=validate.Length(equal=2)),
        required=True,
        metadata={"description": RANGES_MEANING.format(of)},
    )


class ResultSchema(Payload):
    id = fields.String(required=True)
    title = fields.String(required=True)
    path = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The headings above the section, from its page's title down to its own."},
    )
    url = fields.String(required=True)
    excerpt = fields.String(required=True, validate=validate.Length(max=200))
    highlights = _ranges("the excerpt")
    heading_highlights = _ranges("the last heading of the path")


class ResultsSchema(Payload):
    results = fields.List(fields.Nested(ResultSchema), required=True, validate=validate.Length(max=8))


class SuggestionsSchema(Payload):
    questions = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=4),
        metadata={"description": "About the page; about the site where the page is not indexed."},
    )
    often_asked = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=2),
        metadata={"description": "What at least three readers of the site were answered from, the most of them first."},
    )
    page_title = fields.String(
        required=True, allow_none=True, metadata={"description": "The title of the page, where it is indexed."}
    )
