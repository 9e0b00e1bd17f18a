"""What an owner found of answers."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

Verdict = Literal["right", "wrong", "incomplete"]


class ReviewVerdict(Model):
    """An owner's verdict on one answer, with the section that should have been shown, if any; goes with the answer."""

    __tablename__ = "review_verdicts"
    __table_args__ = (CheckConstraint("verdict IN ('right', 'wrong', 'incomplete')", name="verdict"),)

    answer_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(String(16))
    section: Mapped[str] = mapped_column(String(1300), default="")
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
