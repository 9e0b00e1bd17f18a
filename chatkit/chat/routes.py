"""/chat: asking, streaming, saving."""

from typing import Any

from flask import Response

from chatkit.auth import guard
from chatkit.auth.guard import caller, caller_id
from chatkit.chat import feedback, saved, service, stream
from chatkit.chat.answer import Question
from chatkit.chat.models import SavedChat
from chatkit.chat.schemas import (
    FeedbackSchema,
    QuestionSchema,
    RenameSchema,
    ReplySchema,
    SavedChatSchema,
    SavedListSchema,
    SavedPageSchema,
    SavedSchema,
    SaveSchema,
    SummarySchema,
)
from chatkit.chat.transcripts import Conversation, Reply
from chatkit.ratelimit import limited
from chatkit.schema import Blueprint

bp = Blueprint("chat", __name__, url_prefix="/api/v1/chat", description="Questions and answers")
SERVER_SENT_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["sources", "token", "done", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "How many characters of the answer have been delivered."},
    },
}
CHAT_PATH = "/saved/<int(max=2147483647):chat_id>"


@bp.post("")
@guard.account_optional
@limited("chat")
@bp.arguments(QuestionSchema)
@bp.response(200, ReplySchema)
def ask(body: dict[str, Any]) -> Reply:
    """Ask a question and get the whole answer"""
    return _reply(body)


@bp.post("/stream")
@guard.account_optional
@limited("chat")
@bp.arguments(QuestionSchema)
@bp.response(200, SERVER_SENT_EVENT, content_type="text/event-stream")
def ask_and_stream(body: dict[str, Any]) -> Response:
    """Ask a question and get the answer as it comes

    Events: `sources` first, `token` many times, `done` last; `error` ends it early.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(stream.events(_reply(body)), content_type="text/event-stream; charset=utf-8", headers=headers)


@bp.post("/feedback")
@guard.account_optional
@limited("feedback")
@bp.arguments(FeedbackSchema)
@bp.response(204)
def rate(body: dict[str, Any]) -> None:
    """Say what one thinks of an answer

    One rating each answer; a later one takes the place of the earlier.
    """
    feedback.rate(body["message_id"], caller_id(), body["rating"], body["reason"], body["note"])


@bp.post("/save")
@guard.account_required
@limited("save_chat")
@bp.arguments(SaveSchema)
@bp.response(200, SavedSchema)
def save(body: dict[str, Any]) -> saved.Saved:
    """Keep a chat"""
    return saved.save(caller().account_id, body["messages"], body["title"])


@bp.get("/saved")
@guard.account_required
@bp.arguments(SavedListSchema, location="query")
@bp.response(200, SavedPageSchema)
def list_saved(query: dict[str, Any]) -> dict[str, Any]:
    """List one's saved chats, newest first"""
    before = int(query["cursor"]) if query["cursor"] else None
    chats, cursor = saved.page(caller().account_id, before)
    return {"chats": [_summary(chat) for chat in chats], "next_cursor": cursor}


@bp.get(CHAT_PATH)
@guard.account_required
@bp.response(200, SavedChatSchema)
def read_saved(chat_id: int) -> dict[str, Any]:
    """Read a saved chat"""
    chat = saved.get(caller().account_id, chat_id)
    return _summary(chat) | {"messages": chat.messages}


@bp.patch(CHAT_PATH)
@guard.account_required
@limited("edit")
@bp.arguments(RenameSchema)
@bp.response(200, SummarySchema)
def rename_saved(body: dict[str, Any], chat_id: int) -> dict[str, Any]:
    """Rename a saved chat"""
    return _summary(saved.rename(caller().account_id, chat_id, body["title"]))


@bp.delete(CHAT_PATH)
@guard.account_required
@limited("edit")
@bp.response(204)
def delete_saved(chat_id: int) -> None:
    """Delete a saved chat"""
    saved.remove(caller().account_id, chat_id)


def _reply(body: dict[str, Any]) -> Reply:
    context = body["context"]
    conversation = Conversation(context["session_id"], caller_id(), context["conversation_id"])
    asked = Question(body["message"], context["selected_text"], context["page_url"])
    return service.ask(conversation, asked, body["message_id"])


def _summary(chat: SavedChat) -> dict[str, Any]:
    count = len(chat.messages)
    return {"chat_id": str(chat.id), "title": chat.title, "saved_at": chat.saved_at, "message_count": count}
