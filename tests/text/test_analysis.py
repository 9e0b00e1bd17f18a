"""Analysis: which terms a text is indexed as, and which words of a question are searched for."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from chatkit.text.analysis import index_terms, query_words, stem, stems
from chatkit.text.language import Language
from chatkit.text.languages.registry import LANGUAGES, language_of

GERMAN, FRENCH, SPANISH, PORTUGUESE = (LANGUAGES[tag] for tag in ("de", "fr", "es", "pt"))


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("Configuring") == stem("configured") == "configur"
    assert stem("IS") == "is"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        (GERMAN, ["Häuser", "Haus", "HAEUSER"]),
        (FRENCH, ["sécurité", "securite", "Sécurités"]),
        (SPANISH, ["instalación", "instalaciones", "instalacion"]),
        (PORTUGUESE, ["instalação", "instalações", "instalacao"]),
        (LANGUAGES["ru"], ["настройка", "настройки", "настройку"]),
        (LANGUAGES["ru"], ["backup", "backups"]),
        (GERMAN, ["einrichten", "einzurichten", "eingerichtet"]),
    ],
)
def test_forms_of_a_word_share_a_stem_in_its_language_with_and_without_accents(
    language: Language, forms: list[str]
) -> None:
    assert len({stem(form, language) for form in forms}) == 1


def test_a_text_is_indexed_as_the_stems_of_its_words_but_stop_words() -> None:
    assert index_terms("The lamps of C++ in `LAMP_OIL`") == ["lamp", "cplusplus", "lamp", "oil", "lampoil"]
    assert stems("The lamps, the lamp") == {"lamp"}
    assert index_terms("Die Lampen der Häuser", GERMAN) == ["lamp", "haus"]


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{chr(97 + number % 26)}{number}ating" for number in range(2_000)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(stem, words))
    assert found == Stemmer.Stemmer("english").stemWords(words)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.tag)
@given(st.text())
def test_a_term_is_letters_and_digits(language: Language, text: str) -> None:
    for term in [*index_terms(text, language), *query_words(text, language)]:
        assert re.fullmatch(r"[^\W_]+", term)


@given(st.text())
def test_a_question_of_a_texts_own_words_asks_for_terms_that_are_indexed(text: str) -> None:
    assert {stem(word) for word in query_words(text)} <= set(index_terms(text))


@pytest.mark.parametrize(
    ("tag", "text", "read_as"),
    [
        ("de-AT", "Lamps", "de"),
        ("nb", "Lamper", "no"),
        ("tlh", "Lamps", "en"),
        (None, "Lamps", "en"),
        (None, "Лампы и масло", "ru"),
        (None, "安装 foghorn 的方法", "zh"),
        (None, "ランプの油", "ja"),
        (None, "등불의 기름", "ko"),
        (None, "The word 安 in an English text", "en"),
    ],
)
def test_the_language_is_that_of_the_tag_then_of_the_script_then_english(
    tag: str | None, text: str, read_as: str
) -> None:
    assert language_of(tag, text).tag == read_as


def test_words_that_tell_nothing_are_not_asked_for() -> None:
    assert query_words("How do I change the colours of it?") == ["change", "colours"]
    assert query_words("Wie schalte ich den Wartungsmodus ein?", GERMAN) == ["schalte", "wartungsmodus"]
    assert query_words("Wo liegt das Oel?", GERMAN) == ["liegt", "oel"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("怎么安装系统？", ["安", "安装", "装", "装系", "系", "系统", "统"]),
        ("データベースをバックアップするには？", query_words("データベース バックアップ", LANGUAGES["ja"])),
        ("데이터베이스를 어떻게 백업하나요?", query_words("데이터베이스 백업", LANGUAGES["ko"])),
        ("怎么", ["怎", "怎么", "么"]),
    ],
)
def test_a_question_without_spaces_is_asked_for_by_its_subject(question: str, words: list[str]) -> None:
    assert query_words(question, language_of(None, question)) == words


def test_a_word_repeated_in_a_short_question_counts_twice_at_most() -> None:
    assert query_words("log log log level") == ["log", "log", "level"]


def test_a_long_question_keeps_its_repeated_words() -> None:
    assert query_words("index " * 40) == ["index"] * 40


def test_a_very_long_question_is_cut() -> None:
    assert len(query_words(" ".join(f"word{number}" for number in range(500)))) == 64


@pytest.mark.parametrize(
    ("tag", "question", "follows"),
    [
        ("en", "And on Windows?", True),
        ("en", "Android on Windows?", False),
        ("de", "Und unter Windows?", True),
        ("de", "Wie wird sie gefüllt?", True),
        ("de", "Unter Windows?", False),
        ("fr", "Et sous Windows ?", True),
        ("es", "¿Y en Windows?", True),
        ("pt", "E no Windows?", True),
        ("zh", "那么怎么卸载它", True),
        ("zh", "安装系统", False),
        ("ar", "windows", False),
    ],
)
def test_each_language_tells_what_follows_another_question(tag: str, question: str, follows: bool) -> None:
    assert LANGUAGES[tag].points_back(question) is follows
