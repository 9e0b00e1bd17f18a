"""When sources are indexed again, and what follows. The sources themselves are in `chatkit/search/models.py`."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime


class IndexSchedule(Model):
    """How often a source is indexed again, whether that was asked for meanwhile, and how the last time went.

    What was started and has not ended since is at work, or was ended from outside.
    """

    __tablename__ = "index_schedules"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    every_seconds: Mapped[int | None]
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str] = mapped_column(Text, default="")


class FollowUpRow(Model):
    """What is done whenever the index has changed, by its name, and the state of the index it was done for last."""

    __tablename__ = "index_follow_ups"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    index_state: Mapped[str] = mapped_column(String(32))
