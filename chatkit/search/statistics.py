"""How rare terms are: what the index counts of them, and what that makes a term weigh."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TermStatistics:
    """How many passages there are, of how many words on average, and how many of them hold the terms asked about.

    ``frequencies`` gives for each term the lexemes that its database's index knows it by, and the number of
    passages that hold each of these; one that none holds may be absent.
    """

    passages: int
    mean_words: float
    frequencies: Mapping[str, Mapping[str, int]]

    def document_frequency(self, term: str) -> int:
        """Return how many passages hold a term."""
        return max(self.frequencies[term].values(), default=0)


def inverse_document_frequency(passages: int, document_frequency: int) -> float:
    """Return what a term weighs that so many of the passages hold: Lucene's form of BM25's IDF, never negative."""
    return math.log(1 + (passages - document_frequency + 0.5) / (document_frequency + 0.5))
