"""Payloads of /chat."""

from typing import Any

from marshmallow import fields, validate

from chatkit.web.payloads import (
    CodedMessage,
    Number,
    Payload,
    ScopeFields,
    UuidString,
    WholeNumber,
    counted_session_id,
)
from chatkit.web.times import UtcTime

TOO_LONG = CodedMessage("message_too_long", "A question may have at most 2,000 characters.")
SELECTED_TOO_LONG = CodedMessage("selected_text_too_long", "Selected text may have at most 5,000 characters.")
# Python and ECMAScript do not agree on what \s is, so the spaces are named.
NOT_BLANK = validate.Regexp(r"[\s\S]*[^ \t\r\n]", error="This may not be empty.")
# Links that would run when followed are kept out: saved sources are shown again later.
LINK = r"^(https?://|/|#)"
BAD_LINK = "A link starts with http://, https://, / or #."
CONVERSATION_ID = CodedMessage("invalid_conversation_id", "A conversation id is a UUID of version 4.")
CONVERSATION_ID_MEANING = "Which questions follow on each other; without it, all of the session do."
SAVED_CONVERSATION_MEANING = "The conversation that is saved; saved again, it takes the place of the earlier one."
SAVED_CONVERSATION_ID_MEANING = "Ask on under it and save again, and the chat goes on; null for one of no conversation."
MESSAGE_ID = CodedMessage("invalid_message_id", "A message id is a UUID of version 4.")
MESSAGE_ID_MEANING = "Names the answer. Sent again, it brings that answer instead of asking once more."
OUTCOMES = ("answered", "nearest", "not_covered", "greeting")
OUTCOME_MEANING = (
    "`answered`: the pages say this; `nearest`: these sections come nearest, and nothing is claimed; `not_covered`: "
    "nothing comes near; `greeting`: nothing was asked."
)
ASK_PEOPLE_MEANING = "Where people can be asked, when the pages do not answer and the owner says so."
FALLBACK_REASONS = ("no_answer", "broke_off", "unsupported")
FALLBACK_REASON_MEANING = (
    "Why the pages do: `no_answer`, the model said nothing; `broke_off`, the answer begins with what it wrote until it "
    "broke off; `unsupported`, the answer begins with what it wrote, and no page supports that."
)
REASONS = ("wrong", "incomplete", "outdated", "unclear", "other")
LAST_EVENT_ID_MEANING = "The id of the last event that came; the stream goes on from there."
MAX_MESSAGES = 200
MAX_CONTENT = 20_000


class ContextSchema(ScopeFields, Payload):
    mode = fields.String(required=True, validate=validate.OneOf(["browse", "chat"]))
    selected_text = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=5000, error=SELECTED_TOO_LONG)
    )
    session_id = UuidString(required=True)
    conversation_id = UuidString(
        CONVERSATION_ID, load_default=None, allow_none=True, metadata={"description": CONVERSATION_ID_MEANING}
    )


class QuestionSchema(Payload):
    message = fields.String(
        required=True, validate=[validate.Length(max=2000, error=TOO_LONG), NOT_BLANK], metadata={"minLength": 1}
    )
    context = fields.Nested(ContextSchema, required=True)
    message_id = UuidString(
        MESSAGE_ID, load_default=None, allow_none=True, metadata={"description": MESSAGE_ID_MEANING}
    )
    tier = fields.String(
        allow_none=True, metadata={"description": "Ignored: the server knows the tier.", "deprecated": True}
    )


class SourceSchema(Payload):
    id = fields.String(required=True, validate=validate.Length(max=64))
    title = fields.String(required=True, validate=validate.Length(max=700))
    url = fields.String(
        required=True,
        validate=[validate.Length(max=2000), validate.Regexp(LINK, error=BAD_LINK)],
    )
    excerpt = fields.String(required=True, validate=validate.Length(max=200))
    score = Number(required=True, validate=validate.Range(0, 1))
    path = fields.List(
        fields.String(validate=validate.Length(max=700)),
        validate=validate.Length(max=20),
        metadata={"description": "The headings above the section, from its page's title down to its own."},
    )
    site = fields.String(validate=validate.Length(max=255), metadata={"description": "The site of its page."})
    version = fields.String(
        allow_none=True, validate=validate.Length(max=100), metadata={"description": "The version of its page."}
    )
    language = fields.String(
        allow_none=True, validate=validate.Length(max=35), metadata={"description": "The language of its page."}
    )
    highlights = fields.List(
        fields.List(WholeNumber(strict=True, validate=validate.Range(0, 200)), validate=validate.Length(equal=2)),
        validate=validate.Length(max=100),
        metadata={"description": "What decides in the excerpt: where it begins and ends, in characters."},
    )


class AnswerSchema(Payload):
    message_id = UuidString(MESSAGE_ID, required=True)
    session_id = counted_session_id()


class PositionSchema(Payload):
    last_event_id = fields.String(
        load_default="0",
        data_key="Last-Event-ID",
        validate=validate.Regexp(r"^[0-9]{1,9}\Z"),
        metadata={"pattern": "^[0-9]{1,9}$", "description": LAST_EVENT_ID_MEANING},
    )


class MetadataSchema(Payload):
    model = fields.String(required=True)
    fallback = fields.Boolean(
        required=True, metadata={"description": "Whether a model was to answer and the pages themselves do."}
    )
    fallback_reason = fields.String(
        required=True,
        allow_none=True,
        # An answer of an earlier version does not say it.
        dump_default=None,
        validate=validate.OneOf(FALLBACK_REASONS),
        metadata={"description": FALLBACK_REASON_MEANING},
    )
    curated = fields.Boolean(
        metadata={"description": "True when the site's owner wrote or chose the answer to this question."}
    )
    tokens_used = fields.Integer(required=True)
    retrieval_time_ms = fields.Float(required=True)
    generation_time_ms = fields.Float(required=True)
    total_time_ms = fields.Float(required=True)


class PeopleSchema(Payload):
    label = fields.String(required=True)
    url = fields.String(required=True)


class ReplySchema(Payload):
    message_id = fields.String(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES), metadata={"description": OUTCOME_MEANING})
    answer = fields.String(required=True)
    sources = fields.List(fields.Nested(SourceSchema), required=True, validate=validate.Length(max=5))
    citations = fields.List(fields.String(), required=True)
    state = fields.String(required=True, validate=validate.OneOf(["done", "stopped"]))
    ask_people = fields.Nested(
        PeopleSchema, required=True, allow_none=True, metadata={"description": ASK_PEOPLE_MEANING}
    )
    metadata = fields.Nested(MetadataSchema, required=True)


class MessageSchema(Payload):
    role = fields.String(required=True, validate=validate.OneOf(["user", "assistant"]))
    content = fields.String(
        required=True, validate=[validate.Length(max=MAX_CONTENT), NOT_BLANK], metadata={"minLength": 1}
    )
    sources = fields.List(fields.Nested(SourceSchema), validate=validate.Length(max=5))
    outcome = fields.String(validate=validate.OneOf(OUTCOMES), metadata={"description": OUTCOME_MEANING})
    citations = fields.List(fields.String(validate=validate.Length(max=64)), validate=validate.Length(max=5))


class FeedbackSchema(Payload):
    message_id = UuidString(MESSAGE_ID, required=True)
    session_id = counted_session_id()
    rating = fields.String(required=True, validate=validate.OneOf(["up", "down"]))
    reason = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(REASONS))
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000))


TITLE: dict[str, Any] = {"validate": [validate.Length(max=200), NOT_BLANK], "metadata": {"minLength": 1}}


class SaveSchema(Payload):
    messages = fields.List(
        fields.Nested(MessageSchema), required=True, validate=validate.Length(min=1, max=MAX_MESSAGES)
    )
    title = fields.String(load_default=None, allow_none=True, **TITLE)
    conversation_id = UuidString(
        CONVERSATION_ID, load_default=None, allow_none=True, metadata={"description": SAVED_CONVERSATION_MEANING}
    )


class SavedSchema(Payload):
    chat_id = fields.String(required=True)
    saved_at = UtcTime(required=True)


class RenameSchema(Payload):
    title = fields.String(required=True, **TITLE)


class SavedListSchema(Payload):
    cursor = fields.String(
        load_default=None, validate=validate.Regexp(r"^[1-9][0-9]{0,8}\Z"), metadata={"pattern": "^[1-9][0-9]{0,8}$"}
    )


class SummarySchema(SavedSchema):
    title = fields.String(required=True)
    message_count = fields.Integer(required=True)


class SavedPageSchema(Payload):
    chats = fields.List(fields.Nested(SummarySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SavedChatSchema(SummarySchema):
    conversation_id = fields.String(
        required=True, allow_none=True, metadata={"description": SAVED_CONVERSATION_ID_MEANING}
    )
    messages = fields.List(fields.Nested(MessageSchema), required=True)
