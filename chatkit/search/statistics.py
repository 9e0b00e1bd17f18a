"""How rare terms are: what the index counts of them, and what that makes a term weigh."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from chatkit.text.language import Language


@dataclass(frozen=True)
class CorpusStatistics:
    """How many passages are indexed, of how many terms on average, and in which languages, that of most pages first.

    ``state`` names the index as it is: it is another as soon as passages or vectors have changed.
    """

    passages: int
    mean_terms: float
    languages: tuple[Language, ...]
    state: str


@dataclass(frozen=True)
class TermStatistics:
    """How many passages there are, of how many terms on average, and how many of them hold the terms asked about.

    A term that none holds may be absent from ``frequencies``.
    """

    passages: int
    mean_terms: float
    frequencies: Mapping[str, int]

    def document_frequency(self, term: str) -> int:
        """Return how many passages hold a term."""
        return self.frequencies.get(term, 0)


def inverse_document_frequency(passages: int, document_frequency: int) -> float:
    """Return what a term weighs that so many of the passages hold: Lucene's form of BM25's IDF, never negative."""
    return math.log(1 + (passages - document_frequency + 0.5) / (document_frequency + 0.5))
