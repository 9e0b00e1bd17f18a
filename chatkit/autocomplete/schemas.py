"""Payloads of /search and /suggestions."""

from typing import Any

from marshmallow import fields, validate

from chatkit.web.payloads import CodedMessage, Payload, WhereSchema

TOO_LONG = CodedMessage("query_too_long", "A search may have at most 200 characters.")
RANGES_MEANING = "The ranges [start, end) of {} that were searched for, in characters."


class SearchSchema(WhereSchema):
    q = fields.String(
        required=True,
        validate=validate.Length(max=200, error=TOO_LONG),
        metadata={"description": "What was typed so far; without a word in it, nothing is found."},
    )


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
