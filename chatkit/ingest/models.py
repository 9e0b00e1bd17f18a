"""When sources are indexed again. The sources themselves are in `chatkit/search/models.py`."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
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
