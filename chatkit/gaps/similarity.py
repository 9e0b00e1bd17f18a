"""Whether two questions ask the same: by their words, each weighing as much as it is rare, and by their meaning."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from chatkit.search import index, likeness
from chatkit.search.query import content_words, question_language
from chatkit.search.statistics import CorpusStatistics, inverse_document_frequency
from chatkit.text.analysis import query_words, stem

# Cosines from which on two questions are taken for one. Of 5,375 pairs of questions of `tests/eval` that other sections
# answer, all-MiniLM-L6-v2 finds one pair as near.
SAME_WORDS = 0.65
SAME_MEANING = 0.65
REMEMBERED = 5_000


@dataclass(frozen=True)
class Wording:
    """A question as it is compared: its text, its language, and what each of its terms weighs."""

    text: str
    language: str
    weights: Mapping[str, float]
    length: float

    def asks_the_same(self, other: "Wording") -> bool:
        """Tell whether another question asks the same. Raises ``RetryLater`` when an embedding server is away."""
        if self.text == other.text or self._cosine(other) >= SAME_WORDS:
            return True
        if self.language != other.language or not likeness.is_on(self.language):
            return False
        return likeness.of(self.text, other.text) >= SAME_MEANING

    def _cosine(self, other: "Wording") -> float:
        common = sum(weight * other.weights[term] for term, weight in self.weights.items() if term in other.weights)
        return common / (self.length * other.length) if common else 0.0


@lru_cache(REMEMBERED)
def read(text: str, corpus: CorpusStatistics) -> Wording:
    """Return a question as it is compared; asks the index about its terms, once in each of its states."""
    language = question_language(text, corpus, None)
    words = query_words(text, language)
    terms = {stem(word, language) for word in content_words(words, language) or words}
    counts = index.term_statistics(terms, corpus)
    weights = {
        term: inverse_document_frequency(counts.passages, counts.document_frequency(term)) or 1.0
        for term in sorted(terms)
    }
    return Wording(text, language.tag, weights, math.sqrt(sum(weight * weight for weight in weights.values())))
