"""Clusters of content gaps."""

from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, CheckConstraint, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow

ClusterState = Literal["new", "drafting", "published", "verified", "ignored"]


class GapCluster(Model):
    """Questions that ask the same, and what an owner does about them; the questions themselves are in ``gaps``.

    ``leader_id`` is the gap that opened it, or the oldest there is since that is gone: others are compared with it.
    ``size`` is how many it had when one was last added. ``is_kept`` says that an owner has set its state, so that it
    never gives way to others. ``failing_state`` names the index in which its questions are known to fail; ``failed``
    says which did when they were asked again last, each by its fingerprint with the outcome. It holds no word of a
    reader's. ``announced_at`` and ``mailed_at`` say when the webhook and the weekly mail told of it, or when it was
    opened for a text whose cluster gave way, of which they tell no more.
    """

    __tablename__ = "gap_clusters"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'drafting', 'published', 'verified', 'ignored')", name="state"),
        Index("ix_gap_clusters_state_size", "state", "size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ClusterState] = mapped_column(String(16), default="new")
    leader_id: Mapped[int] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(default=0)
    is_kept: Mapped[bool] = mapped_column(default=False, server_default=false())
    failing_state: Mapped[str] = mapped_column(String(32), default="")
    failed: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    state_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
