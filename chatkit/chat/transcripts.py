"""Transcripts: what was asked and answered, for 24 hours or until an account adopts it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update

from chatkit.answers.extractive import Outcome
from chatkit.auth.personal_data import Adopted
from chatkit.auth.sessions import Caller
from chatkit.chat import answer_facts, content_gaps, saved_chats
from chatkit.chat.answer_facts import Added
from chatkit.chat.models import AnonymousSession, Message
from chatkit.chat.redaction import redact
from chatkit.chat.reply import Fallback, Reply
from chatkit.config import settings
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, keep_newest, lock_for_adding, prune_beyond
from chatkit.database.orm import db, on_sqlite, row_count, table, upsert, utcnow
from chatkit.errors import NotFound
from chatkit.evaluation import service as test_set
from chatkit.llm.dialect import ChatMessage
from chatkit.search.query import Question

ANONYMOUS_RETENTION = timedelta(hours=24)
RETENTION = timedelta(days=90)
# How many answers one statement names.
ADOPTED_AT_ONCE = 500
# What the export holds of a message.
EXPORTED = (
    "message_id",
    "conversation_id",
    "page_url",
    "role",
    "content",
    "sources",
    "citations",
    "outcome",
    "state",
    "metadata",
    "created_at",
)
_MESSAGES = table(Message)
# The statements of every question are made once: making one takes longer than the database does.
_ADD_QUESTION = insert(_MESSAGES)
_HISTORY = (
    select(_MESSAGES.c.role, _MESSAGES.c.content, _MESSAGES.c.outcome)
    .where(
        _MESSAGES.c.conversation_id == bindparam("conversation_id"),
        # No index answers this, or SQLite would look through the messages of all readers without an account.
        func.coalesce(_MESSAGES.c.anonymous_session_id, "") == bindparam("session"),
        func.coalesce(_MESSAGES.c.user_id, 0) == bindparam("user"),
    )
    .order_by(_MESSAGES.c.id.desc())
    .limit(bindparam("limit"))
)
# One statement for all the answers that a process writes, so that it takes SQLite's write lock once.
_HEARTBEAT = """UPDATE messages SET content = written.value, beats = beats + 1 FROM {each}(:texts) AS written
  WHERE messages.message_id = written.key AND messages.state = 'running' RETURNING messages.message_id"""


@dataclass(frozen=True)
class Conversation:
    """The messages that belong together: all of the session, without a ``conversation_id``.

    They are owned by the account ``user_id``, or by the anonymous session where that is None.
    """

    session_id: str
    user_id: int | None
    conversation_id: str | None = None

    @property
    def id(self) -> str:
        return self.conversation_id or self.session_id

    @property
    def owner(self) -> dict[str, Any]:
        if self.user_id is None:
            return {"anonymous_session_id": self.session_id, "user_id": None}
        return {"anonymous_session_id": None, "user_id": self.user_id}


def add_turn(
    conversation: Conversation, question: Question, reply: Reply, fallback: Fallback | None = None
) -> Added | None:
    """Append a question and its answer, in the place of an account's oldest beyond what it keeps; the caller commits.

    An answer that is running has a ``fallback``. What looks like an address in the question is redacted. Returns None
    when there is an answer under this message id already: of two requests at once one finds the other's. The caller
    rolls back then.
    """
    now = utcnow()
    owner = conversation.owner | {"conversation_id": conversation.id, "created_at": now}
    if conversation.user_id is None:
        session = {"id": conversation.session_id, "created_at": now, "expires_at": now + ANONYMOUS_RETENTION}
        db.session.execute(_prolong_session(on_sqlite()), session)
    db.session.execute(_ADD_QUESTION, owner | {"role": "user", "content": redact(question.text)})
    answer = {
        "role": "assistant",
        "message_id": reply.message_id,
        "content": reply.answer,
        "sources": reply.sources,
        "state": reply.state,
        "citations": reply.citations,
        "outcome": reply.outcome,
        "metadata": reply.metadata,
        "page_url": question.page_url and redact(question.page_url),
        "fallback": asdict(fallback) if fallback else None,
    }
    if conversation.user_id is not None:
        lock_for_adding(f"messages:{conversation.user_id}")
    added = db.session.scalar(_add_answer(on_sqlite()), owner | answer)
    if added is None:
        return None
    if conversation.user_id is not None:
        keep_newest(_MESSAGES, _MESSAGES.c.user_id == conversation.user_id, settings().storage_messages)
    return Added(added, conversation.id, now)


def history(conversation: Conversation, limit: int) -> list[ChatMessage]:
    """Return a conversation's latest messages, ``limit`` at most, the latest last; a greeting is not one of them."""
    session = conversation.session_id if conversation.user_id is None else ""
    owner = {"session": session, "user": conversation.user_id or 0}
    values = owner | {"conversation_id": conversation.id, "limit": 2 * limit}
    found = list[ChatMessage]()
    for row in db.session.execute(_HISTORY, values).all()[::-1]:
        if row.outcome != Outcome.GREETING:
            found.append(ChatMessage(role=row.role, content=row.content))
        elif found and found[-1]["role"] == "user":
            found.pop()
    return found[-limit:]


def find(message_id: str) -> Message | None:
    """Return an answer of any owner."""
    return db.session.scalars(select(Message).where(Message.message_id == message_id)).one_or_none()


def find_or_fail(message_id: str, user_id: int | None) -> Message:
    """Return an answer; raise ``NotFound`` where there is none, or it is that of an account that is not ``user_id``.

    An answer to a reader without an account is for whoever knows its id.
    """
    message = find(message_id)
    if message is None or message.user_id not in (None, user_id):
        unkept = "" if settings().store_transcripts else " The owner of this site keeps none, so none can be rated."
        raise NotFound(f"There is no such answer.{unkept}")
    return message


def to_reply(message: Message) -> Reply:
    """Return an answer as it is in the transcript."""
    return Reply(
        message_id=message.message_id or "",
        answer=message.content,
        sources=message.sources,
        citations=message.citations,
        metadata=message.answer_metadata,
        state=message.state,
        outcome=Outcome(message.outcome or Outcome.NEAREST),
        people=settings().ask_people,
    )


def heartbeat(texts: dict[str, str]) -> set[str]:
    """Write what has come of running answers, and that their writer is alive. The caller commits.

    Returns the ids of those that are running no more: stopped, taken for abandoned, or deleted with their owner.
    """
    statement = text(_HEARTBEAT.format(each="json_each" if on_sqlite() else "json_each_text"))
    return set(texts) - set(db.session.scalars(statement, {"texts": json.dumps(texts)}))


def finish(reply: Reply) -> bool:
    """Write an answer that has ended; False when another worker has ended it. The caller commits."""
    own = (_MESSAGES.c.message_id == reply.message_id, _MESSAGES.c.state.in_(("running", "stopped")))
    return bool(row_count(db.session.execute(update(_MESSAGES).where(*own).values(_final_values(reply)))))


def finish_abandoned(message: Message, begun: bool) -> None:
    """End an answer whose writer is dead, unless a heartbeat has come meanwhile, and count it; the caller commits.

    ``begun`` tells that a reader has seen some of it, which the writer may not have kept.
    """
    fallback = dict(message.fallback or {"text": "", "citations": []})
    fallback["outcome"] = Outcome(fallback.get("outcome", Outcome.NEAREST))
    reply = to_reply(message).interrupted(Fallback(**fallback), begun)
    silent = (_MESSAGES.c.id == message.id, _MESSAGES.c.state == "running", _MESSAGES.c.beats == message.beats)
    if row_count(db.session.execute(update(_MESSAGES).where(*silent).values(_final_values(reply)))):
        answer_facts.finish(message.id, reply)


def stop(message_id: str) -> bool:
    """End an answer as far as it has come; False when it has ended already. The caller commits."""
    running = (_MESSAGES.c.message_id == message_id, _MESSAGES.c.state == "running")
    return bool(row_count(db.session.execute(update(_MESSAGES).where(*running).values(state="stopped", fallback=None))))


def _final_values(reply: Reply) -> dict[str, Any]:
    values = {"content": reply.answer, "sources": reply.sources, "citations": reply.citations}
    return values | {"outcome": reply.outcome, "state": reply.state, "metadata": reply.metadata, "fallback": None}


def adopt(session_id: str, user_id: int) -> Adopted:
    """Give an anonymous transcript to an account, which also finds each conversation of it as a saved chat.

    An answer keeps its id, so it can be followed and rated after signing in. The caller commits.
    """
    # Locked first: a turn being added waits for it or is moved, and of two adoptions at once one finds nothing.
    live = (AnonymousSession.id == session_id, AnonymousSession.expires_at > utcnow())
    lock = update(AnonymousSession).where(*live).values(expires_at=AnonymousSession.expires_at)
    if not row_count(db.session.execute(lock, execution_options={"synchronize_session": False})):
        return Adopted()
    lock_for_adding(f"messages:{user_id}")
    moved = update(_MESSAGES).where(_MESSAGES.c.anonymous_session_id == session_id)
    moved = moved.values(anonymous_session_id=None, user_id=user_id)
    # Of what may be thousands of messages the ids alone are in memory.
    found = db.session.execute(moved.returning(_MESSAGES.c.id, _MESSAGES.c.message_id, _MESSAGES.c.conversation_id))
    rows = sorted(found, key=attrgetter("id"))
    db.session.execute(delete(AnonymousSession).where(AnonymousSession.id == session_id))
    message_ids = [row.message_id for row in rows if row.message_id]
    for first in range(0, len(message_ids), ADOPTED_AT_ONCE):
        batch = message_ids[first : first + ADOPTED_AT_ONCE]
        content_gaps.adopt(batch, user_id)
        test_set.adopt(batch, user_id)
    # Newest first, by their latest message.
    by_time = dict.fromkeys(row.conversation_id for row in reversed(rows) if row.conversation_id)
    conversations = list(by_time)[: saved_chats.ADOPTED_CHATS]
    saved = [_save_adopted(user_id, conversation_id) for conversation_id in reversed(conversations)]
    keep_newest(_MESSAGES, _MESSAGES.c.user_id == user_id, settings().storage_messages, most=len(rows))
    return Adopted(len(rows), tuple(chat_id for chat_id in reversed(saved) if chat_id is not None))


def _save_adopted(user_id: int, conversation_id: str) -> str | None:
    """Save what an account has of a conversation, and return the chat's id.

    Returns None for an account that is full: it is signed in all the same, and has the conversation among its messages.
    """
    said = [_MESSAGES.c[name] for name in ("role", "content", "outcome", "sources", "citations")]
    own = (_MESSAGES.c.user_id == user_id, _MESSAGES.c.conversation_id == conversation_id)
    latest = select(*said).where(*own).order_by(_MESSAGES.c.id.desc()).limit(saved_chats.ADOPTED_MESSAGES)
    messages = [_to_saved(row) for row in db.session.execute(latest).all()[::-1]]
    if not saved_chats.fits(user_id, messages):
        return None
    return saved_chats.add(user_id, messages, conversation_id=conversation_id).chat_id


def _to_saved(row: Row[Any]) -> dict[str, Any]:
    """Return a message as a saved chat holds it: an answer with its outcome and what it rests on."""
    saved = {"role": row.role, "content": row.content, "sources": row.sources}
    return saved if row.outcome is None else saved | {"outcome": row.outcome, "citations": row.citations}


def count_questions(caller: Caller) -> int:
    """Return how many questions of a person are kept."""
    own = (Message.user_id == caller.account_id, Message.role == "user")
    return db.session.scalar(select(func.count(Message.id)).where(*own)) or 0


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield every message of a person, oldest first."""
    columns = [_MESSAGES.c[name] for name in EXPORTED]
    for row in in_pages(columns, _MESSAGES.c.id, _MESSAGES.c.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {name: row._mapping[name] for name in EXPORTED}


def prune_anonymous(limit: int) -> int:
    """Delete up to ``limit`` messages of anonymous sessions past their day, then such sessions; return how many rows.

    One session may hold any number of messages, so they do not go with it at once. The caller commits.
    """
    ended = AnonymousSession.expires_at < utcnow()
    old = select(AnonymousSession.id).where(ended).order_by(AnonymousSession.expires_at).limit(limit)
    theirs = select(Message.id).where(Message.anonymous_session_id.in_(old)).limit(limit)
    gone = row_count(db.session.execute(delete(Message).where(Message.id.in_(theirs))))
    if gone < limit:
        # Looked at once more: a reader who comes back at this moment keeps the session.
        gone += row_count(db.session.execute(delete(AnonymousSession).where(AnonymousSession.id.in_(old), ended)))
    return gone


def prune(limit: int) -> int:
    """Delete up to ``limit`` messages older than 90 days, or without an account and beyond what the site keeps.

    Returns how many. The caller commits.
    """
    old = select(Message.id).where(Message.created_at < utcnow() - RETENTION).limit(limit)
    gone = row_count(db.session.execute(delete(Message).where(Message.id.in_(old))))
    anonymous = _MESSAGES.c.user_id.is_(None)
    return gone or prune_beyond(_MESSAGES, anonymous, settings().storage_site_rows, limit)


@cache
def _prolong_session(on_sqlite: bool) -> Any:
    row = upsert(table(AnonymousSession))
    return row.on_conflict_do_update(index_elements=["id"], set_={"expires_at": row.excluded.expires_at})


@cache
def _add_answer(on_sqlite: bool) -> Any:
    return upsert(_MESSAGES).on_conflict_do_nothing(index_elements=["message_id"]).returning(_MESSAGES.c.id)
