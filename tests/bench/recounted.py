"""ChatKit that counts its questions otherwise, to tell what counting costs: in one part, each by itself, or not at all.

Which of them is said by COUNTS.
"""

import os
import random
from datetime import date, timedelta

from chatkit import create_app
from chatkit.chat import daily_counts
from chatkit.chat.daily_counts import Counts

SPREAD_DAYS = 100_000
_add = daily_counts.add


def _add_nothing(day: date, counts: Counts) -> None:
    """Leave out what is counted."""


def _add_alone(day: date, counts: Counts) -> None:
    """Count on a day that hardly another question has."""
    _add(day - timedelta(days=random.randrange(SPREAD_DAYS)), counts)  # noqa: S311  (no secret)


app = create_app()
daily_counts.add = {"nothing": _add_nothing, "alone": _add_alone}.get(os.environ["COUNTS"], _add)
if os.environ["COUNTS"] == "one part":
    daily_counts.PARTS = 1
