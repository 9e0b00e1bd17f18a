"""/chat: asking, streaming, saving."""

from typing import Any

from flask import Response, g, request

from chatkit.auth import guard
from chatkit.auth.guard import caller, caller_id
from chatkit.chat import answer_reader, event_stream, feedback, saved_chats, service
from chatkit.chat.answer_reader import AnswerReader
from chatkit.chat.generation import Origin
from chatkit.chat.left_out import is_left_out
from chatkit.chat.models import SavedChat
from chatkit.chat.page_address import page_address
from chatkit.chat.reply import Reply
from chatkit.chat.schemas import (
    AnswerSchema,
    FeedbackSchema,
    PositionSchema,
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
from chatkit.chat.transcripts import Conversation
from chatkit.errors import envelope
from chatkit.ratelimit.identifiers import Requester, identifiers_of
from chatkit.ratelimit.limiter import limited
from chatkit.search.query import Question
from chatkit.search.stated import Stated
from chatkit.web import concurrency
from chatkit.web.addresses import normalize_network
from chatkit.web.payloads import Blueprint
from chatkit.web.read_only import works_read_only

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
UNREADABLE = "The answer cannot be read on just now. Try again in a moment."
CHAT_PATH = "/saved/<int(max=2147483647):chat_id>"


@bp.post("")
@guard.account_optional
@concurrency.streaming
@limited("chat")
@works_read_only
@bp.arguments(QuestionSchema)
@bp.response(200, ReplySchema)
def ask(body: dict[str, Any]) -> Reply:
    """Ask a question and get the whole answer"""
    reader = _ask(body)
    reply = reader.poll(0, 0)
    if reply.running:
        with concurrency.yielded():
            reply = answer_reader.wait(reader)
    return reply


@bp.post("/stream")
@guard.account_optional
@concurrency.streaming
@limited("chat")
@works_read_only
@bp.arguments(QuestionSchema)
@bp.response(200, SERVER_SENT_EVENT, content_type="text/event-stream")
def ask_and_stream(body: dict[str, Any]) -> Response:
    """Ask a question and get the answer as it comes

    Events: `sources` first, `token` many times, `done` last; `error` ends it early.
    """
    return _stream(_ask(body), 0)


@bp.post("/resume")
@guard.account_optional
@concurrency.streaming
@limited("resume")
@works_read_only
@bp.arguments(AnswerSchema)
@bp.arguments(PositionSchema, location="headers")
@bp.response(200, SERVER_SENT_EVENT, content_type="text/event-stream")
def resume(body: dict[str, Any], position: dict[str, Any]) -> Response:
    """Get the rest of an answer whose stream broke

    The model is not asked again. Without `Last-Event-ID` the answer comes from its start.
    """
    return _stream(service.resume(body["message_id"], caller_id()), int(position["last_event_id"]))


@bp.post("/stop")
@guard.account_optional
@limited("stop")
@bp.arguments(AnswerSchema)
@bp.response(204)
def stop(body: dict[str, Any]) -> None:
    """Stop an answer that is being written

    What has come of it stays in the transcript. An answer that has ended stays as it is.
    """
    service.stop(body["message_id"], caller_id())


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
def save(body: dict[str, Any]) -> saved_chats.Saved:
    """Keep a chat

    Saved again, the chat of a conversation is updated and keeps its `chat_id`.
    """
    return saved_chats.save(caller().account_id, body["messages"], body["title"], body["conversation_id"])


@bp.get("/saved")
@guard.account_required
@bp.arguments(SavedListSchema, location="query")
@bp.response(200, SavedPageSchema)
def list_saved(query: dict[str, Any]) -> dict[str, Any]:
    """List one's saved chats, newest first"""
    before = int(query["cursor"]) if query["cursor"] else None
    chats, cursor = saved_chats.page(caller().account_id, before)
    return {"chats": [_summary(chat) for chat in chats], "next_cursor": cursor}


@bp.get(CHAT_PATH)
@guard.account_required
@bp.response(200, SavedChatSchema)
def read_saved(chat_id: int) -> dict[str, Any]:
    """Read a saved chat"""
    chat = saved_chats.get(caller().account_id, chat_id)
    return _summary(chat) | {"conversation_id": chat.conversation_id, "messages": chat.messages}


@bp.patch(CHAT_PATH)
@guard.account_required
@limited("edit")
@bp.arguments(RenameSchema)
@bp.response(200, SummarySchema)
def rename_saved(body: dict[str, Any], chat_id: int) -> dict[str, Any]:
    """Rename a saved chat"""
    return _summary(saved_chats.rename(caller().account_id, chat_id, body["title"]))


@bp.delete(CHAT_PATH)
@guard.account_required
@limited("edit")
@bp.response(204)
def delete_saved(chat_id: int) -> None:
    """Delete a saved chat"""
    saved_chats.remove(caller().account_id, chat_id)


def _ask(body: dict[str, Any]) -> AnswerReader:
    context = body["context"]
    conversation = Conversation(context["session_id"], caller_id(), context["conversation_id"])
    stated = Stated.of(context)
    question = Question(body["message"], context["selected_text"], page_address(context["page_url"]), stated=stated)
    return service.ask(conversation, question, body["message_id"], _origin())


def _origin() -> Origin:
    """Return where the question of this request comes from."""
    asking = guard.requester()
    reader = identifiers_of(Requester(account=asking.account, session_id=asking.session_id))
    spenders = (*reader, f"network:{normalize_network(request.remote_addr)}")
    return Origin(g.request_id, spenders, not is_left_out(asking.account, request.user_agent.string))


def _stream(reader: AnswerReader, offset: int) -> Response:
    """Return the response that streams an answer, once this request and its connection to the database are over."""
    # No proxy may compress it: that would hold it back until enough of it had come.
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    failure = envelope("service_unavailable", UNREADABLE)
    body = event_stream.events(reader, offset, failure)
    return concurrency.release_on_close(
        Response(body, content_type="text/event-stream; charset=utf-8", headers=headers)
    )


def _summary(chat: SavedChat) -> dict[str, Any]:
    fields = {"chat_id": str(chat.id), "title": chat.title, "saved_at": chat.saved_at}
    return fields | {"message_count": chat.message_count}
