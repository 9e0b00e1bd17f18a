"""Payloads of /analytics."""

import json
from typing import Any

from marshmallow import ValidationError, fields, validate

from chatkit.schema import Payload, UtcTime

MAX_EVENT_DATA_BYTES = 4096


def _small(data: Any) -> None:
    if len(json.dumps(data)) > MAX_EVENT_DATA_BYTES:
        raise ValidationError(f"Event data may hold at most {MAX_EVENT_DATA_BYTES} bytes of JSON.")


class EventSchema(Payload):
    event_type = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[a-z][a-z0-9_]{0,63}\Z", error="An event type is snake_case, at most 64 characters."
        ),
        metadata={"pattern": "^[a-z][a-z0-9_]{0,63}$"},
    )
    event_data = fields.Dict(keys=fields.String(), load_default=dict, validate=_small)


class LoggedSchema(Payload):
    event_id = fields.Integer(required=True)
    logged_at = UtcTime(required=True)
