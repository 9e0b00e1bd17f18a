"""Compounds: what neighbours make in one word, and what one word is made of."""

import pytest

from chatkit.text.compounds import joined, splits
from chatkit.text.languages.registry import ENGLISH
from chatkit.text.tokens import tokenize


@pytest.mark.parametrize(
    ("text", "compound"),
    [
        ("back up the lamp", "backup"),
        ("backing up the lamp", "backup"),
        ("set-up", "setup"),
        ("when it times out", "timeout"),
        ("sign in", "signin"),
        ("auto reload", "autoreload"),
    ],
)
def test_neighbours_are_joined_in_any_form_of_the_first(text: str, compound: str) -> None:
    assert compound in joined(tokenize(text), ENGLISH)


def test_words_that_say_nothing_join_nothing() -> None:
    assert joined(["of", "course"], ENGLISH) == {}
    assert joined(["lamp", "2"], ENGLISH) == {}


def test_a_word_is_split_everywhere_but_near_its_ends() -> None:
    assert list(splits("reloads")) == [("rel", "oads"), ("relo", "ads")]
    assert list(splits("x" * 2_000)) == []
