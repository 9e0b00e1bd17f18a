"""Transcripts: what was asked and answered, for 24 hours or until an account adopts it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from chatkit.chat import saved
from chatkit.chat.models import AnonymousSession, Message
from chatkit.errors import NotFound
from chatkit.extensions import changed, db, upsert, utcnow

ANONYMOUS_KEPT = timedelta(hours=24)
KEPT = timedelta(days=90)


def add_turn(session_id: str, user_id: int | None, question: str, answer: str, sources: list[dict[str, Any]]) -> None:
    """Append a question and its answer; the caller commits."""
    now = utcnow()
    owner: dict[str, Any] = {"user_id": user_id, "anonymous_session_id": None}
    if user_id is None:
        owner["anonymous_session_id"] = session_id
        row = upsert(AnonymousSession).values(id=session_id, created_at=now, expires_at=now + ANONYMOUS_KEPT)
        row = row.on_conflict_do_update(index_elements=["id"], set_={"expires_at": row.excluded.expires_at})
        db.session.execute(row)
    turns = [
        owner | {"role": "user", "content": question, "sources": [], "created_at": now},
        owner | {"role": "assistant", "content": answer, "sources": sources, "created_at": now},
    ]
    db.session.execute(insert(Message), turns)


def adopt(session_id: str, user_id: int) -> int:
    """Turn an anonymous transcript into a saved chat of an account; return its messages, 0 if there is none.

    The caller commits.
    """
    live = select(AnonymousSession.id).where(AnonymousSession.id == session_id, AnonymousSession.expires_at > utcnow())
    rows = select(Message).where(Message.anonymous_session_id.in_(live)).order_by(Message.id)
    messages = [{"role": row.role, "content": row.content, "sources": row.sources} for row in db.session.scalars(rows)]
    # Whoever deletes the session owns its messages: of two adoptions at once, one finds nothing.
    gone = delete(AnonymousSession).where(AnonymousSession.id == session_id, AnonymousSession.expires_at > utcnow())
    if not changed(db.session.execute(gone)) or not messages:
        return 0
    saved.add(user_id, messages)
    return len(messages)


def adopt_or_fail(session_id: str, user_id: int) -> int:
    """Adopt a transcript, or raise ``NotFound`` (`session_not_found`)."""
    moved = adopt(session_id, user_id)
    if not moved:
        raise NotFound("There is no transcript under this session id, or it is older than a day.", "session_not_found")
    return moved


def questions(user_id: int, limit: int) -> list[str]:
    """Return a person's latest ``limit`` questions, newest first."""
    own = select(Message.content).where(Message.user_id == user_id, Message.role == "user")
    return list(db.session.scalars(own.order_by(Message.id.desc()).limit(limit)))


def export(user_id: int) -> list[dict[str, object]]:
    """Return every message of a person, oldest first."""
    rows = select(Message).where(Message.user_id == user_id).order_by(Message.id)
    return [
        {"role": row.role, "content": row.content, "sources": row.sources, "created_at": row.created_at}
        for row in db.session.scalars(rows)
    ]


def prune_anonymous(limit: int) -> int:
    """Delete up to ``limit`` anonymous sessions past their day, with their messages. The caller commits."""
    old = select(AnonymousSession.id).where(AnonymousSession.expires_at < utcnow()).limit(limit)
    return changed(db.session.execute(delete(AnonymousSession).where(AnonymousSession.id.in_(old))))


def prune(limit: int) -> int:
    """Delete up to ``limit`` messages older than 90 days; return how many. The caller commits."""
    old = select(Message.id).where(Message.created_at < utcnow() - KEPT).limit(limit)
    return changed(db.session.execute(delete(Message).where(Message.id.in_(old))))
