"""The analysis of a question: its terms and what each weighs, with what a follow-up leaves unsaid."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from chatkit.search.index import term_statistics
from chatkit.search.statistics import TermStatistics, inverse_document_frequency
from chatkit.text.stemming import stem, stems
from chatkit.text.synonyms import synonyms_of
from chatkit.text.tokens import terms

# Words about the asking more than about the thing.
LIGHT = frozenset(
    """
    able anybody anyone anything come contain describe everyone everything exactly exist explain find get give go
    happen happens help know let like likely look make many may mean means might much must need needed one possible
    please say see show somebody someone something support supported supports tell thing things try understand use
    used using want way ways wonder work works would could
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
LIGHTNESS = 0.3
# A word that no passage holds may be another word for what the pages call differently. A name that
# none holds is what they do not speak of.
MISSING = 0.8
MISSING_NAME = 1.5
# How much of a term a synonym of it is.
SYNONYM = 0.75
# How much the context of a follow-up weighs, beside its own terms.
CONTEXT = 0.5
OWN_REPEATS = 2
SELECTED_TERMS = 12
SHORT = 3
CONTINUES = re.compile(r"\W*(?:and|or|but|also|then|so|what about|how about|what if|why|why not|really)\b", re.I)
POINTS = re.compile(r"\b(?:it|its|this|that|these|those|they|them|their|there|same|one|ones)\b", re.I)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
SPELLED = re.compile(r"[\w.+#-]+")
# A capital inside a word, or a digit; at the beginning of a word it says so only after the first one.
NAME_LIKE = re.compile(r"\w[A-Z]|\d")


@dataclass(frozen=True)
class Question:
    """What was asked and where: the text selected on the page, the page's address, and what was asked before.

    ``earlier`` holds the conversation's previous questions, the latest last.
    """

    text: str
    selected_text: str | None = None
    page_url: str | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """A question, analysed: ``terms`` to search for, repeated where they matter more, and what the stem of each weighs.

    ``synonyms`` maps a stem to those of other words for the same thing; ``statistics`` knows every term.
    """

    question: Question
    terms: tuple[str, ...]
    weights: Mapping[str, float]
    synonyms: Mapping[str, frozenset[str]]
    statistics: TermStatistics

    def coverage(self, held: Set[str]) -> float:
        """Return how much of the query is among these stems, from 0 to 1."""
        covered = 0.0
        for term, weight, synonyms in self._weighted:
            if term in held:
                covered += weight
            elif synonyms and not held.isdisjoint(synonyms):
                covered += weight * SYNONYM
        return covered / self._whole if self._whole else 0.0

    def coverage_of(self, text: str) -> float:
        """Return how much of the query a text holds, from 0 to 1."""
        return self.coverage(stems(text))

    @cached_property
    def _whole(self) -> float:
        return sum(self.weights.values())

    @cached_property
    def _weighted(self) -> list[tuple[str, float, frozenset[str]]]:
        return [(term, weight, self.synonyms.get(term, frozenset())) for term, weight in self.weights.items()]


def analyze(question: Question) -> Query:
    """Return what to search for and what it weighs; asks the index once.

    A follow-up such as "And on Windows?" is about what the question before it was about, there. Selected
    text says what "this" is; otherwise it only raises what is near.
    """
    own = terms(question.text)
    content = content_terms(own)
    follow_up = is_follow_up(question.text, content)
    context = context_terms(own, question.earlier) if follow_up else []
    selected = terms(question.selected_text or "")
    synonyms = {term: synonyms_of(term) for term in content}
    further = sorted({other for found in synonyms.values() for other in found} - set(own))
    statistics = term_statistics([*own, *context, *selected, *further])
    weight = _weigh([*own, *context, *selected], statistics, _names(question.text))
    selected = sorted(dict.fromkeys(selected), key=lambda term: -weight[term])[:SELECTED_TERMS]
    own_weights = {stem(term): weight[term] for term in own}
    context_weights = {stem(term): weight[term] for term in [*context, *(selected if follow_up else [])]}
    if not content and not context_weights:
        # Such as "Tell me more": every page holds these words, and none of them is asked about.
        own_weights = {}
    elif content and context_weights:
        # What a question leaves unsaid never weighs more than what it says.
        factor = min(CONTEXT, sum(own_weights.values()) / (sum(context_weights.values()) or 1.0))
        context_weights = {term: value * factor for term, value in context_weights.items()}
    repeats = OWN_REPEATS if context or selected or further else 1
    return Query(
        question,
        (*own * repeats, *context, *selected, *further),
        context_weights | own_weights,
        {stem(term): frozenset(map(stem, found)) for term, found in synonyms.items()},
        statistics,
    )


def content_terms(terms: Sequence[str]) -> list[str]:
    """Return each term once that is about the thing rather than about the asking."""
    return [term for term in dict.fromkeys(terms) if term not in LIGHT]


def is_follow_up(text: str, content: Sequence[str]) -> bool:
    """Tell whether a question with these content terms does not say by itself what it is about."""
    return len(content) <= 1 or (len(content) <= SHORT and bool(CONTINUES.match(text) or POINTS.search(text)))


def context_terms(own: Sequence[str], earlier: Sequence[str]) -> list[str]:
    """Return the terms of the latest questions, back to one that says what it is about; the later, the more often."""
    found: list[str] = []
    for question in reversed(earlier):
        words = terms(question)
        found = [term for term in dict.fromkeys(words) if term not in own] + found * 2
        if not is_follow_up(question, content_terms(words)):
            break
    return found


def _weigh(terms: Sequence[str], statistics: TermStatistics, names: Set[str]) -> dict[str, float]:
    """Return what each term weighs: the more, the fewer passages hold it."""
    counts = {term: statistics.document_frequency(term) for term in terms}
    return {
        term: _importance(term, df, names) * inverse_document_frequency(statistics.passages, df)
        for term, df in counts.items()
    }


def _importance(term: str, df: int, names: Set[str]) -> float:
    if term in LIGHT:
        return LIGHTNESS if df else 0.0
    if df:
        return 1.0
    return MISSING_NAME if term in names else MISSING


def _names(text: str) -> set[str]:
    """Return the words that are written as names."""
    found: set[str] = set()
    for sentence in SENTENCE.split(text):
        for place, word in enumerate(SPELLED.findall(sentence)):
            if NAME_LIKE.search(word) or (place and word[0].isupper()):
                found.update(terms(word))
    return found
