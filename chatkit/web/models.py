"""What the owner switches while the server runs."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model, UtcDateTime, utcnow


class Switch(Model):
    """A switch that is on, since when; one that is off has no row."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
