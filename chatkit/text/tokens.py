"""Tokens: the words of a text, and the terms of a question that are worth searching for."""

import itertools
import re
import unicodedata

from chatkit.text.stop_words import STOP_WORDS

MAX_TERMS = 64
# A long question returns to what it is about; in a short one a repeated word is mostly style.
LONG_QUESTION = 30
REPEATS = 2
WORD = re.compile(r"\w+")
# C++, C# and .NET are names to programmers and a single letter or a common word to an index.
NAME = re.compile(r"(?<![\w+#.])(?:([a-z])(\+\+|#)(?![\w+#])|\.(net)(?!\w))", re.I)
SIGNS = {"++": "plusplus", "#": "sharp"}
# Latin letters, most of them with diacritics.
ACCENTED = re.compile("[\u00c0-\u024f]")
# Chinese, Japanese and Korean are written without the spaces that indexes cut words at.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")


def terms(question: str) -> list[str]:
    """Return the words of a question worth searching for, in order; maybe none.

    A word that is repeated stands there repeatedly, in a short question twice at most. A term is
    a single word in lower case without diacritics, so it holds no query syntax.
    """
    found = [word for word in tokenize(question) if word not in STOP_WORDS][:MAX_TERMS]
    if len(found) > LONG_QUESTION:
        return found
    return [word for place, word in enumerate(found) if found[:place].count(word) < REPEATS]


def tokenize(text: str) -> list[str]:
    """Return every word, in order; an identifier is its parts, then itself without its underscores."""
    plain = _plain_letters(text).lower()
    if "++" in plain or "#" in plain or ".net" in plain:
        plain = NAME.sub(_spell, plain)
    tokens: list[str] = WORD.findall(plain)
    unspaced = not plain.isascii() and UNSPACED.search(plain) is not None
    if "_" not in plain and not unspaced:
        return tokens
    found = []
    for token in tokens:
        for part in filter(None, token.split("_")):
            found += _cut(part) if unspaced else [part]
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
    return ACCENTED.sub(lambda letter: unicodedata.normalize("NFKD", letter[0])[0], unicodedata.normalize("NFC", text))


def _cut(word: str) -> list[str]:
    """Return a word as it is, or every two neighbours of what is written without spaces."""
    if not UNSPACED.search(word):
        return [word]
    found = [part for part in UNSPACED.split(word) if part]
    for run in UNSPACED.findall(word):
        found += map("".join, itertools.pairwise(run)) if len(run) > 1 else [run]
    return found
