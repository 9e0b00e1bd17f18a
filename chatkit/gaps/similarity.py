"""Whether two questions ask the same: by their words, each weighing as much as it is rare, and by their meaning."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatkit.search import index
from chatkit.search.query import content_words, question_language
from chatkit.search.statistics import CorpusStatistics, inverse_document_frequency
from chatkit.text.analysis import query_words, stem

# Cosines from which on two questions are taken for one. Of 5,375 pairs of questions of `tests/eval` that other sections
# answer, all-MiniLM-L6-v2 finds one pair as near; of 2,106 about three other products, which nothing was tuned on, six.
# Of paraphrases of those it finds 39 of 39 that replace some words, and 2 of 39 that share hardly any: at 0.55 they are
# 3, and 20 wrong pairs.
SAME_WORDS = 0.65
SAME_MEANING = 0.65


@dataclass(frozen=True)
class Wording:
    """A question as it is compared: its text, its language, and what each of its terms weighs."""

    text: str
    language: str
    weights: Mapping[str, float]
    length: float

    def has_same_words(self, other: "Wording") -> bool:
        """Tell whether another question asks the same by its words."""
        return self.text == other.text or self._cosine(other) >= SAME_WORDS

    def _cosine(self, other: "Wording") -> float:
        common = sum(weight * other.weights[term] for term, weight in self.weights.items() if term in other.weights)
        return common / (self.length * other.length) if common else 0.0


def read(texts: Sequence[str], corpus: CorpusStatistics) -> list[Wording]:
    """Return questions as they are compared; asks the index about the terms of all of them together."""
    found = [(text, *_terms(text, corpus)) for text in texts]
    counts = index.term_statistics({term for _, _, terms in found for term in terms}, corpus)
    wordings = []
    for text, language, terms in found:
        weights = {
            term: inverse_document_frequency(counts.passages, counts.document_frequency(term)) or 1.0 for term in terms
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        wordings.append(Wording(text, language, weights, length))
    return wordings


def _terms(text: str, corpus: CorpusStatistics) -> tuple[str, tuple[str, ...]]:
    """Return the language of a question, as its tag, and the stems of the words that it is about."""
    language = question_language(text, corpus, None)
    words = query_words(text, language)
    return language.tag, tuple(sorted({stem(word, language) for word in content_words(words, language) or words}))
