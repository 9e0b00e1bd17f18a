"""Payloads of /user/personalize and /recommendations."""

from marshmallow import fields, validate

from chatkit.web.payloads import PAGE_URL_MEANING, Payload, StrictBoolean

LEVELS = ("beginner", "intermediate", "advanced")
KINDS = ("pinned", "question", "saved_chat", "page", "next", "preference", "answered_now", "rated_down")
BASES = ("question", "saved_chat", "page", "topic")
ID_MEANING = "The address of the page, by which it is rated."
URL_MEANING = "The page, or the section of it that fits."
KIND_MEANING = "Why it is recommended; clients with words of their own say so by them."
BECAUSE_MEANING = "The one thing that the reason rests on; null for what the site's owner recommends."
BASIS_ID_MEANING = "Rated `down`, nothing rests on it any more."
BASIS_URL_MEANING = "The page through which it leads there; null where it leads there by itself."
ENABLED_MEANING = "`false` deletes the profile and stays so until it is `true`; left out, it stays as it is."
SUBJECT_MEANING = "The `id` of a recommendation, or of what one rests on."


class PreferencesSchema(Payload):
    topics = fields.List(
        fields.String(validate=validate.Length(min=1, max=80)), validate=validate.Length(max=10), load_default=list
    )
    level = fields.String(validate=validate.OneOf(LEVELS), load_default=None, allow_none=True)
    enabled = StrictBoolean(load_default=None, allow_none=True, metadata={"description": ENABLED_MEANING})


class PersonalizeSchema(Payload):
    preferences = fields.Nested(PreferencesSchema, load_default=None, allow_none=True)
    page_url = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=2000),
        metadata={"description": PAGE_URL_MEANING},
    )


class BasisSchema(Payload):
    kind = fields.String(required=True, validate=validate.OneOf(BASES))
    id = fields.String(required=True, metadata={"description": BASIS_ID_MEANING})
    title = fields.String(required=True)
    url = fields.String(required=True, allow_none=True, metadata={"description": BASIS_URL_MEANING})


class RecommendationSchema(Payload):
    id = fields.String(required=True, metadata={"description": ID_MEANING})
    title = fields.String(required=True)
    url = fields.String(required=True, metadata={"description": URL_MEANING})
    reason = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata={"description": KIND_MEANING})
    because = fields.Nested(BasisSchema, required=True, allow_none=True, metadata={"description": BECAUSE_MEANING})


class ContentSchema(Payload):
    summary = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    level = fields.String(required=True, allow_none=True)
    enabled = fields.Boolean(required=True)


class PersonalizedSchema(Payload):
    recommendations = fields.List(fields.Nested(RecommendationSchema), required=True, validate=validate.Length(max=5))
    personalized_content = fields.Nested(ContentSchema, required=True)


class OnPageSchema(Payload):
    recommendations = fields.List(fields.Nested(RecommendationSchema), required=True, validate=validate.Length(max=12))


class RecommendationFeedbackSchema(Payload):
    id = fields.String(
        required=True, validate=validate.Length(min=1, max=1100), metadata={"description": SUBJECT_MEANING}
    )
    rating = fields.String(required=True, validate=validate.OneOf(["up", "down"]))
