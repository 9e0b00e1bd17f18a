"""The token budget: a cap on what the whole site uses in a day, counted in the database all workers share."""

from datetime import date

from sqlalchemy import select, update

from chatkit.config import settings
from chatkit.database.orm import db, upsert, utcnow
from chatkit.llm.models import DailyTokens


def reserve(tokens: int) -> date | None:
    """Reserve what an answer may take, and commit; return the day it counts for, or None at the cap.

    One statement decides, so answers that begin at once cannot pass the cap together.
    """
    cap = settings().llm_tokens_per_day
    if tokens > cap:
        return None
    day = utcnow().date()
    total = DailyTokens.tokens + tokens
    add = upsert(DailyTokens).values(day=day, tokens=tokens)
    add = add.on_conflict_do_update(index_elements=["day"], set_={"tokens": total}, where=total <= cap)
    # A transaction of its own, whatever the caller's is at.
    with db.engine.begin() as connection:
        reserved = connection.scalar(add.returning(DailyTokens.tokens))
    return day if reserved is not None else None


def settle(day: date, difference: int) -> None:
    """Correct a reservation by what the answer took more, or less, and commit."""
    correct = update(DailyTokens).where(DailyTokens.day == day)
    with db.engine.begin() as connection:
        connection.execute(correct.values(tokens=DailyTokens.tokens + difference))


def used(day: date) -> int:
    """Return the tokens of a day, with what is reserved."""
    return db.session.scalar(select(DailyTokens.tokens).where(DailyTokens.day == day)) or 0
