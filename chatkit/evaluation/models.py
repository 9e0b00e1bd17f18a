"""The test set: questions with the sections that must be shown, and its runs."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

Origin = Literal["owner", "import", "review"]


class TestQuestion(Model):
    """A question, as a line of a file has it, see `chatkit/evaluation/questions.py`.

    One that was taken from an answer that an account got goes with the account; ``message_id`` is that answer's.
    """

    # No test of pytest's.
    __test__ = False
    __tablename__ = "test_questions"
    __table_args__ = (CheckConstraint("origin IN ('owner', 'import', 'review')", name="origin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(Text)
    answered_by: Mapped[list[str]] = mapped_column(JSON)
    shows: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    split: Mapped[str] = mapped_column(String(255), default="")
    site: Mapped[str] = mapped_column(String(255), default="")
    version: Mapped[str] = mapped_column(String(255), default="")
    origin: Mapped[Origin] = mapped_column(String(16), default="owner")
    message_id: Mapped[str | None] = mapped_column(String(36), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


class TestRun(Model):
    """One run of the test set; ``results`` has of each question's number its outcome and places, and no word of it.

    ``newly_failing`` and ``newly_passing`` are numbers of questions that did otherwise in the run before.
    """

    __test__ = False
    __tablename__ = "test_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    index_state: Mapped[str] = mapped_column(String(32))
    asked: Mapped[int]
    passed: Mapped[int]
    not_asked: Mapped[int] = mapped_column(default=0)
    results: Mapped[dict[str, Any]] = mapped_column(JSON)
    newly_failing: Mapped[list[int]] = mapped_column(JSON, default=list)
    newly_passing: Mapped[list[int]] = mapped_column(JSON, default=list)
    seconds: Mapped[float]
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, index=True)
