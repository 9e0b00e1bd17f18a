"""Greetings: what is nothing else is answered as one, in the language it was said in."""

import pytest

from chatkit.answers import greetings
from chatkit.answers.phrases.languages import LANGUAGES


def _answer(message: str, language: str | None = None) -> str | None:
    greeting = greetings.recognize(message)
    return greeting and greetings.answer(greeting, language)


@pytest.mark.parametrize(
    ("message", "language", "reply"),
    [
        ("Hello", "en", "hello"),
        ("  HEY there!!! 👋", "en", "hello"),
        ("Hi, how are you?", "en", "hello"),
        ("thanks", "en", "welcome"),
        ("Thank you very much for your help!", "en", "welcome"),
        ("ok, great, thanks :-)", "en", "welcome"),
        ("It's working now, thanks", "en", "welcome"),
        ("Thanks, bye", "en", "goodbye"),
        ("Grüß Gott", "de", "hello"),
        ("GUTEN TAG", "de", "hello"),
        ("Vielen Dank für die Hilfe", "de", "welcome"),
        ("Tschüss!", "de", "goodbye"),
        ("Bonjour à tous", "fr", "hello"),
        ("Merci d’avance", "fr", "welcome"),
        ("¡Buenos días!", "es", "hello"),
        ("muchas gracias por todo", "es", "welcome"),
        ("Oi, tudo bem?", "pt", "hello"),
        ("Muito obrigada", "pt", "welcome"),
        ("こんにちは！", "ja", "hello"),
        ("どうもありがとうございます。", "ja", "welcome"),
        ("你好", "zh", "hello"),
        ("好的，谢谢！", "zh", "welcome"),
        ("안녕하세요?", "ko", "hello"),
        ("정말 감사합니다", "ko", "welcome"),
        ("السلام عليكم!", "ar", "hello"),
        ("شكرًا جزيلًا على المساعدة", "ar", "welcome"),
    ],
)
def test_a_greeting_is_answered_as_one_in_its_language(message: str, language: str, reply: str) -> None:
    assert _answer(message) == getattr(LANGUAGES[language], reply)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("said", "reply"), [("greetings", "hello"), ("thanks", "welcome"), ("farewells", "goodbye")])
def test_whatever_a_language_says_in_greeting_is_answered_in_it(language: str, said: str, reply: str) -> None:
    for message in getattr(LANGUAGES[language], said).split(","):
        assert _answer(message, language) == getattr(LANGUAGES[language], reply), message


@pytest.mark.parametrize(
    "message",
    [
        "hello world",
        "Hi, how do I install it?",
        "Thanks to whom?",
        "ok",
        "no",
        "later",
        "?",
        "",
        "👋",
        "hi" * 9,
        "good",
        "history",
        "tag",
        "Danke, aber wie ändere ich den Port?",
        "早期版本",
        "こんにちはを表示する",
        "goodbye " * 20,
    ],
)
def test_what_says_anything_else_is_no_greeting(message: str) -> None:
    assert _answer(message) is None
