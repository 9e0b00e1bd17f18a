"""Curated answers."""

from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

Standing = Literal["current", "changed", "gone"]


class CuratedAnswer(Model):
    """An answer by the site's owner to ``questions``: its ``markdown``, or where that is empty its section's lines.

    ``page_url`` and ``anchor`` name that section: both are empty where it rests on none, the anchor alone where it
    rests on all of its page. ``site`` and ``version`` are where it was last, the version empty where it has none.
    ``section_hash`` is that of the section when the owner last looked at it, and ``standing`` says what has become of
    the section since.
    """

    __tablename__ = "curated_answers"
    __table_args__ = (CheckConstraint("standing IN ('current', 'changed', 'gone')", name="standing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questions: Mapped[list[str]] = mapped_column(JSON)
    markdown: Mapped[str] = mapped_column(Text, default="")
    page_url: Mapped[str] = mapped_column(String(1000), default="")
    anchor: Mapped[str] = mapped_column(String(200), default="")
    site: Mapped[str] = mapped_column(String(255), default="", server_default="")
    version: Mapped[str] = mapped_column(String(255), default="", server_default="")
    section_hash: Mapped[str] = mapped_column(String(64), default="")
    standing: Mapped[Standing] = mapped_column(String(16), default="current")
    hits: Mapped[int] = mapped_column(default=0)
    hit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    @property
    def section(self) -> str:
        """The address of its section, empty where it rests on none."""
        return f"{self.page_url}#{self.anchor}" if self.anchor else self.page_url
