"""Payloads of /analytics."""

from marshmallow import fields, validate

from chatkit.web.payloads import Payload, counted_session_id
from chatkit.web.times import UtcTime


class EventSchema(Payload):
    event_type = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[a-z][a-z0-9_]{0,63}\Z", error="An event type is snake_case, at most 64 characters."
        ),
        metadata={"pattern": "^[a-z][a-z0-9_]{0,63}$"},
    )
    session_id = counted_session_id()
    event_data = fields.Dict(keys=fields.String(), load_default=dict)


class LoggedSchema(Payload):
    event_id = fields.Integer(required=True)
    logged_at = UtcTime(required=True)
