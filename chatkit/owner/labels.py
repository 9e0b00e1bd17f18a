"""How the room calls what the tables hold by keys: one name for one thing, on each of its pages."""

from typing import get_args

from chatkit.chat.models import AnswerOutcome

OUTCOMES: dict[str, str] = dict(
    zip(get_args(AnswerOutcome), ("answered", "nearest sections", "not covered", "greeting"), strict=True)
)
# What each of them means, for who sees a figure of it.
OUTCOME_MEANINGS = {
    "answered": "the pages say it, and the answer cites where",
    "nearest": "no page clearly says it: sections that come near were shown",
    "not_covered": "nothing on the pages comes near",
    "greeting": "such as “Hello” or “Thank you”",
}
RATINGS = {"up": "helpful", "down": "not helpful", "none": "not rated"}
