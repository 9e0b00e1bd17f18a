"""Fixed sentences: in each language, and none of them lacks one."""

from dataclasses import asdict, fields

import pytest

from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.languages import LANGUAGES, phrases_in
from chatkit.answers.phrases.phrases import Phrases
from chatkit.text.markdown import escape_paragraph

NAMES = [field.name for field in fields(Phrases)]


def test_every_language_that_is_promised_is_there() -> None:
    assert set(LANGUAGES) == {"en", "de", "fr", "es", "pt", "ja", "zh", "ko", "ar"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_lacks_a_sentence(language: str) -> None:
    said = asdict(LANGUAGES[language])
    assert [name for name in NAMES if not said[name].strip()] == []
    assert language == "en" or [name for name in NAMES if said[name] == getattr(ENGLISH, name)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_holds_nothing_that_markdown_reads(language: str) -> None:
    said = list(asdict(LANGUAGES[language]).values())
    assert [escape_paragraph(sentence) for sentence in said] == said


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("pt-BR", "pt"), ("zh_Hans_CN", "zh"), ("FR", "fr"), ("nl", "en"), ("", "en"), (None, "en")],
)
def test_a_language_is_known_by_its_tag_and_english_stands_in(tag: str | None, language: str) -> None:
    assert phrases_in(tag) is LANGUAGES[language]
