"""What `make eval` measures with: the metrics, and questions whose answers exist."""

import math
from collections import Counter

import pytest

from chatkit.answers.extractive import Outcome
from chatkit.evaluation import questions
from chatkit.evaluation.places import Places, page_of
from chatkit.evaluation.questions import Asked, Line, Shown
from chatkit.evaluation.shown import holds, lines_by_source
from chatkit.ingest.readers import markdown
from chatkit.paths import DOCS
from tests.eval.figures import Share, figures
from tests.eval.metrics import percentile, quality
from tests.eval.sites import SITES

QUESTIONS, OTHER_WORDS = (
    list(questions.read(file.read_text(encoding="utf-8").split("\n"))) for file in SITES["docs"].questions.values()
)


def test_the_metrics_are_those_computed_by_hand() -> None:
    judged = {"q1": {"a": 1, "b": 1, "c": 0}, "q2": {"d": 2, "e": 1}, "q3": {"f": 0}}
    found = quality({"q1": ["x", "a", "c"], "q2": ["e", "d"]}, judged)
    # q1 has one of two at the second place; q2 has both, the lesser first; nothing is relevant to q3.
    second = 1 / math.log2(3)
    assert found.ndcg == pytest.approx((second / (1 + second) + (1 + 2 * second) / (2 + second)) / 2)
    assert found.recall == pytest.approx((1 / 2 + 1) / 2)
    assert found.mrr == pytest.approx((1 / 2 + 1) / 2)


def test_only_the_first_ten_count() -> None:
    found = quality({"q": [str(number) for number in range(20)]}, {"q": {"10": 1}})
    assert (found.ndcg, found.recall, found.mrr) == (0, 0, 0)


def test_a_query_that_found_nothing_counts_as_nothing() -> None:
    assert quality({}, {"q": {"a": 1}}).ndcg == 0


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1, 100)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_every_question_about_the_documentation_names_sections_that_exist() -> None:
    sections = {
        f"{file.relative_to(DOCS).as_posix().removesuffix('.md')}#{section.anchor}"
        for file in DOCS.rglob("*.md")
        for section in markdown.parse(file.read_text(encoding="utf-8"), "").sections
    }
    assert {place for question in QUESTIONS + OTHER_WORDS for place in question.answered_by} - sections == set()


def test_a_third_of_the_questions_has_no_answer_and_half_are_held_out() -> None:
    assert len(QUESTIONS) >= 66
    kinds = Counter((bool(question.answered_by), question.split) for question in QUESTIONS)
    assert kinds[False, "tuned"] + kinds[False, "held out"] >= len(QUESTIONS) // 3
    for answered in (True, False):
        assert abs(kinds[answered, "tuned"] - kinds[answered, "held out"]) <= 1


def test_no_question_is_asked_twice() -> None:
    asked = QUESTIONS + OTHER_WORDS
    assert len({question.question for question in asked}) == len(asked)


ANSWER = """It announces this: [2]

```sh
arr[1]

# Not a mark of another source [1].
```

| a | b |
|---|---|

What the *other* page says. [1]"""


def test_what_an_answer_shows_belongs_to_the_mark_in_its_block_or_above_it() -> None:
    found = lines_by_source(ANSWER)
    assert found[1] == "What the *other* page says. [1]"
    assert found[2] == ANSWER.removesuffix(f"\n\n{found[1]}")


def test_what_stands_before_the_first_mark_belongs_to_it() -> None:
    assert lines_by_source("```\ncode\n```\n\nIts end. [1]") == {1: "```\ncode\n```\n\nIts end. [1]"}


@pytest.mark.parametrize(
    ("text", "shows", "expected"),
    [
        ("Set `PORT`\\_X to **8080**.", [["port_x", "to 8080"]], True),
        ("Set `PORT` to\n8080.", [["PORT to 8080"]], True),
        ("Set `PORT` to 8080.", [["PORT", "9090"], ["set port"]], True),
        ("Set `PORT` to 8080.", [["PORT", "9090"]], False),
        ("See [the settings](/guide/settings#port).", [["see the settings."]], True),
        ("See [the settings](/guide/settings#port).", [["/guide"]], False),
        ("Less [1] of it.", [["less of it"]], True),
        ("x &lt; y", [["x < y"]], True),
    ],
)
def test_one_alternative_must_stand_whole_whatever_the_marks(text: str, shows: list[list[str]], expected: bool) -> None:
    assert holds(text, shows) is expected


def test_only_what_is_shown_of_a_right_section_helps() -> None:
    line = Line("", ("a#x",), shows=(("deciding",),))
    wrong, right = Shown("b#", "", "deciding", ""), Shown("a#x", "", "the DECIDING words", "")
    second = Asked(line, frozenset({"a#x"}), Outcome.NEAREST, "", (wrong, right), ())
    assert (second.place, second.helps, second.helps_first) == (2, True, False)
    empty = Asked(line, frozenset({"a#x"}), Outcome.ANSWERED, "", (Shown("a#x", "", "other", ""), wrong), ())
    assert (empty.place, empty.helps, empty.helps_first) == (1, False, False)


def test_an_answer_to_what_the_pages_do_not_say_counts_against_what_is_claimed() -> None:
    line, place = Line("", ("a#x",)), Shown("a#x", "", "", "")
    right = Asked(line, frozenset({"a#x"}), Outcome.ANSWERED, "", (place,), ())
    invented = Asked(Line("", ()), frozenset(), Outcome.ANSWERED, "", (place,), ())
    found = figures([right, invented])
    assert (found.answered_rightly, found.answered_wrongly) == (Share(1, 2), Share(1, 1))
    assert (found.first, found.helps) == (Share(1, 1), Share(0, 0))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("docs/user/quick-start.md", "docs/user/quick-start"),
        ("docs/user/_index.md", "docs/user"),
        ("README.md", "index"),
        ("version-30.4/CLI.md", "version-30.4/CLI"),
        ("concepts/v1.2", "concepts/v1.2"),
    ],
)
def test_pages_are_compared_by_their_files(path: str, page: str) -> None:
    assert page_of(path) == page


def test_a_page_and_its_first_heading_are_one_place() -> None:
    places = Places({"/guide/a": "a"}, {"a": "title"}, frozenset({("a", "title"), ("a", "x")}))
    assert places.of_url("/guide/a#title:~:text=words") == places.of_url("/guide/a") == places.of_name("a.md#")
    assert places.of_url("/guide/a#X") == places.of_name("a#x") != places.of_name("a#")
    assert places.unknown(["a#", "a#x", "b#x"]) == ["b#x"]
