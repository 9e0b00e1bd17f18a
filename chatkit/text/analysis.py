"""Analysis: a text becomes the terms that both databases index, and a question the words to search for.

Pages and questions go the same way: tokens, without stop words, each cut to its stem in the language of its text
and written without diacritics. A term is letters and digits in lower case, so it holds no query syntax.
"""

import threading
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

from chatkit.text.language import Language, plain_letters
from chatkit.text.languages.registry import ENGLISH, SCRIPTS
from chatkit.text.tokens import tokenize

MAX_TERMS = 64
# A long question returns to what it is about; in a short one a repeated word is mostly style.
LONG_QUESTION = 30
REPEATS = 2
# Shorter words have no endings. Longer ones are data.
SHORTEST_STEMMED = 3
LONGEST = 100
# So many words of a language are remembered.
REMEMBERED = 50_000


def index_terms(text: str, language: Language = ENGLISH) -> list[str]:
    """Return the terms of a text as they are indexed, in order."""
    return list(filter(None, map(_terms_by_word(language).__getitem__, tokenize(text))))


def stems(text: str, language: Language = ENGLISH) -> frozenset[str]:
    """Return every term of a text once."""
    return frozenset(filter(None, map(_terms_by_word(language).__getitem__, tokenize(text))))


def query_words(question: str, language: Language = ENGLISH) -> list[str]:
    """Return the words of a question worth searching for, in order and not yet stemmed; maybe none.

    A word that is repeated stands there repeatedly, in a short question twice at most.
    """
    subject = language.asking.sub(" ", question) if language.asking else question
    # A question may be of nothing but such words; they are then its subject.
    found = _without_stop_words(subject, language) or _without_stop_words(question, language)
    if len(found) > LONG_QUESTION:
        return found
    return [word for place, word in enumerate(found) if found[:place].count(word) < REPEATS]


def stem(word: str, language: Language = ENGLISH) -> str:
    """Return the term that a word is indexed as, stop word or not."""
    return _stems_by_word(language)[word.lower()]


def distinct_stems(words: Iterable[str], language: Language = ENGLISH) -> frozenset[str]:
    """Return the stem of each word once."""
    return frozenset(stem(word, language) for word in words)


class _StemsByWord(dict[str, str]):
    """What words are stemmed to, remembered; a stemmer works on itself, so one thread at a time."""

    def __init__(self, language: Language) -> None:
        self._accents, self._infix = language.accents, language.infix
        self._stemmer = Stemmer.Stemmer(language.stemmer or "english", 0)
        # Latin letters on a page in another script are mostly English.
        self._latin_stemmer = Stemmer.Stemmer("english", 0) if language.tag in SCRIPTS else self._stemmer
        self._stemming = threading.Lock()

    def __missing__(self, word: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = found = self._stem(word)
        return found

    def _stem(self, word: str) -> str:
        if len(word) < SHORTEST_STEMMED or len(word) > LONGEST:
            return plain_letters(word[:LONGEST])
        for plain, accented in self._accents.items():
            if word.endswith(plain):
                word = word[: -len(plain)] + accented
                break
        with self._stemming:
            stemmer = self._latin_stemmer if word.isascii() else self._stemmer
            stemmed = plain_letters(stemmer.stemWord(word))
        return self._infix.sub(r"\1", stemmed) if self._infix else stemmed


class _TermsByWord(dict[str, str]):
    """What words are indexed as, remembered: their stems, nothing for stop words."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __missing__(self, word: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = found = "" if word in self._language.stopped else _stems_by_word(self._language)[word]
        return found


def _without_stop_words(text: str, language: Language) -> list[str]:
    return [word for word in tokenize(text) if word not in language.stopped][:MAX_TERMS]


@lru_cache
def _stems_by_word(language: Language) -> _StemsByWord:
    return _StemsByWord(language)


@lru_cache
def _terms_by_word(language: Language) -> _TermsByWord:
    return _TermsByWord(language)
