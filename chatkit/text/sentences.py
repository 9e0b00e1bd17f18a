"""Sentences of a paragraph."""

import re

# An abbreviation, an initial, or a number that the paragraph begins with.
NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|approx|Dr|Mr|Mrs|Ms|St|No|Fig|resp|z\.B|d\.h|bzw)\.|\b[A-Z]\.|\A\d+\.)$"
)
LONGEST_NOT_AN_END = len("approx.")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`*\"'(])|(?<=[。！？])\s*(?!$)")


def split_sentences(paragraph: str) -> list[str]:
    """Return a paragraph's sentences, each with the space that follows it."""
    found, start = list[str](), 0
    for end in SENTENCE_END.finditer(paragraph):
        if not NOT_AN_END.search(paragraph, max(start, end.start() - LONGEST_NOT_AN_END), end.start()):
            found.append(paragraph[start : end.end()])
            start = end.end()
    return [*found, paragraph[start:]]
