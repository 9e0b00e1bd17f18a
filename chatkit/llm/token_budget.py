"""What a model may cost: tokens counted per day for the whole site, in the database all workers share."""

from datetime import date

from sqlalchemy import select, text

from chatkit.chat.models import ModelDay
from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.database.raw_sql import Statement, counting


def reserve(tokens: int) -> date | None:
    """Count what an answer may need before it is asked for; return the day it counts for, and commit.

    None: it no longer fits under the day's cap, and nothing was counted. One statement decides, so
    answers that begin at once cannot pass the cap together.
    """
    cap = settings().llm_tokens_per_day
    if tokens > cap:
        return None
    day = utcnow().date()
    with counting() as connection:
        fits = connection.rows(_RESERVED, {"day": day.isoformat(), "tokens": tokens, "cap": cap})
    return day if fits else None


def settle(day: date, difference: int) -> None:
    """Correct a reservation by what the answer took more, or less, and commit."""
    with counting() as connection:
        connection.rows(_SETTLED, {"day": day.isoformat(), "difference": difference})


def used(day: date) -> int:
    """Return what was counted on a day."""
    return db.session.scalar(select(ModelDay.tokens).where(ModelDay.day == day)) or 0


_RESERVED = Statement(
    text(
        """INSERT INTO model_days (day, tokens) VALUES (:day, :tokens)
        ON CONFLICT (day) DO UPDATE SET tokens = model_days.tokens + excluded.tokens
        WHERE model_days.tokens + excluded.tokens <= :cap RETURNING tokens"""
    )
)
_SETTLED = Statement(text("UPDATE model_days SET tokens = tokens + :difference WHERE day = :day RETURNING tokens"))
