"""What a person said they like to read about, and whether they want recommendations at all."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select, update

from chatkit.database.orm import db, upsert
from chatkit.personalize.models import Dismissal, Preferences


@dataclass(frozen=True)
class Profile:
    """Topics and level as they were stated; with ``enabled`` False there are neither, nor recommendations."""

    topics: tuple[str, ...] = ()
    level: str | None = None
    enabled: bool = True


def read(user_id: int) -> Profile:
    """Return a person's profile."""
    stated = export(user_id)
    return Profile(tuple(stated.get("topics", ())), stated.get("level"), stated.get("enabled", True))


def export(user_id: int) -> dict[str, Any]:
    """Return a person's preferences as they are kept, empty when there are none."""
    return db.session.scalar(select(Preferences.stated).where(Preferences.user_id == user_id)) or {}


def state(user_id: int, preferences: dict[str, Any]) -> Profile:
    """Put a person's preferences in the place of the earlier ones; the caller commits.

    Whoever switches recommendations off has their profile deleted, and it stays so until they switch them on.
    """
    lock(user_id)
    enabled = preferences["enabled"] if preferences["enabled"] is not None else read(user_id).enabled
    profile = Profile(tuple(preferences["topics"]), preferences["level"]) if enabled else Profile(enabled=False)
    if not enabled:
        db.session.execute(delete(Dismissal).where(Dismissal.user_id == user_id))
    keep(user_id, profile)
    return profile


def keep(user_id: int, profile: Profile) -> None:
    """Keep a person's profile; the caller, who has the lock, commits."""
    stated = asdict(profile) if profile.enabled else {"enabled": False}
    db.session.execute(update(Preferences).where(Preferences.user_id == user_id).values(stated=stated))


def lock(user_id: int) -> None:
    """Have whatever else changes a person's profile wait until the caller commits: nothing is added to one that is off.

    It is an update, on SQLite too, where only a write keeps others from writing.
    """
    row = upsert(Preferences).values(user_id=user_id, stated={})
    own = {"user_id": row.excluded.user_id}
    db.session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=own))
