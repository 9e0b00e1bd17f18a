"""Leases: who may do a piece of work alone, until when, on the clock of the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, extract, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, changed, database_now, db, upsert

NAME = "background"
LEASE_SECONDS = 15


class Lease(Model):
    """Who does the background work until when, in seconds since 1970 on the database's clock."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[float]


def hold(name: str, holder: str) -> bool:
    """Take or renew a lease and commit; False when another holds it.

    A lease that lasts longer than any is given was given before the clock was set back: it is free.
    """
    seconds = _seconds()
    free = or_(Lease.holder == holder, Lease.until < seconds, Lease.until > seconds + 2 * LEASE_SECONDS)
    given = {"holder": holder, "until": seconds + LEASE_SECONDS}
    take = upsert(Lease).values(name=name, **given)
    take = take.on_conflict_do_update(index_elements=["name"], set_=given, where=free).returning(Lease.name)
    held = db.session.scalar(take) is not None
    db.session.commit()
    return held


def is_held() -> bool:
    """Tell whether a server works on this database: one holds the lease of the background work."""
    now = _seconds()
    held = select(Lease.name).where(Lease.name == NAME, Lease.until > now, Lease.until <= now + 2 * LEASE_SECONDS)
    found = db.session.scalar(held) is not None
    db.session.rollback()
    return found


def renew(name: str, holder: str) -> bool:
    """Lengthen a lease that nobody has taken since; the caller commits. False when somebody has."""
    own = update(Lease).where(Lease.name == name, Lease.holder == holder)
    return bool(changed(db.session.execute(own.values(until=_seconds() + LEASE_SECONDS))))


def release(name: str, holder: str) -> None:
    """Give a lease back before its time, when ``holder`` holds it, and commit."""
    db.session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=0.0))
    db.session.commit()


def _seconds() -> Any:
    """Return the database's time as a number, for use inside a statement."""
    now = database_now()
    return now.timestamp() if isinstance(now, datetime) else extract("epoch", now)
