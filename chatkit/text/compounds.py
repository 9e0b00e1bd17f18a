"""Compounds: what is written in one word as often as in two."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from chatkit.text.analysis import stem
from chatkit.text.language import Language

SHORTEST_COMPOUND = 5
# A split into shorter words would find words that were not meant.
SHORTEST_PART = 3
# Of a longer question only the beginning is looked at.
MOST_PAIRS = 40
LONGEST_SPLIT = 30


def joined(words: Sequence[str], language: Language) -> Mapping[str, tuple[str, str]]:
    """Return what neighbours would be in one word, with the two that it is made of: "backup" of "backing" and "up".

    Most are no words; the index tells which are.
    """
    found: dict[str, tuple[str, str]] = {}
    for first, second in itertools.islice(itertools.pairwise(words), MOST_PAIRS):
        if first in language.stopped or not (first.isalpha() and second.isalpha()):
            continue
        for form in {first, stem(first, language)}:
            if len(form + second) >= SHORTEST_COMPOUND:
                found.setdefault(form + second, (first, second))
    return found


def splits(word: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of words that a word may be made of: "auto" and "reload" for "autoreload", among others."""
    if word.isalpha() and len(word) <= LONGEST_SPLIT:
        for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            yield word[:place], word[place:]
