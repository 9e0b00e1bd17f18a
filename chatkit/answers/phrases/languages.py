"""Which language has which fixed sentences."""

from collections.abc import Mapping
from types import MappingProxyType

from chatkit.answers.phrases.arabic import ARABIC
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
        "ar": ARABIC,
    }
)
# What each language is called in itself, by its tag or by its primary one.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "العربية",
        "ca": "català",
        "cs": "čeština",
        "da": "dansk",
        "de": "Deutsch",
        "el": "ελληνικά",
        "en": "English",
        "es": "español",
        "et": "eesti",
        "eu": "euskara",
        "fa": "فارسی",
        "fi": "suomi",
        "fr": "français",
        "ga": "Gaeilge",
        "hi": "हिन्दी",
        "hu": "magyar",
        "hy": "հայերեն",
        "id": "Bahasa Indonesia",
        "it": "italiano",
        "ja": "日本語",
        "ko": "한국어",
        "lt": "lietuvių",
        "nb": "norsk bokmål",
        "ne": "नेपाली",
        "nl": "Nederlands",
        "nn": "norsk nynorsk",
        "no": "norsk",
        "pl": "polski",
        "pt": "português",
        "pt-br": "português do Brasil",
        "ro": "română",
        "ru": "русский",
        "sr": "српски",
        "sv": "svenska",
        "ta": "தமிழ்",
        "tr": "Türkçe",
        "uk": "українська",
        "vi": "Tiếng Việt",
        "zh": "中文",
        "zh-cn": "简体中文",
        "zh-hans": "简体中文",
        "zh-hant": "繁體中文",
        "zh-tw": "繁體中文",
    }
)


def language_name(tag: str) -> str:
    """Return what a language is called in itself; its tag where that is not known."""
    lower = tag.replace("_", "-").lower()
    return NAMES.get(lower) or NAMES.get(lower.partition("-")[0], tag)


def phrases_in(language: str | None) -> Phrases:
    """Return the fixed sentences of a language by its tag, such as `pt-BR`; English where there are none."""
    return LANGUAGES.get((language or "").replace("_", "-").partition("-")[0].lower(), ENGLISH)
