"""Questions as files hold them."""

import json

import pytest

from chatkit.evaluation import questions
from chatkit.evaluation.questions import InvalidLines, Line

LINE = Line("Why?", ("/guide/a#x",), "tuned", (("one", "two"),), "docs.example.com", "2.0")


def test_what_is_written_is_read_again() -> None:
    lines = [LINE, Line("Wer?\u2028 „So“", ()), Line("How?", ("a#",))]
    assert list(questions.read("\n".join(map(questions.write, lines)).split("\n"))) == lines


def test_what_a_line_does_not_say_is_not_written() -> None:
    assert json.loads(questions.write(Line("Why?", ()))) == {"question": "Why?", "answered_by": []}


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "7",
        "null",
        "{}",
        '{"question": "Why?"}',
        '{"answered_by": []}',
        '{"question": "  ", "answered_by": []}',
        '{"question": 7, "answered_by": []}',
        '{"question": "Why?", "answered_by": "a#x"}',
        '{"question": "Why?", "answered_by": [7]}',
        '{"question": "Why?", "answered_by": null}',
        '{"question": "Why?", "answered_by": [], "shows": ["x"]}',
        '{"question": "Why?", "answered_by": [], "shows": [[7]]}',
        '{"question": "Why?", "answered_by": [], "site": 7}',
        '{"question": "Why\\u0000", "answered_by": []}',
        '{"question": "Why\\ud800", "answered_by": []}',
        json.dumps({"question": "x" * 2_001, "answered_by": []}),
        json.dumps({"question": "x", "answered_by": ["x" * 1_301]}),
        json.dumps({"question": "x", "answered_by": ["x"] * 21}),
        json.dumps({"question": "x", "answered_by": [], "version": "x" * 256}),
        "[" * 100_000,
    ],
    ids=lambda line: line[:60],
)
def test_what_is_no_question_is_named_by_its_line(line: str) -> None:
    with pytest.raises(InvalidLines, match="Line 3 is no question"):
        list(questions.read([questions.write(LINE), "", line]))


def test_each_line_that_is_no_question_is_named_as_far_as_anybody_reads_on() -> None:
    bad = ["x", questions.write(LINE), '{"question": "Why?"}', *["[]"] * 30]
    with pytest.raises(InvalidLines) as raised:
        list(questions.read(bad))
    problems = raised.value.problems
    assert problems[:2] == [
        "Line 1 is no question: it is no JSON from its character 1 on.",
        "Line 3 is no question: it has no answered_by.",
    ]
    assert (len(problems), problems[-1]) == (21, "12 more are none.")


def test_the_mark_that_some_editors_begin_a_file_with_is_no_part_of_a_question() -> None:
    assert list(questions.read([f"\ufeff{questions.write(LINE)}"])) == [LINE]
