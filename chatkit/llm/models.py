"""The tokens of each day."""

from datetime import date

from sqlalchemy import BigInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model


class DailyTokens(Model):
    """What the whole site asked of its model in one day (UTC); ``warned`` once the cap was said to be near."""

    __tablename__ = "model_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
    warned: Mapped[bool] = mapped_column(default=False, server_default=false())


class ReaderTokens(Model):
    """What one reader or one network asked of it; known by a keyed hash alone, and gone after the day."""

    __tablename__ = "model_shares"

    reader_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
