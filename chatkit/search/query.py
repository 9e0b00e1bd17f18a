"""What a question seeks: its words and how much each matters, with what a follow-up leaves unsaid."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from chatkit.search.retrieval import document_frequencies
from chatkit.text.synonyms import alike
from chatkit.text.tokens import stem, stems, terms

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
# How much of a word another word for the same thing is.
ALIKE = 0.75
# How much what a follow-up stands on weighs, beside its own words.
TOPIC = 0.5
OWN_REPEATS = 2
SELECTED_WORDS = 12
SHORT = 3
CONTINUES = re.compile(r"\W*(?:and|or|but|also|then|so|what about|how about|what if|why|why not|really)\b", re.I)
POINTS = re.compile(r"\b(?:it|its|this|that|these|those|they|them|their|there|same|one|ones)\b", re.I)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
SPELLED = re.compile(r"[\w.+#-]+")
# A capital inside a word, or a digit; at the beginning of a word it tells only after the first one.
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
class Sought:
    """What to look for: ``words`` to search, repeated where they matter more, and what the stem of each weighs.

    ``others`` maps a stem to those of other words for the same thing.
    """

    words: tuple[str, ...]
    weights: Mapping[str, float]
    others: Mapping[str, frozenset[str]]

    def share(self, held: Set[str]) -> float:
        """Return how much of what is sought is among these stems, from 0 to 1."""
        whole = sum(self.weights.values())
        return sum(weight * self._part(term, held) for term, weight in self.weights.items()) / whole if whole else 0.0

    def worth(self, words: float) -> float:
        """Return which share of what is sought so many of the weightiest words would be; all, when nothing is."""
        whole = sum(self.weights.values())
        return words * max(self.weights.values()) / whole if whole else 1.0

    def share_of(self, text: str) -> float:
        """Return how much of what is sought a text holds, from 0 to 1."""
        return self.share(stems(text))

    def _part(self, term: str, held: Set[str]) -> float:
        if term in held:
            return 1.0
        return 0.0 if held.isdisjoint(self.others.get(term, ())) else ALIKE


def sought(asked: Question) -> Sought:
    """Return what a question seeks.

    A follow-up such as "And on Windows?" seeks what the question before it sought, there. Selected
    text says what "this" is; otherwise it only raises what is near.
    """
    own = terms(asked.text)
    telling = _telling(own)
    leans = _leans(asked.text, telling)
    topic = _topic(own, asked.earlier) if leans else []
    selected = terms(asked.selected_text or "")
    weight = _weigh([*own, *topic, *selected], _names(asked.text))
    selected = sorted(dict.fromkeys(selected), key=lambda word: -weight[word])[:SELECTED_WORDS]
    told = {stem(word): weight[word] for word in own}
    standing = {stem(word): weight[word] for word in [*topic, *(selected if leans else [])]}
    if not telling and not standing:
        # Such as "Tell me more": every page holds these words, and none of them is asked about.
        told = {}
    elif telling and standing:
        # What a question leaves unsaid never weighs more than what it says.
        factor = min(TOPIC, sum(told.values()) / (sum(standing.values()) or 1.0))
        standing = {term: value * factor for term, value in standing.items()}
    synonyms = {word: alike(word) for word in telling}
    further = sorted({other for found in synonyms.values() for other in found} - set(own))
    words = (*own * (OWN_REPEATS if topic or selected or further else 1), *topic, *selected, *further)
    return Sought(words, standing | told, {stem(word): frozenset(map(stem, found)) for word, found in synonyms.items()})


def _weigh(words: Sequence[str], names: Set[str]) -> dict[str, float]:
    """Return what each word weighs: the more, the fewer passages hold it."""
    total, counts = document_frequencies(words)
    return {
        word: _importance(word, df, names) * math.log(1 + (total - df + 0.5) / (df + 0.5))
        for word, df in counts.items()
    }


def _importance(word: str, df: int, names: Set[str]) -> float:
    if word in LIGHT:
        return LIGHTNESS if df else 0.0
    if df:
        return 1.0
    return MISSING_NAME if word in names else MISSING


def _telling(words: Sequence[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word not in LIGHT]


def _names(text: str) -> set[str]:
    """Return the words that are written as names."""
    found: set[str] = set()
    for sentence in SENTENCE.split(text):
        for place, word in enumerate(SPELLED.findall(sentence)):
            if NAME_LIKE.search(word) or (place and word[0].isupper()):
                found.update(terms(word))
    return found


def _topic(own: Sequence[str], earlier: Sequence[str]) -> list[str]:
    """Return the words of the latest questions, back to one that says what it is about; the later, the more often."""
    found: list[str] = []
    for question in reversed(earlier):
        words = terms(question)
        found = [word for word in dict.fromkeys(words) if word not in own] + found * 2
        if not _leans(question, _telling(words)):
            break
    return found


def _leans(text: str, telling: Sequence[str]) -> bool:
    """Tell whether a question with these telling words does not say by itself what it is about."""
    return len(telling) <= 1 or (len(telling) <= SHORT and bool(CONTINUES.match(text) or POINTS.search(text)))
