"""What the calls of the room take."""

from collections.abc import Sequence

from marshmallow import EXCLUDE, fields, validate

from chatkit.web.payloads import Payload

OUTCOMES = ("answered", "nearest", "not_covered", "greeting")
RATINGS = ("up", "down", "none")
# What `owner.fields.text` takes.
STORABLE = validate.Regexp(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$", error="Text may not hold control characters.")


def _day(meaning: str) -> fields.String:
    return fields.String(load_default="", metadata={"format": "date", "description": meaning})


def _text(most: int, meaning: str) -> fields.String:
    validators = [validate.Length(max=most), STORABLE]
    return fields.String(load_default="", validate=validators, metadata={"description": meaning})


def _choice(words: Sequence[str]) -> fields.String:
    return fields.String(load_default="", validate=validate.OneOf(["", *words]))


class ExportSchema(Payload):
    class Meta:
        unknown = EXCLUDE

    format = fields.String(required=True, validate=validate.OneOf(["csv", "jsonl"]))
    since = _day("The first day, such as 2026-01-31 (UTC).")
    until = _day("The last day.")
    page = _text(2000, "A page's address, or its path.")
    outcome = _choice(OUTCOMES)
    rating = _choice(RATINGS)
    site = _text(255, "As the index names it; `unknown` without one.")
    language = _text(35, "A tag; `unknown` without one.")


class ImportSchema(Payload):
    added = fields.Integer(required=True, metadata={"description": "How many questions are new."})
    known = fields.Integer(
        required=True, metadata={"description": "How many were there already, and stay as they are."}
    )
