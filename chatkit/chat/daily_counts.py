"""How much of each kind there was on each day (UTC): what the owner's figures are made of.

Counted in the transaction of what is counted, and kept when the transcripts are gone; a count names nobody. Whoever
counts does so last before the commit, in one order, so that two transactions never wait for each other.

Most questions of a day would be counted in the same row, which PostgreSQL keeps from others until it is on the disk: no
more questions could be answered than the disk commits one after the other. So who counts at once with others does it
in another part.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import delete, func, select, text, tuple_

from chatkit.chat.models import DailyCount
from chatkit.chat.redaction import indexable
from chatkit.database.orm import db, on_sqlite, row_count, table, upsert, utcnow

RETENTION = timedelta(days=366)
# How many transactions count at once without waiting, and the first number of the locks by which each finds its part.
PARTS, LOCKS = 16, 2071
_COUNTS = table(DailyCount)
_FREE_PART = text(
    "SELECT part FROM generate_series(0, :parts - 1) AS part WHERE pg_try_advisory_xact_lock(:locks, part) LIMIT 1"
)


class Measure(StrEnum):
    """What is counted, and by which labels."""

    # Questions, by the outcome of their answers.
    OUTCOME = "outcome"
    # Answers, greetings aside, by the milliseconds they took, as `latency_label` rounds them.
    LATENCY = "latency"
    # Answers that rest on a page, by its address.
    CITED = "cited"
    # Those among them that are rated down.
    CITED_DOWN = "cited_down"
    # Rated answers, by their rating.
    RATING = "rating"
    # Clusters of content gaps that the webhook was told of, without a label.
    ANNOUNCED = "announced"


# How many more there are, by measure and label.
Counts = dict[tuple[Measure, str], int]


def add(day: date, counts: Counts) -> None:
    """Add to the counts of a day, the last thing before the caller commits; what is less than 0 takes away."""
    rows = [
        {"day": day, "measure": measure.value, "label": indexable(label), "number": number}
        for (measure, label), number in sorted(counts.items())
    ]
    if rows:
        part = _free_part()
        db.session.execute(_add(on_sqlite()), [row | {"part": part} for row in rows])


def total(day: date, measure: Measure) -> int:
    """Return how many there were on a day, whatever their labels."""
    numbers = select(func.sum(_COUNTS.c.number)).where(_COUNTS.c.measure == measure.value, _COUNTS.c.day == day)
    return int(db.session.scalar(numbers) or 0)


def latency_label(milliseconds: float) -> str:
    """Return a time as it is counted: whole milliseconds, and of more than two digits only the first two."""
    whole = int(milliseconds)
    power = 10 ** max(0, len(str(whole)) - 2)
    return str(whole - whole % power)


def prune(limit: int) -> int:
    """Delete up to ``limit`` counts older than a year; return how many. The caller commits."""
    key = (_COUNTS.c.measure, _COUNTS.c.day, _COUNTS.c.label, _COUNTS.c.part)
    old = select(*key).where(_COUNTS.c.day < utcnow().date() - RETENTION).limit(limit)
    return row_count(db.session.execute(delete(_COUNTS).where(tuple_(*key).in_(old))))


def _free_part() -> int:
    """Return the first part in which nobody else counts until the caller commits; SQLite has one writer anyway."""
    return 0 if on_sqlite() else db.session.scalar(_FREE_PART, {"parts": PARTS, "locks": LOCKS}) or 0


@cache
def _add(on_sqlite: bool) -> Any:
    row = upsert(_COUNTS)
    total = _COUNTS.c.number + row.excluded.number
    return row.on_conflict_do_update(index_elements=["measure", "day", "label", "part"], set_={"number": total})
