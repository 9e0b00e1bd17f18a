"""The windows of the rate limits, and who is shut out."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow


class RateLimit(Model):
    """The window that one identifier has open for one action; ``key`` holds the identifier."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    action: Mapped[str] = mapped_column(String(32), primary_key=True)
    hits: Mapped[int]
    # Milliseconds since 1970 on the database's clock: one arithmetic on both databases.
    window_end_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class Ban(Model):
    """A network or an account that is shut out; ``key`` is it, as in ``address:192.0.2.0/24`` or ``account:5``."""

    __tablename__ = "bans"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    # None is for ever.
    until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
