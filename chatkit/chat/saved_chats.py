"""Saved chats: saved, listed, renamed and deleted by their owner alone."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from chatkit.analytics import service as analytics
from chatkit.answers.extractive import Outcome
from chatkit.auth.sessions import Caller
from chatkit.chat.models import SavedChat
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.errors import NotFound

PAGE_SIZE = 20
TITLE_LENGTH = 80


@dataclass(frozen=True)
class Saved:
    """The id and the time of a chat that was saved."""

    chat_id: str
    saved_at: datetime


def save(user_id: int, messages: list[dict[str, Any]], title: str | None) -> Saved:
    """Save a chat and commit. Without a title the first question is its title."""
    saved = add(user_id, messages, title)
    analytics.record("save_chat", user_id, {"messages": len(messages)})
    db.session.commit()
    return saved


def add(user_id: int, messages: list[dict[str, Any]], title: str | None = None) -> Saved:
    """Save a chat in the caller's transaction; the caller commits."""
    now = utcnow()
    chats = table(SavedChat)
    row = insert(chats).returning(chats.c.id)
    values = {"user_id": user_id, "title": title or _title(messages), "messages": messages, "saved_at": now}
    return Saved(str(db.session.execute(row, values).scalar_one()), now)


def page(user_id: int, before: int | None) -> tuple[list[SavedChat], str | None]:
    """Return up to 20 chats, newest first, from below id ``before``, and the next cursor if more remain."""
    rows = select(SavedChat).where(SavedChat.user_id == user_id)
    if before is not None:
        rows = rows.where(SavedChat.id < before)
    chats = list(db.session.scalars(rows.order_by(SavedChat.id.desc()).limit(PAGE_SIZE + 1)))
    more = len(chats) > PAGE_SIZE
    return chats[:PAGE_SIZE], str(chats[PAGE_SIZE - 1].id) if more else None


def get(user_id: int, chat_id: int) -> SavedChat:
    """Return one's chat; another's is ``NotFound`` like one that is not there."""
    own = select(SavedChat).where(SavedChat.id == chat_id, SavedChat.user_id == user_id)
    chat = db.session.scalars(own).one_or_none()
    if chat is None:
        raise NotFound("There is no such saved chat.")
    return chat


def rename(user_id: int, chat_id: int, title: str) -> SavedChat:
    """Give a chat another title and commit."""
    own = update(SavedChat).where(SavedChat.id == chat_id, SavedChat.user_id == user_id)
    db.session.execute(own.values(title=title), execution_options={"synchronize_session": False})
    db.session.commit()
    return get(user_id, chat_id)


def remove(user_id: int, chat_id: int) -> None:
    """Delete a chat and commit."""
    own = delete(SavedChat).where(SavedChat.id == chat_id, SavedChat.user_id == user_id)
    if not row_count(db.session.execute(own)):
        raise NotFound("There is no such saved chat.")
    db.session.commit()


def export(caller: Caller) -> list[dict[str, object]]:
    """Return every saved chat of a person, oldest first."""
    rows = select(SavedChat).where(SavedChat.user_id == caller.account_id).order_by(SavedChat.id)
    return [
        {"chat_id": str(row.id), "title": row.title, "saved_at": row.saved_at, "messages": row.messages}
        for row in db.session.scalars(rows)
    ]


def questions(user_id: int, limit: int) -> list[str]:
    """Return up to ``limit`` questions of a person's latest saved chats, newest chat first.

    Left out is what the answer below says not to have answered; a chat from before outcomes says nothing of it.
    """
    rows = select(SavedChat.messages).where(SavedChat.user_id == user_id).order_by(SavedChat.id.desc()).limit(limit)
    asked = (
        turn["content"]
        for messages in db.session.scalars(rows)
        for turn, below in zip(messages, [*messages[1:], {}], strict=True)
        if turn["role"] == "user" and below.get("outcome", Outcome.ANSWERED) == Outcome.ANSWERED
    )
    return list(itertools.islice(asked, limit))


def _title(messages: list[dict[str, Any]]) -> str:
    first = next((turn["content"] for turn in messages if turn["role"] == "user"), messages[0]["content"])
    title = " ".join(first.split()) or "Untitled chat"
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"
