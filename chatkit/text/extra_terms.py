"""Terms that the databases' own full-text indexes would miss in a text."""

import re

from chatkit.text.tokens import tokenize

INDEXED = re.compile(r"[^\W_]+")


def extra_terms(text: str) -> str:
    """Return the terms of a text that the databases' own indexes do not find in it, with spaces between.

    They are names such as C++, identifiers as one word, the plain spelling of words with diacritics,
    and for text without spaces every two characters that follow each other.
    """
    indexed = set(INDEXED.findall(text.lower()))
    return " ".join(token for token in tokenize(text) if token not in indexed)
