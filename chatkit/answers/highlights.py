"""Which words of an excerpt were asked for, so that a reader sees why it is shown."""

import re
from collections.abc import Iterator, Set
from functools import lru_cache

from chatkit.search.query import Query
from chatkit.text.analysis import stems
from chatkit.text.language import Language
from chatkit.text.tokens import UNSPACED

WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
# The same words are shown again and again; the stems of so many are remembered.
word_stems = lru_cache(maxsize=5_000)(stems)
# Of the weight of the question's weightiest term, what a term must have for its word to be marked.
WORTH_MARKING = 0.25


def highlights(query: Query, excerpt: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return the ranges [start, end) of the words of an excerpt that the query asks for, in code points.

    Ranges that touch are one.
    """
    least = WORTH_MARKING * max(query.weights.values(), default=0.0)
    asked = {term for term, weight in query.weights.items() if weight > least}
    return mark(asked | {other for term in asked for other in query.synonyms.get(term, ())}, excerpt, language)


def mark(asked: Set[str], excerpt: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return likewise the ranges of the words of an excerpt whose stems are among these terms."""
    words = WORD.finditer(excerpt)
    if not UNSPACED.search(excerpt):
        return tuple(
            word.span() for word in words if word[0] in asked or not asked.isdisjoint(word_stems(word[0], language))
        )
    found = list[tuple[int, int]]()
    for word in words:
        for start, end in _parts(word):
            part = excerpt[start:end]
            if part not in asked and (UNSPACED.search(part) or asked.isdisjoint(word_stems(part, language))):
                continue
            if found and found[-1][1] >= start:
                start = min(start, found.pop()[0])
            found.append((start, end))
    return tuple(found)


def _parts(word: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield a word's range; of what is written without spaces, those of its characters and of their pairs."""
    if not UNSPACED.search(word[0]):
        yield word.span()
        return
    for start in range(word.start(), word.end()):
        yield start, start + 1
        if start + 2 <= word.end():
            yield start, start + 2
