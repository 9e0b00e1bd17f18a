"""Highlights: the words of an excerpt that were asked for, wherever they stand."""

import pytest
from flask import Flask

from chatkit.answers.highlights import highlights
from chatkit.search.query import Question, analyze
from chatkit.text.languages.registry import language_of


@pytest.mark.parametrize(
    ("question", "excerpt", "marked"),
    [
        ("How do I change the port?", "Ports are changed by PORT.", ["Ports", "changed", "PORT"]),
        ("How do I remove a lamp?", "Delete the lamp, or leave it.", ["Delete", "lamp"]),
        ("What is LAMP_OIL?", "Set `LAMP_OIL` to 2.", ["LAMP_OIL"]),
        ("如何备份数据库？", "备份整个数据库需要一分钟。", ["备份", "数据库"]),
        ("How do I light a fire?", "🔥 A fire is lit.", ["fire"]),
        ("Why?", "Because lamps burn.", []),
    ],
)
def test_the_words_that_were_asked_for_are_marked(app: Flask, question: str, excerpt: str, marked: list[str]) -> None:
    with app.app_context():
        ranges = highlights(analyze(Question(question)), excerpt, language_of(None, excerpt))
    assert [excerpt[start:end] for start, end in ranges] == marked
