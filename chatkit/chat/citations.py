"""Checking what a model wrote, sentence by sentence, before a reader sees it."""

from collections.abc import Sequence

from chatkit.content.search import Hit


class Checker:
    """Takes a model's text as it comes and returns what may be shown of it.

    ``passages`` are those the model was given; a mark [n] counts them from 1, as the sources sent
    to the reader do. ``cited`` holds their numbers in the order of first use. ``not_covered`` is
    true when the model said that the passages hold no answer: then nothing is returned.
    """

    def __init__(self, passages: Sequence[Hit]) -> None:
        self._passages = passages
        self.cited: tuple[int, ...] = ()
        self.not_covered = False

    def feed(self, delta: str) -> str:
        """Take the next text and return what may be shown now, maybe nothing."""
        return delta

    def finish(self) -> str:
        """Return what is left once the text has ended."""
        return ""
