"""The windows of the rate limits."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model


class RateLimit(Model):
    """The window that one identifier has open for one action; ``key`` holds the identifier."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    action: Mapped[str] = mapped_column(String(32), primary_key=True)
    hits: Mapped[int]
    # Milliseconds since 1970 on the database's clock: one arithmetic on both databases.
    window_end_ms: Mapped[int] = mapped_column(BigInteger, index=True)
