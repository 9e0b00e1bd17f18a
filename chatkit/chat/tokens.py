"""What a model may cost: tokens counted per day for the whole site, in the database all workers share."""

from datetime import date

from sqlalchemy import select, update

from chatkit.chat.models import ModelDay
from chatkit.config import settings
from chatkit.extensions import db, upsert, utcnow


def reserve(tokens: int) -> date | None:
    """Count what an answer may need before it is asked for; return the day it counts for, and commit.

    None: it no longer fits under the day's cap, and nothing was counted. One statement decides, so
    answers that begin at once cannot pass the cap together.
    """
    cap = settings().llm_tokens_per_day
    if tokens > cap:
        return None
    day = utcnow().date()
    row = upsert(ModelDay).values(day=day, tokens=tokens)
    raised = ModelDay.tokens + row.excluded.tokens
    row = row.on_conflict_do_update(index_elements=["day"], set_={"tokens": raised}, where=raised <= cap)
    fits = db.session.execute(row.returning(ModelDay.tokens)).first() is not None
    db.session.commit()
    return day if fits else None


def settle(day: date, difference: int) -> None:
    """Correct a reservation by what the answer took more, or less, and commit."""
    counted = update(ModelDay).where(ModelDay.day == day)
    db.session.execute(counted.values(tokens=ModelDay.tokens + difference))
    db.session.commit()


def used(day: date) -> int:
    """Return what was counted on a day."""
    return db.session.scalar(select(ModelDay.tokens).where(ModelDay.day == day)) or 0
