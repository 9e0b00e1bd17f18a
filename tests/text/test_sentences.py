"""Sentences: where one ends, and where a dot is none."""

import time

import pytest

from chatkit.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("One lamp. Two lamps! Three?", ["One lamp. ", "Two lamps! ", "Three?"]),
        ("See e.g. The lamp of Dr. Who, No. 7.", ["See e.g. The lamp of Dr. Who, No. 7."]),
        ("Version 3.11 works. `make` too.", ["Version 3.11 works. ", "`make` too."]),
        ("It ends. not here.", ["It ends. not here."]),
        ("灯亮了。钟响了！", ["灯亮了。", "钟响了！"]),
        ("", [""]),
    ],
)
def test_a_paragraph_is_cut_where_its_sentences_end(paragraph: str, sentences: list[str]) -> None:
    assert split_sentences(paragraph) == sentences


def test_thousands_of_abbreviations_that_end_no_sentence_are_read_at_once() -> None:
    began = time.process_time()
    assert len(split_sentences("e.g. A " * 16_000)) == 1
    assert time.process_time() - began < 2
