"""How a time goes out: in UTC, as RFC 3339, with a Z at its end."""

from datetime import UTC, datetime
from typing import Any

from flask.json.provider import DefaultJSONProvider
from marshmallow import fields


class UtcTime(fields.Field[datetime]):
    """A UTC time in an answer. It takes none in."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_utc(value)


class JsonProvider(DefaultJSONProvider):
    """Flask's JSON, with times as the contract writes them and keys in the order they were given."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        return format_utc(value) if isinstance(value, datetime) else DefaultJSONProvider.default(value)


def format_utc(time: datetime) -> str:
    """Return a UTC time as RFC 3339 text that ends in Z."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
