"""Passages as they are found and cited."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """A passage that matched, with its link; ``rank`` is BM25 of it and some of its page's, higher is better."""

    stable_id: str
    heading: str
    body: str
    url: str
    rank: float
