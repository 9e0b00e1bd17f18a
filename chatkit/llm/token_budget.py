"""The token budget: a cap on what the whole site uses in a day, and the share of it that one reader may use.

It is counted in the database that all workers share. A spender is a reader or a network, such as
``account:5``; the database holds a keyed hash of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import structlog
from sqlalchemy import SQLColumnExpression, delete, select, update

from chatkit.config import settings
from chatkit.database.orm import db, row_count, upsert, utcnow
from chatkit.hashing import keyed_hash
from chatkit.llm.models import DailyTokens, ReaderTokens

log = structlog.get_logger()

# How long it is known what a day used, as long as the other figures of the owner.
RETENTION = timedelta(days=366)
# The operator is told when so much of the day's cap is used.
WARN_AT = 0.8


@dataclass(frozen=True)
class Reservation:
    """Tokens set aside for an answer, on the day and for the spenders they count for."""

    day: date
    reader_hashes: tuple[str, ...]
    tokens: int


class Exhausted(Exception):
    """There are not enough tokens left, of the site's cap or of the reader's share of it."""

    def __init__(self, reason: Literal["cap_reached", "share_used"]) -> None:
        super().__init__(reason)
        self.reason = reason


def reserve(tokens: int, spenders: Sequence[str]) -> Reservation:
    """Reserve what an answer may take, and commit; raises ``Exhausted``.

    One statement each decides, so answers that begin at once cannot pass a cap together.
    """
    cap = settings().llm_tokens_per_day
    share = cap * settings().llm_tokens_per_day_share // 100
    if tokens > cap:
        raise Exhausted("cap_reached")
    # In one order, lest two answers wait for each other.
    reservation = Reservation(utcnow().date(), tuple(sorted({keyed_hash(spender) for spender in spenders})), tokens)
    try:
        _add(reservation, cap, share)
    except Exhausted as error:
        if error.reason == "cap_reached":
            # What others hold may be settled to less; that this answer found no room is news all the same.
            _warn_once(reservation.day, DailyTokens.tokens + tokens)
        raise
    return reservation


def _add(reservation: Reservation, cap: int, share: int) -> None:
    tokens = reservation.tokens
    # A transaction of its own, whatever the caller's is at.
    with db.engine.begin() as connection:
        if reservation.reader_hashes:
            rows = [
                {"day": reservation.day, "reader_hash": each, "tokens": tokens} for each in reservation.reader_hashes
            ]
            total = ReaderTokens.tokens + tokens
            add = upsert(ReaderTokens).values(rows)
            add = add.on_conflict_do_update(
                index_elements=["day", "reader_hash"], set_={"tokens": total}, where=total <= share
            )
            admitted = connection.scalars(add.returning(ReaderTokens.reader_hash)).all()
            if tokens > share or len(admitted) < len(rows):
                raise Exhausted("share_used")
        total = DailyTokens.tokens + tokens
        add = upsert(DailyTokens).values(day=reservation.day, tokens=tokens)
        add = add.on_conflict_do_update(index_elements=["day"], set_={"tokens": total}, where=total <= cap)
        if connection.scalar(add.returning(DailyTokens.tokens)) is None:
            raise Exhausted("cap_reached")


def settle(reservation: Reservation, used_tokens: int) -> None:
    """Correct a reservation by what the answer took more, or less, and commit; warn once a day when the cap nears."""
    difference = used_tokens - reservation.tokens
    spent = update(ReaderTokens).where(
        ReaderTokens.day == reservation.day, ReaderTokens.reader_hash.in_(reservation.reader_hashes)
    )
    today = update(DailyTokens).where(DailyTokens.day == reservation.day)
    with db.engine.begin() as connection:
        connection.execute(spent.values(tokens=ReaderTokens.tokens + difference))
        connection.execute(today.values(tokens=DailyTokens.tokens + difference))
    _warn_once(reservation.day, DailyTokens.tokens)


def _warn_once(day: date, tokens: SQLColumnExpression[int]) -> None:
    """Tell the operator, once a day, that so many tokens are near the cap or beyond it."""
    near = tokens >= WARN_AT * settings().llm_tokens_per_day
    with db.engine.begin() as connection:
        first = update(DailyTokens).where(DailyTokens.day == day, near, ~DailyTokens.warned).values(warned=True)
        is_first = row_count(connection.execute(first))
    if is_first:
        log.warning("model_tokens_near_cap", day=day.isoformat(), percent=round(WARN_AT * 100))


def used(day: date) -> int:
    """Return the tokens of a day, with what is reserved."""
    return db.session.scalar(select(DailyTokens.tokens).where(DailyTokens.day == day)) or 0


def prune(limit: int) -> int:
    """Delete up to ``limit`` counts of spenders on earlier days, then days older than a year; return how many rows.

    The caller commits.
    """
    today = utcnow().date()
    is_past = ReaderTokens.day < today
    past = select(ReaderTokens.reader_hash).where(is_past).limit(limit)
    gone = row_count(db.session.execute(delete(ReaderTokens).where(is_past, ReaderTokens.reader_hash.in_(past))))
    old = select(DailyTokens.day).where(DailyTokens.day < today - RETENTION).limit(limit)
    return gone or row_count(db.session.execute(delete(DailyTokens).where(DailyTokens.day.in_(old))))
