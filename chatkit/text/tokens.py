"""Words: what a question asks for, what a passage holds, and what full-text indexes would miss of both."""

import itertools
import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

MAX_TERMS = 64
# A long question returns to what it is about; in a short one a repeated word is mostly style.
LONG_QUESTION = 30
REPEATS = 2
# FTS5 leaves shorter words as they are.
SHORTEST_STEMMED = 3
WORD = re.compile(r"\w+")
# C++, C# and .NET are names to programmers and a single letter or a common word to an index.
NAME = re.compile(r"(?<![\w+#.])(?:([a-z])(\+\+|#)(?![\w+#])|\.(net)(?!\w))", re.I)
SIGNS = {"++": "plusplus", "#": "sharp"}
# Chinese, Japanese and Korean are written without the spaces that indexes cut words at.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")

# PostgreSQL's English stop words, so that both databases ask for the same terms.
STOP_WORDS = frozenset(
    """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves what which who whom this that these those am is are
    was were be been being have has had having do does did doing a an the and but if or because as until while of
    at by for with about against between into through during before after above below to from up down in out on
    off over under again further then once here there when where why how all any both each few more most other
    some such no nor not only own same so than too very s t can will just don should now
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)

_stemmer = snowballstemmer.stemmer("porter")
# The stemmer works on itself, so one thread at a time.
_stemming = threading.Lock()


def terms(question: str) -> list[str]:
    """Return the words of a question worth searching for, in order; maybe none.

    A word that is repeated stands there repeatedly, in a short question twice at most. A term is
    a single word in lower case without diacritics, so it holds no query syntax.
    """
    found = [word for word in _words(question) if word not in STOP_WORDS][:MAX_TERMS]
    if len(found) > LONG_QUESTION:
        return found
    return [word for place, word in enumerate(found) if found[:place].count(word) < REPEATS]


def unseen(text: str) -> str:
    """Return the terms of a text that the databases' own indexes do not find in it, with spaces between.

    They are names such as C++, identifiers as one word, the plain spelling of words with diacritics,
    and for text without spaces every two characters that follow each other.
    """
    seen = set(re.findall(r"[^\W_]+", text.lower()))
    return " ".join(word for word in _words(text) if word not in seen)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem both indexes would give a word, near enough to compare words with."""
    if len(word) < SHORTEST_STEMMED:
        return word.lower()
    with _stemming:
        return str(_stemmer.stemWord(word.lower()))


def stems(text: str) -> frozenset[str]:
    """Return the stems of every word of a text."""
    return frozenset(stem(word) for word in _words(text))


def _words(text: str) -> list[str]:
    """Return every word, in order; an identifier is its parts, then itself without its underscores."""
    found = []
    for token in WORD.findall(NAME.sub(_spell, _plain_letters(text).lower())):
        for part in token.split("_"):
            found += _cut(part)
        if "_" in token.strip("_"):
            found.append(token.replace("_", ""))
    return found


def _spell(name: re.Match[str]) -> str:
    letter, sign, net = name.groups()
    return f" dot{net} " if net else f" {letter}{SIGNS[sign]} "


def _plain_letters(text: str) -> str:
    """Return text without diacritics; other scripts keep theirs, which are letters of their own."""
    if text.isascii():
        return text
    return "".join(
        unicodedata.normalize("NFKD", character)[0] if "\u00c0" <= character <= "\u024f" else character
        for character in unicodedata.normalize("NFC", text)
    )


def _cut(word: str) -> list[str]:
    """Return a word as it is, or every two neighbours of what is written without spaces."""
    if not UNSPACED.search(word):
        return [word] if word else []
    found = [part for part in UNSPACED.split(word) if part]
    for run in UNSPACED.findall(word):
        found += map("".join, itertools.pairwise(run)) if len(run) > 1 else [run]
    return found
