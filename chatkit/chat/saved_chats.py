"""Saved chats: saved, listed, renamed and deleted by their owner alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import defer

from chatkit.analytics import service as analytics
from chatkit.auth.models import User
from chatkit.auth.sessions import Caller
from chatkit.chat.models import SavedChat
from chatkit.config import settings
from chatkit.database.newest import in_pages
from chatkit.database.orm import db, table, utcnow
from chatkit.errors import OWNER_GONE, NotFound, StorageFull, Unauthorized

PAGE_SIZE = 20
TITLE_LENGTH = 80
# As many messages as a reader can save: of a longer conversation that is adopted, the last. And of many, so many.
ADOPTED_MESSAGES, ADOPTED_CHATS = 200, 20
# A chat may be large, so few are read at once for the export.
EXPORT_PAGE_SIZE = 4
REMEDY = "Delete some that you no longer need, and save again."
MEGABYTE = 1_000_000
_CHATS, _USERS = table(SavedChat), table(User)
# Made once: making a statement takes longer than the database does.
_ADD = insert(_CHATS).returning(_CHATS.c.id)
_COUNT = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("account_id"))
    .values(saved_chats=_USERS.c.saved_chats + bindparam("chats"), saved_bytes=_USERS.c.saved_bytes + bindparam("size"))
    .returning(_USERS.c.saved_chats, _USERS.c.saved_bytes)
)


@dataclass(frozen=True)
class Saved:
    """The id and the time of a chat that was saved."""

    chat_id: str
    saved_at: datetime


class _Held(NamedTuple):
    """How many chats an account has saved, and their bytes."""

    chats: int
    size: int


def save(user_id: int, messages: list[dict[str, Any]], title: str | None, conversation_id: str | None = None) -> Saved:
    """Save a chat and commit. Without a title the first question is its title.

    The chat of a conversation that was saved already takes the place of the earlier one, and keeps the title that is
    there unless another is given. Raises ``StorageFull`` when the account would hold more than it may.
    """
    saved = add(user_id, messages, title, conversation_id)
    analytics.record("save_chat", user_id, {"messages": len(messages)})
    db.session.commit()
    return saved


def add(
    user_id: int, messages: list[dict[str, Any]], title: str | None = None, conversation_id: str | None = None
) -> Saved:
    """Save a chat as above, in the caller's transaction; the caller commits, or rolls back for ``StorageFull``."""
    now, size = utcnow(), len(json.dumps(messages))
    values: dict[str, Any] = {"messages": messages, "size": size, "message_count": len(messages), "saved_at": now}
    # First, since it makes all that saves to this account wait until it is known whether this one fits.
    held = _count(user_id, 1, size)
    earlier = None
    if conversation_id is not None:
        own = (_CHATS.c.user_id == user_id, _CHATS.c.conversation_id == conversation_id)
        earlier = db.session.execute(select(_CHATS.c.id, _CHATS.c.size).where(*own)).one_or_none()
    if earlier is not None:
        held = _count(user_id, -1, -earlier.size)
    _check(held)
    if earlier is not None:
        values |= {"title": title} if title else {}
        db.session.execute(update(_CHATS).where(_CHATS.c.id == earlier.id).values(values))
        return Saved(str(earlier.id), now)
    values |= {"user_id": user_id, "title": title or _title(messages), "conversation_id": conversation_id}
    return Saved(str(db.session.execute(_ADD, values).scalar_one()), now)


def fits(user_id: int, messages: list[dict[str, Any]]) -> bool:
    """Tell whether an account may save a chat more, this one; nobody else saves to it until the caller commits."""
    try:
        _check(_count(user_id, 0, 0), 1, len(json.dumps(messages)))
    except StorageFull:
        return False
    return True


def page(user_id: int, before: int | None) -> tuple[list[SavedChat], str | None]:
    """Return up to 20 chats, newest first, from below id ``before``, and the next cursor if more remain."""
    rows = select(SavedChat).options(defer(SavedChat.messages)).where(SavedChat.user_id == user_id)
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
    # The account's row before the chat's, as in saving, so that the two never wait for each other.
    _count(user_id, 0, 0)
    own = delete(_CHATS).where(_CHATS.c.id == chat_id, _CHATS.c.user_id == user_id).returning(_CHATS.c.size)
    size = db.session.execute(own).scalar_one_or_none()
    if size is None:
        raise NotFound("There is no such saved chat.")
    _count(user_id, -1, -size)
    db.session.commit()


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield every saved chat of a person, oldest first."""
    columns = (_CHATS.c.id, _CHATS.c.title, _CHATS.c.conversation_id, _CHATS.c.saved_at, _CHATS.c.messages)
    for row in in_pages(columns, _CHATS.c.id, _CHATS.c.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {
            "chat_id": str(row.id),
            "title": row.title,
            "conversation_id": row.conversation_id,
            "saved_at": row.saved_at,
            "messages": row.messages,
        }


def count(caller: Caller) -> int:
    """Return how many chats a person has saved."""
    return db.session.scalar(select(_USERS.c.saved_chats).where(_USERS.c.id == caller.account_id)) or 0


def _count(user_id: int, chats: int, size: int) -> _Held:
    """Add to what an account has saved and return what that is now, alone with it until the caller commits."""
    row = db.session.execute(_COUNT, {"account_id": user_id, "chats": chats, "size": size}).one_or_none()
    if row is None:
        raise Unauthorized(OWNER_GONE)
    return _Held(*row)


def _check(held: _Held, chats: int = 0, size: int = 0) -> None:
    """Raise ``StorageFull`` when an account that has saved so much, and so much more, holds more than it may."""
    most = settings()
    if held.chats + chats > most.storage_saved_chats:
        raise StorageFull(f"You have saved {most.storage_saved_chats} chats, the most there may be. {REMEDY}")
    if held.size + size > most.storage_saved_megabytes * MEGABYTE:
        raise StorageFull(f"Your saved chats would take more than {most.storage_saved_megabytes} MB. {REMEDY}")


def _title(messages: list[dict[str, Any]]) -> str:
    first = next((turn["content"] for turn in messages if turn["role"] == "user"), messages[0]["content"])
    title = " ".join(first.split()) or "Untitled chat"
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"
