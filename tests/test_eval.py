"""What `make eval` measures with: the metrics, and questions whose answers exist."""

import math
from collections import Counter

import pytest

from chatkit.ingest.readers import markdown
from chatkit.paths import DOCS
from tests.eval import questions
from tests.eval.metrics import percentile, quality

QUESTIONS = questions.read(questions.FILE)
OTHER_WORDS = questions.read(questions.OTHER_WORDS)


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
    assert {place for question in QUESTIONS + OTHER_WORDS for place in question["answered_by"]} - sections == set()


def test_a_third_of_the_questions_has_no_answer_and_half_are_held_out() -> None:
    assert len(QUESTIONS) >= 66
    kinds = Counter((bool(question["answered_by"]), question["split"]) for question in QUESTIONS)
    assert kinds[False, "tuned"] + kinds[False, "held out"] >= len(QUESTIONS) // 3
    for answered in (True, False):
        assert abs(kinds[answered, "tuned"] - kinds[answered, "held out"]) <= 1


def test_no_question_is_asked_twice() -> None:
    asked = QUESTIONS + OTHER_WORDS
    assert len({question["question"] for question in asked}) == len(asked)
