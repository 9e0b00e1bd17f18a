"""Which words of an excerpt were asked for, so that a reader sees why it is shown."""

import re

from chatkit.search.query import Query
from chatkit.text.analysis import stems
from chatkit.text.language import Language
from chatkit.text.tokens import UNSPACED

WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
# Of the weight of the question's weightiest term, what a term must have for its word to be marked.
WORTH_MARKING = 0.25


def highlights(query: Query, excerpt: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return the ranges [start, end) of the words of an excerpt that the query asks for, in code points.

    What is written without spaces is marked by pairs of characters; ranges that touch are one.
    """
    least = WORTH_MARKING * max(query.weights.values(), default=0.0)
    asked = {term for term, weight in query.weights.items() if weight > least}
    asked |= {other for term in asked for other in query.synonyms.get(term, ())}
    found = list[tuple[int, int]]()
    for word in WORD.finditer(excerpt):
        unspaced = UNSPACED.search(word[0]) is not None
        width = 2 if unspaced else len(word[0])
        for start in range(word.start(), max(word.end() - width, word.start()) + 1):
            end = min(start + width, word.end())
            part = excerpt[start:end]
            if part not in asked if unspaced else asked.isdisjoint(stems(part, language)):
                continue
            if found and found[-1][1] >= start:
                start, _ = found.pop()
            found.append((start, end))
    return tuple(found)
