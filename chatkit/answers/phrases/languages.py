"""Which language has which fixed sentences."""

from collections.abc import Mapping
from types import MappingProxyType

from chatkit.answers.phrases.chinese import CHINESE
from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.french import FRENCH
from chatkit.answers.phrases.german import GERMAN
from chatkit.answers.phrases.japanese import JAPANESE
from chatkit.answers.phrases.korean import KOREAN
from chatkit.answers.phrases.phrases import Phrases
from chatkit.answers.phrases.portuguese import PORTUGUESE
from chatkit.answers.phrases.spanish import SPANISH

DEFAULT_LANGUAGE = "en"
LANGUAGES: Mapping[str, Phrases] = MappingProxyType(
    {
        DEFAULT_LANGUAGE: ENGLISH,
        "de": GERMAN,
        "fr": FRENCH,
        "es": SPANISH,
        "pt": PORTUGUESE,
        "ja": JAPANESE,
        "zh": CHINESE,
        "ko": KOREAN,
    }
)


def phrases_in(language: str | None) -> Phrases:
    """Return the fixed sentences of a language by its tag, such as `pt-BR`; English where there are none."""
    return LANGUAGES.get((language or "").replace("_", "-").partition("-")[0].lower(), ENGLISH)
