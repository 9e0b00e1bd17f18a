"""The languages that analysis knows, by their tags and by their scripts."""

import re
from functools import lru_cache

from chatkit.text.language import Language
from chatkit.text.languages import (
    chinese,
    danish,
    dutch,
    english,
    finnish,
    french,
    german,
    hungarian,
    italian,
    japanese,
    korean,
    norwegian,
    portuguese,
    russian,
    spanish,
    swedish,
    turkish,
)

ENGLISH = english.LANGUAGE
WITH_STOP_WORDS = (
    ENGLISH,
    german.LANGUAGE,
    french.LANGUAGE,
    spanish.LANGUAGE,
    portuguese.LANGUAGE,
    italian.LANGUAGE,
    dutch.LANGUAGE,
    danish.LANGUAGE,
    swedish.LANGUAGE,
    norwegian.LANGUAGE,
    finnish.LANGUAGE,
    hungarian.LANGUAGE,
    russian.LANGUAGE,
    turkish.LANGUAGE,
    chinese.LANGUAGE,
    japanese.LANGUAGE,
    korean.LANGUAGE,
)
# Of these, their stems are known and nothing else.
STEMMED = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "el": "greek",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "ga": "irish",
    "hi": "hindi",
    "hy": "armenian",
    "id": "indonesian",
    "lt": "lithuanian",
    "ne": "nepali",
    "pl": "polish",
    "ro": "romanian",
    "sr": "serbian",
    "ta": "tamil",
}
LANGUAGES = {language.tag: language for language in WITH_STOP_WORDS} | {
    tag: Language(tag, stemmer) for tag, stemmer in STEMMED.items()
}
# Tags that mean one of these.
ALIASES = {"nb": "no", "nn": "no", "in": "id"}
# Which language a script stands for where nobody says it; Japanese is told from Chinese by its kana.
SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "hy": re.compile("[\u0530-\u058f]"),
}
# Of a text's letters, what another script than the Latin must have for the text to be in its language.
SHARE = 0.2
LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=200)
def language_of_tag(tag: str | None) -> Language | None:
    """Return the language of a tag such as `de-AT`, None for one that is not known."""
    primary = (tag or "").partition("-")[0].lower()
    return LANGUAGES.get(ALIASES.get(primary, primary))


def language_of(tag: str | None, text: str) -> Language:
    """Return the language in which to read a text: that of its tag, else of its script, else English."""
    return language_of_tag(tag) or language_of_script(text) or ENGLISH


def language_of_script(text: str) -> Language | None:
    """Return the language that a text's script stands for, None for Latin letters."""
    if text.isascii():
        return None
    letters = len(LETTERS.findall(text))
    for tag, script in SCRIPTS.items():
        if len(script.findall(text)) > SHARE * letters:
            return LANGUAGES[tag]
    return None
