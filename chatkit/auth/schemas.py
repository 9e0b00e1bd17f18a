"""Payloads of /auth and /user."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from chatkit.web.payloads import EMAIL, EMAIL_PATTERN, CodedMessage, Payload, StrictBoolean, UuidString
from chatkit.web.times import UtcTime

CONSENT = CodedMessage("consent_required", "Agree to the storage of your data to have an account.")
BAD_EMAIL = CodedMessage("invalid_email", "This is not an e-mail address that mail can reach.")
# A page's URL; whether a link may lead back to it, the service decides.
PAGE_PATTERN = r"^https?://[^ \t\r\n/?#\[\]]+([/?#][^ \t\r\n]*)?$"
MIGRATED_MEANING = "How many messages of the anonymous session the account has been given."
CHAT_IDS_MEANING = "The saved chats that hold them, newest first; none when the account has no room for more."
NAME_MEANING = (
    "What the site or the provider calls the person, of an account without an address; empty if it does not say."
)
SITE_MEANING = "By whose word the person is here: the site or the provider, of an account without an address."
QUESTION_LIMIT_MEANING = "How many questions the account may ask in how many seconds; null where there is no limit."


class EmailField(fields.String):
    """An address in lower case, refused as `invalid_email`. Whether mail reaches it, mail shows."""

    def __init__(self) -> None:
        matches = validate.Regexp(EMAIL, error=BAD_EMAIL)
        super().__init__(
            required=True,
            validate=[validate.Length(max=254, error=BAD_EMAIL), matches],
            metadata={"pattern": EMAIL_PATTERN},
            error_messages={"required": BAD_EMAIL, "invalid": BAD_EMAIL, "null": BAD_EMAIL},
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()


class Consent(StrictBoolean):
    """True alone."""

    def __init__(self) -> None:
        problems: dict[str, Any] = {"required": CONSENT, "null": CONSENT, "invalid": CONSENT}
        super().__init__(required=True, error_messages=problems, metadata={"enum": [True]})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not super()._deserialize(value, attr, data, **kwargs):
            raise self.make_error("invalid", input=value)
        return True


def page_field() -> fields.String:
    """Return the field of the page that a sign-in leads back to."""
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=[
            validate.Length(max=2000),
            validate.Regexp(PAGE_PATTERN.replace("$", r"\Z"), error="Not a page's URL."),
        ],
        metadata={"format": "uri", "pattern": PAGE_PATTERN},
    )


class SignupSchema(Payload):
    email = EmailField()
    browser_id = UuidString(load_default=None, allow_none=True)
    consent_data_storage = Consent()
    migrate_session = UuidString(load_default=None, allow_none=True)
    return_to = page_field()


class ProviderRequestSchema(Payload):
    browser_id = UuidString(required=True)
    consent_data_storage = Consent()
    migrate_session = UuidString(load_default=None, allow_none=True)
    return_to = page_field()


class ProviderAddressSchema(Payload):
    url = fields.String(required=True, metadata={"format": "uri", "description": "Where the browser goes to sign in."})


class EmailSchema(Payload):
    email = EmailField()
    browser_id = UuidString(load_default=None, allow_none=True)


class TokenSchema(Payload):
    token = fields.String(required=True, validate=validate.Length(min=1, max=256))
    browser_id = UuidString(load_default=None, allow_none=True)
    confirmed = StrictBoolean(load_default=False)


class IdentitySchema(Payload):
    token = fields.String(
        required=True,
        validate=validate.Length(min=1, max=8192),
        metadata={"description": "A JWT of the site's own server, good for minutes and once."},
    )


class CodeSchema(Payload):
    code = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9]{6}\Z", error="The code has six digits."),
        metadata={"pattern": "^[0-9]{6}$"},
    )
    browser_id = UuidString(required=True)


class MigrateSchema(Payload):
    anon_id = UuidString(required=True)


class StatusSchema(Payload):
    status = fields.String(required=True, validate=validate.OneOf(["verification_sent"]))


class ProfileSchema(Payload):
    email = fields.String(required=True)
    tier = fields.String(required=True, validate=validate.OneOf(["lightweight", "full", "premium"]))
    name = fields.String(metadata={"description": NAME_MEANING})
    site = fields.String(metadata={"description": SITE_MEANING})


class SignedInSchema(Payload):
    session_token = fields.String(required=True)
    expires_at = UtcTime(required=True)
    user_profile = fields.Nested(ProfileSchema, required=True)
    migrated_messages = fields.Integer(required=True, metadata={"description": MIGRATED_MEANING})
    chat_ids = fields.List(fields.String(), required=True, metadata={"description": CHAT_IDS_MEANING})


class SessionCheckSchema(Payload):
    valid = fields.Boolean(required=True)
    user = fields.Nested(ProfileSchema, required=True)


class VerifiedSchema(Payload):
    verified = fields.Boolean(required=True)


class RefreshedSchema(Payload):
    token = fields.String(required=True)
    expires_at = UtcTime(required=True)


class MigratedSchema(Payload):
    migrated_messages = fields.Integer(required=True)


class SessionSchema(Payload):
    id = fields.String(required=True)
    device_name = fields.String(required=True)
    created_at = UtcTime(required=True)
    last_seen_at = UtcTime(required=True)
    current = fields.Boolean(required=True)


class SessionsSchema(Payload):
    sessions = fields.List(fields.Nested(SessionSchema), required=True)


class QuestionLimitSchema(Payload):
    questions = fields.Integer(required=True)
    seconds = fields.Integer(required=True)


def account_schema(names: Iterable[str]) -> type[Schema]:
    """Return the schema of what an account is: how much is kept of each of the ``names``, and how much it may ask."""
    counted = Payload.from_dict({name: fields.Integer(required=True) for name in names}, name="KeptSchema")
    limit = fields.Nested(
        QuestionLimitSchema, required=True, allow_none=True, metadata={"description": QUESTION_LIMIT_MEANING}
    )
    parts: dict[str, fields.Field[Any]] = {"kept": fields.Nested(counted, required=True), "question_limit": limit}
    return Payload.from_dict(parts, name="AccountSchema")


def export_schema(sections: Mapping[str, bool]) -> type[Schema]:
    """Return the schema of the exported document: a list of rows for each section, or one row where it is False."""
    listed: dict[str, fields.Field[Any]] = {
        key: fields.List(fields.Dict(), required=True) if many else fields.Dict(required=True)
        for key, many in sections.items()
    }
    return Payload.from_dict(listed, name="ExportSchema")
