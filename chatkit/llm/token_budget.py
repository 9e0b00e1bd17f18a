"""The token budget: a cap on what the whole site uses in a day, counted in the database all workers share."""

from datetime import date

from sqlalchemy import select, text

from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.database.raw_sql import Statement, counting
from chatkit.llm.models import DailyTokens


def reserve(tokens: int) -> date | None:
    """Reserve what an answer may take, and commit; return the day it counts for, or None at the cap.

    One statement decides, so answers that begin at once cannot pass the cap together.
    """
    cap = settings().llm_tokens_per_day
    if tokens > cap:
        return None
    day = utcnow().date()
    with counting() as connection:
        fits = connection.rows(_RESERVE, {"day": day.isoformat(), "tokens": tokens, "cap": cap})
    return day if fits else None


def settle(day: date, difference: int) -> None:
    """Correct a reservation by what the answer took more, or less, and commit."""
    with counting() as connection:
        connection.rows(_SETTLE, {"day": day.isoformat(), "difference": difference})


def used(day: date) -> int:
    """Return the tokens of a day, with what is reserved."""
    return db.session.scalar(select(DailyTokens.tokens).where(DailyTokens.day == day)) or 0


_RESERVE = Statement(
    text(
        """INSERT INTO model_days (day, tokens) VALUES (:day, :tokens)
        ON CONFLICT (day) DO UPDATE SET tokens = model_days.tokens + excluded.tokens
        WHERE model_days.tokens + excluded.tokens <= :cap RETURNING tokens"""
    )
)
_SETTLE = Statement(text("UPDATE model_days SET tokens = tokens + :difference WHERE day = :day RETURNING tokens"))
