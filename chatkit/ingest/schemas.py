"""Payloads of /content."""

from marshmallow import fields, validate

from chatkit.web.payloads import Payload


class ReindexSchema(Payload):
    sources = fields.List(
        fields.String(validate=validate.Length(1, 1000)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "Names as `flask content status` lists them; all known sources where none is named."},
    )


class QueuedSchema(Payload):
    queued = fields.Integer(required=True, metadata={"description": "How many sources will be indexed again."})
