"""Sentences of a paragraph."""

import re

from chatkit.text.languages.registry import WITH_STOP_WORDS

_ABBREVIATIONS = {word for language in WITH_STOP_WORDS for word in language.abbreviations.split()}
# An abbreviation, an initial or a part of "z. B.", or a number that the paragraph begins with.
NOT_AN_END = re.compile(
    rf"(?:(?<!\w)(?:{'|'.join(map(re.escape, sorted(_ABBREVIATIONS)))}|[^\W\d_])\.|\A\d+\.)$",
)
LONGEST_NOT_AN_END = max(map(len, _ABBREVIATIONS)) + 2
# Capitals, Latin, Greek and Cyrillic, and the letters of scripts that have none.
OPENING = "A-Z0-9\u00c0-\u00d6\u00d8-\u00de\u0386-\u03ab\u0400-\u042f\u0590-\u1fff\u3040-\uffff"
SENTENCE_END = re.compile(rf"(?<=[.!?])\s+(?=[{OPENING}`*\"'(¿¡«„“])|(?<=[。！？])\s*(?!$)")


def split_sentences(paragraph: str) -> list[str]:
    """Return a paragraph's sentences, each with the space that follows it."""
    found, start = list[str](), 0
    for end in SENTENCE_END.finditer(paragraph):
        if not NOT_AN_END.search(paragraph, max(start, end.start() - LONGEST_NOT_AN_END), end.start()):
            found.append(paragraph[start : end.end()])
            start = end.end()
    return [*found, paragraph[start:]]
