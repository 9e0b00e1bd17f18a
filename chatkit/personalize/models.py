"""What a person said they like to read about, what they dismissed, and what the site's owner decided of pages."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

Rule = Literal["pinned", "excluded"]


class Preferences(Model):
    """A person's stated preferences: topics and level, as the schema admits them, or that they want none at all."""

    __tablename__ = "preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    stated: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Dismissal(Model):
    """What a person does not want: a page, by its address, or something that recommendations rest on, by its id."""

    __tablename__ = "dismissals"
    __table_args__ = (UniqueConstraint("user_id", "subject"), Index("ix_dismissals_user_id_id", "user_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(1100))
    dismissed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class PageRule(Model):
    """A page that the owner recommends to everybody, or to nobody; by its address, so that it outlives the index."""

    __tablename__ = "page_rules"
    __table_args__ = (CheckConstraint("rule IN ('pinned', 'excluded')", name="rule"),)

    url: Mapped[str] = mapped_column(String(1000), primary_key=True)
    rule: Mapped[Rule] = mapped_column(String(16))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
