"""Stems: what the forms of a word have in common, as both databases' indexes cut them."""

import threading
from functools import lru_cache

import snowballstemmer

from chatkit.text.tokens import tokenize

# FTS5 leaves shorter words as they are.
SHORTEST_STEMMED = 3

_stemmer = snowballstemmer.stemmer("porter")
# The stemmer works on itself, so one thread at a time.
_stemming = threading.Lock()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem both indexes would give a word, near enough to compare words with."""
    if len(word) < SHORTEST_STEMMED:
        return word.lower()
    with _stemming:
        return str(_stemmer.stemWord(word.lower()))


def stems(text: str) -> frozenset[str]:
    """Return the stems of every word of a text."""
    return frozenset(map(stem, tokenize(text)))
