"""Payloads of /user/personalize."""

from marshmallow import fields, validate

from chatkit.web.payloads import Payload

LEVELS = ("beginner", "intermediate", "advanced")


class PreferencesSchema(Payload):
    topics = fields.List(
        fields.String(validate=validate.Length(min=1, max=80)), validate=validate.Length(max=10), load_default=list
    )
    level = fields.String(validate=validate.OneOf(LEVELS), load_default=None, allow_none=True)


class PersonalizeSchema(Payload):
    preferences = fields.Nested(PreferencesSchema, load_default=None, allow_none=True)


class RecommendationSchema(Payload):
    title = fields.String(required=True)
    url = fields.String(required=True)
    reason = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["preference", "question", "saved_chat", "start"]))


class ContentSchema(Payload):
    summary = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    level = fields.String(required=True, allow_none=True)


class PersonalizedSchema(Payload):
    recommendations = fields.List(fields.Nested(RecommendationSchema), required=True)
    personalized_content = fields.Nested(ContentSchema, required=True)
