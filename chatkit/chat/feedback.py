"""Ratings of answers: one each, which may be changed."""

from collections.abc import Iterator

from sqlalchemy import and_, delete, func, insert, select

from chatkit.auth.sessions import Caller
from chatkit.chat import answer_facts, content_gaps, transcripts
from chatkit.chat.models import Feedback, Message
from chatkit.chat.redaction import redact
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, lock_for_adding
from chatkit.database.orm import db, utcnow


def rate(message_id: str, user_id: int | None, rating: str, reason: str | None, note: str | None) -> None:
    """Store a rating of an answer in place of an earlier one, and commit.

    Raises ``NotFound`` for one that is not for ``user_id``, and for any where none is kept. An answer rated down is
    also recorded as a content gap, unless nothing was asked, or by nobody whose questions are in the figures.
    """
    answer = transcripts.find_or_fail(message_id, user_id)
    # One after the other: of two ratings at once, the later one takes the place of the other.
    lock_for_adding(f"rating:{answer.id}")
    earlier = delete(Feedback).where(Feedback.answer_id == answer.id).returning(Feedback.rating)
    before = db.session.execute(earlier, execution_options={"synchronize_session": False}).scalar_one_or_none()
    values = {"rating": rating, "reason": reason, "note": redact(note or ""), "rated_at": utcnow()}
    db.session.execute(insert(Feedback).values(answer_id=answer.id, **values))
    # One from before there were any figures is a reader's.
    counted = answer_facts.counted_on(answer.id)
    if rating == "up":
        content_gaps.withdraw(message_id)
    elif answer.outcome != "greeting" and (counted is None or counted.is_in_figures):
        comment = ": ".join(part for part in (reason, note) if part)
        asked = (_question(answer), answer.page_url, answer.user_id)
        content_gaps.record("down", message_id, *asked, comment, answer.created_at)
    answer_facts.rate(answer.id, counted, before, rating)
    db.session.commit()


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield every rating of a person, in the order of the answers."""
    columns = (Message.message_id, Feedback.rating, Feedback.reason, Feedback.note, Feedback.rated_at)
    mine = and_(Message.user_id == caller.account_id, Feedback.answer_id == Message.id)
    for row in in_pages(columns, Message.id, mine, EXPORT_PAGE_SIZE):
        yield {
            "message_id": row.message_id,
            "rating": row.rating,
            "reason": row.reason,
            "note": row.note,
            "rated_at": row.rated_at,
        }


def count(caller: Caller) -> int:
    """Return how many answers a person has rated."""
    rated = select(func.count(Feedback.answer_id)).join(Message, Feedback.answer_id == Message.id)
    return db.session.scalar(rated.where(Message.user_id == caller.account_id)) or 0


def _question(answer: Message) -> str:
    """Return what an answer was given to: the message before it in its conversation."""
    asked = select(Message.content).where(
        Message.conversation_id == answer.conversation_id, Message.role == "user", Message.id < answer.id
    )
    return db.session.scalars(asked.order_by(Message.id.desc()).limit(1)).first() or ""
