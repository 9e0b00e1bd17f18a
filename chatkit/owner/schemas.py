"""What the calls of the room take."""

from marshmallow import EXCLUDE, fields, validate

from chatkit.web.payloads import Payload


class ExportSchema(Payload):
    class Meta:
        unknown = EXCLUDE

    format = fields.String(required=True, validate=validate.OneOf(["csv", "jsonl"]))
    since = fields.String(load_default="", metadata={"description": "The first day, such as 2026-01-31 (UTC)."})
    until = fields.String(load_default="", metadata={"description": "The last day."})
    page = fields.String(load_default="", metadata={"description": "A page's address, or its path."})
    outcome = fields.String(load_default="")
    rating = fields.String(load_default="", metadata={"description": "`up`, `down` or `none`."})
    site = fields.String(load_default="", metadata={"description": "As the index names it; `unknown` without one."})
    language = fields.String(load_default="", metadata={"description": "A tag; `unknown` without one."})
