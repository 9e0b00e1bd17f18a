"""What a person has no use for: pages that were recommended, and what recommendations rest on."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import delete, select

from chatkit.auth.sessions import Caller
from chatkit.chat.models import Message, SavedChat
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, keep_newest
from chatkit.database.orm import db, table, upsert, utcnow
from chatkit.errors import NotFound
from chatkit.personalize import pages, profile
from chatkit.personalize.models import Dismissal
from chatkit.personalize.recommendation import BasisKind

# So many of a person are kept, the newest.
KEPT = 500
_DISMISSALS = table(Dismissal)


def of(user_id: int) -> frozenset[str]:
    """Return the addresses of the pages, and the ids of what reasons rest on, that a person has dismissed."""
    return frozenset(db.session.scalars(select(Dismissal.subject).where(Dismissal.user_id == user_id)))


def dismiss(user_id: int, subject: str) -> None:
    """Keep that a person has no use for a page or a basis, unless they have no profile; the caller commits.

    A topic is taken out of the profile instead. Raises ``NotFound`` for what is none of theirs.
    """
    profile.lock(user_id)
    own = profile.read(user_id)
    if not own.enabled:
        raise NotFound("Recommendations are switched off.")
    kind, _, key = subject.partition(":")
    if kind == BasisKind.TOPIC and key in own.topics:
        profile.keep(user_id, replace(own, topics=tuple(topic for topic in own.topics if topic != key)))
        return
    if not _is_known(user_id, subject):
        raise NotFound("There is no such recommendation, and nothing such that one rests on.")
    row = upsert(Dismissal).values(user_id=user_id, subject=subject, dismissed_at=utcnow())
    db.session.execute(row.on_conflict_do_nothing(index_elements=["user_id", "subject"]))
    keep_newest(_DISMISSALS, _DISMISSALS.c.user_id == user_id, KEPT)


def take_back(user_id: int, subject: str) -> None:
    """Forget that a person dismissed something; the caller commits."""
    db.session.execute(delete(Dismissal).where(Dismissal.user_id == user_id, Dismissal.subject == subject))


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield what a person dismissed, oldest first."""
    rows = _DISMISSALS.c
    for row in in_pages(
        (rows.subject, rows.dismissed_at), rows.id, rows.user_id == caller.account_id, EXPORT_PAGE_SIZE
    ):
        yield {"subject": row.subject, "dismissed_at": row.dismissed_at}


def _is_known(user_id: int, subject: str) -> bool:
    """Tell whether something is a page of the index, or a question or a chat of the person."""
    kind, _, key = subject.partition(":")
    if kind == BasisKind.QUESTION:
        own = select(Message.id).where(Message.user_id == user_id, Message.message_id == key)
        return db.session.scalar(own) is not None
    if kind == BasisKind.SAVED_CHAT:
        # A number of more digits is no chat's, and on PostgreSQL no number.
        digits = key.isascii() and key.isdigit() and len(key) < 10
        own = select(SavedChat.id).where(SavedChat.user_id == user_id, SavedChat.id == (int(key) if digits else -1))
        return db.session.scalar(own) is not None
    url = key if kind == BasisKind.PAGE else subject
    return url in pages.by_url([url])
