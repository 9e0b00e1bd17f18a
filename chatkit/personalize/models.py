"""What a person said they like to read about."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.database.orm import Model


class Preferences(Model):
    """A person's stated preferences: topics and level, as the schema admits them."""

    __tablename__ = "preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    stated: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
