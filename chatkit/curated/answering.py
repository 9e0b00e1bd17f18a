"""What a reader gets without a model: the curated answer to just this question, or else what the pages say."""

from collections.abc import Callable, Sequence

from chatkit.answers import extractive
from chatkit.answers.extractive import Answer
from chatkit.curated import matching
from chatkit.search.passages import Passage
from chatkit.search.query import Query


def answer(query: Query, retrieve: Callable[[], Sequence[Passage]]) -> Answer:
    """Answer a query from a curated answer, or from the passages that are then retrieved for it."""
    found = matching.find(query)
    return found.answer if found is not None else extractive.compose(query, retrieve())
