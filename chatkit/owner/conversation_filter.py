"""The filter of the conversations as an address holds it, for the page and for its exports alike."""

from collections.abc import Mapping
from typing import get_args

from chatkit.chat.models import AnswerOutcome
from chatkit.owner import fields
from chatkit.owner.conversations import RATINGS, Filter


def parse(values: Mapping[str, str]) -> Filter:
    """Return the filter that stands in the query of an address; raises ``Invalid``."""
    return Filter(
        since=fields.day(values, "since"),
        until=fields.day(values, "until"),
        page=fields.text(values, "page", 2000),
        outcome=fields.choice(values, "outcome", get_args(AnswerOutcome)),
        rating=fields.choice(values, "rating", RATINGS),
        site=fields.text(values, "site", 255),
        language=fields.text(values, "language", 35),
    )
