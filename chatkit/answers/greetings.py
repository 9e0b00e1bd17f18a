"""Greetings, thanks and farewells: a message that is nothing else is answered as one, and asks nothing of the pages."""

import re
import unicodedata
from typing import NamedTuple

from chatkit.answers.phrases.languages import LANGUAGES, phrases_in

# What is longer says something.
MAX_LENGTH = 80
# A question mark after "thanks" is none, and an apostrophe is left out by many.
APOSTROPHE = re.compile("['’‘`´]")
NO_WORD = re.compile(r"[\W_]+")
# Scripts that are written without spaces, so that a phrase ends where the next one begins.
UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


class Greeting(NamedTuple):
    """What a message says, by the name of the phrase that answers it, and the languages that say it so."""

    reply: str
    languages: tuple[str, ...]


def recognize(message: str) -> Greeting | None:
    """Return what a message that is nothing but a greeting, thanks or a farewell says; of several the last."""
    if len(message) > MAX_LENGTH:
        return None
    words = _normalize(message)
    found: Greeting | None = None
    place = 0
    while place < len(words):
        phrase = _PHRASE.match(words, place)
        if phrase is None:
            return None
        found = _SAID.get(phrase[1], found)
        place = phrase.end()
    return found


def answer(greeting: Greeting, language: str | None = None) -> str:
    """Return the sentence that answers a greeting: in ``language`` if it was said in it, else in its own."""
    spoken = language if language in greeting.languages else greeting.languages[0]
    reply: str = getattr(phrases_in(spoken), greeting.reply)
    return reply


def _normalize(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return NO_WORD.sub(" ", APOSTROPHE.sub("", plain)).strip()


def _phrases(said: str) -> list[str]:
    return [_normalize(each) for each in said.split(",")]


def _said() -> dict[str, Greeting]:
    """Return every greeting with what answers it."""
    found = dict[str, Greeting]()
    for language, phrases in LANGUAGES.items():
        answered = {"hello": phrases.greetings, "welcome": phrases.thanks, "goodbye": phrases.farewells}
        for reply, said in answered.items():
            for each in _phrases(said):
                known = found.get(each, Greeting(reply, ()))
                found[each] = Greeting(known.reply, tuple(dict.fromkeys([*known.languages, language])))
    return found


_SAID = _said()
_POLITENESS = {each for phrases in LANGUAGES.values() for each in _phrases(phrases.politeness)}


def _pattern() -> re.Pattern[str]:
    """Return what matches the longest phrase at a place, with the space behind it."""
    phrases = sorted(_SAID.keys() | _POLITENESS, key=lambda phrase: (-len(phrase), phrase))
    ended = [re.escape(each) + ("" if UNSPACED.search(each) else r"(?!\w)") for each in phrases]
    return re.compile(f"({'|'.join(ended)}) ?")


_PHRASE = _pattern()
