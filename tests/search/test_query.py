"""Queries: what a question is about, how much of it a text covers, and what a follow-up leaves unsaid."""

import math
from pathlib import Path

import pytest
from flask import Flask

from chatkit.search.query import Query, Question, analyze, content_words, context_words, is_follow_up
from chatkit.search.statistics import TermStatistics, inverse_document_frequency
from tests import factories, sql_log

QUERY = Query(
    Question("Remove the lamp?"),
    ("remov", "lamp"),
    {"remov": 1.0, "lamp": 3.0},
    {"remov": {"delet": 0.75}},
    TermStatistics(10, 50.0, {"remov": 1}),
)


@pytest.mark.parametrize(
    ("held", "coverage"),
    [({"lamp", "remov"}, 1.0), ({"lamp"}, 0.75), ({"delet"}, 0.1875), ({"wick"}, 0.0), (set(), 0.0)],
)
def test_a_text_covers_the_weight_of_the_terms_it_holds(held: set[str], coverage: float) -> None:
    assert QUERY.coverage(held) == coverage


def test_a_query_that_weighs_nothing_covers_nothing() -> None:
    assert Query(Question(""), (), {}, {}, TermStatistics(0, 0.0, {})).coverage({"lamp"}) == 0.0


def test_a_term_weighs_the_more_the_fewer_passages_hold_it() -> None:
    assert inverse_document_frequency(10, 1) > inverse_document_frequency(10, 9) > 0
    assert inverse_document_frequency(1, 0) == pytest.approx(math.log(4))
    assert QUERY.statistics.document_frequency("remov") == 1
    assert QUERY.statistics.document_frequency("lamp") == 0


def test_words_about_the_asking_are_no_content() -> None:
    assert content_words(["help", "lamp", "need", "lamp", "oil"]) == ["lamp", "oil"]


@pytest.mark.parametrize(
    ("text", "content", "follows"),
    [
        ("And on Windows?", ["windows"], True),
        ("How does it burn oil?", ["burn", "oil"], True),
        ("Which lamp burns oil?", ["lamp", "burns", "oil"], False),
        ("And which lamp burns whale oil?", ["lamp", "burns", "whale", "oil"], False),
    ],
)
def test_a_short_question_that_points_back_is_a_follow_up(text: str, content: list[str], follows: bool) -> None:
    assert is_follow_up(text, content) is follows


def test_context_goes_back_to_a_question_that_stands_alone() -> None:
    earlier = ("Where does the harbour open?", "Which lamp burns whale oil?", "And in winter?")
    assert context_words(["summer"], earlier) == ["lamp", "burns", "whale", "oil", "winter", "winter"]


def test_a_question_asks_the_index_once_how_often_its_terms_stand(app: Flask) -> None:
    with sql_log.log_sql(app) as statements:
        analyze(Question("Which lamp burns whale oil?", "Some selected text", None, ("What is a foghorn?",)))
    assert sum("FROM terms" in statement for statement in statements) == 1


def test_a_compound_that_the_pages_hold_stands_for_its_parts(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "pages", {"copy.md": "# Backup\n\nOf lamps.\n", "back.md": "# Back\n\nGo back.\n"})
    with app.app_context():
        query = analyze(Question("How do I back up lamps?"))
    assert query.coverage({"backup", "lamp"}) == 1.0
    assert "backup" in query.terms


def test_a_compound_that_no_page_holds_is_not_missed(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "pages", {"lamp.md": "# Lamps\n\nA wick burns on its own.\n"})
    with app.app_context():
        assert analyze(Question("lamp-wick")).coverage({"lamp", "wick"}) == 1.0
