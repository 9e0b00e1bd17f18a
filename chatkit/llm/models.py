"""The tokens of each day."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model


class DailyTokens(Model):
    """What the whole site asked of its model in one day (UTC)."""

    __tablename__ = "model_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
