"""Terms of a question: which words are worth searching for, how often, and what one looks like."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chatkit.text.extra_terms import extra_terms
from chatkit.text.tokens import terms


def test_words_that_tell_nothing_are_not_asked_for() -> None:
    assert terms("How do I change the colours of it?") == ["change", "colours"]


def test_a_word_repeated_in_a_short_question_counts_twice_at_most() -> None:
    assert terms("log log log level") == ["log", "log", "level"]


def test_a_long_question_keeps_its_repeated_words() -> None:
    assert terms("index " * 40) == ["index"] * 40


def test_a_very_long_question_is_cut() -> None:
    assert len(terms(" ".join(f"word{number}" for number in range(500)))) == 64


@given(st.text())
def test_a_term_is_one_word(text: str) -> None:
    for term in terms(text) + extra_terms(text).split():
        assert re.fullmatch(r"[^\W_]+", term)
