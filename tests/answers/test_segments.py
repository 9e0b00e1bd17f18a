"""Segments: a model's Markdown cut into sentences, space and code as it comes."""

import pytest

from chatkit.answers.segments import MAX_SENTENCE_LENGTH, Segmenter


def segments(text: str) -> list[tuple[str, str]]:
    """Return the kind and the text of each segment of a whole text."""
    segmenter = Segmenter()
    segmenter.feed(text)
    return [(segment.kind, segment.text) for segment in segmenter.complete(is_last=True)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("One. [1] Two [2].", ["One. [1]", "Two [2]."]),
        ("Use e.g. Norway or v3.5 here.", ["Use e.g. Norway or v3.5 here."]),
        ("Run `a. B` now. Then stop.", ["Run `a. B` now.", "Then stop."]),
        ("- One item\n- Another", ["- One item", "- Another"]),
        ("1. One thing. And more", ["1. One thing.", "And more"]),
        ("A line that was\nwrapped. Next", ["A line that was\nwrapped.", "Next"]),
        ("| a. B | c |\n| d | e |", ["| a. B | c |", "| d | e |"]),
        ("雾号响。灯亮。", ["雾号响。", "灯亮。"]),
    ],
)
def test_sentences_end_where_a_reader_sees_them_end(text: str, sentences: list[str]) -> None:
    assert [found for kind, found in segments(text) if kind == "sentence"] == sentences


def test_every_segment_keeps_its_kind_and_its_place() -> None:
    assert segments("Run:\n\n  ~~~sh\nls. Now\n~~~\nDone.") == [
        ("sentence", "Run:"),
        ("space", "\n\n"),
        ("fence_open", "sh"),
        ("code", "ls. Now"),
        ("fence_close", ""),
        ("space", "\n"),
        ("sentence", "Done."),
    ]


def test_a_sentence_is_complete_when_the_next_one_begins() -> None:
    segmenter = Segmenter()
    segmenter.feed("One two. ")
    assert list(segmenter.complete(is_last=False)) == []
    segmenter.feed("Three")
    assert [segment.text for segment in segmenter.complete(is_last=False)] == ["One two.", " "]


def test_plain_words_go_out_before_their_sentence_ends_and_once() -> None:
    segmenter = Segmenter()
    segmenter.feed("One two thr")
    list(segmenter.complete(is_last=False))
    assert [segmenter.plain_words(), segmenter.plain_words()] == ["One two", ""]
    segmenter.feed("ee *four*.")
    [segment] = segmenter.complete(is_last=True)
    assert (segment.text, segment.sent_length) == ("One two three *four*.", len("One two"))


def test_a_sentence_without_an_end_is_cut() -> None:
    segmenter = Segmenter()
    segmenter.feed("word " * 1_000)
    assert max(len(segment.text) for segment in segmenter.complete(is_last=False)) <= MAX_SENTENCE_LENGTH
