"""Search by meaning on both databases: pages that share no word with the question, and what stays with words."""

from pathlib import Path

from flask import Flask

from chatkit.search import meaning, retrieval
from chatkit.search.passages import Passage
from chatkit.search.query import Question, analyze
from tests import factories
from tests.encoding import HARBOUR, encode, index_and_encode, needs_encoder
from tests.factories import MakeApp

pytestmark = needs_encoder


def _retrieved(app: Flask, text: str, **more: object) -> list[Passage]:
    with app.app_context():
        return retrieval.retrieve(analyze(Question(text, **more)))  # type: ignore[arg-type]


def test_a_page_is_found_that_shares_no_word_with_the_question(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    question = "How often does one hear the warning in a storm?"
    first = _retrieved(app, question)[0]
    assert first.url == "/guide/fog#foghorn"
    assert first.meaning is not None
    assert 0 < first.meaning <= 1
    assert _retrieved(make_app(SEMANTIC="off"), question) == []


def test_each_unit_of_a_passage_has_a_score_and_the_row_that_answers_the_best(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    passage = next(one for one in _retrieved(app, "What does a new bulb cost?") if "lamp" in one.url)
    assert passage.unit_scores is not None
    assert [len(scores) for scores in passage.unit_scores] == [len(block.units) for block in passage.blocks]
    assert all(0 <= score <= 1 for scores in passage.unit_scores for score in scores)
    lens, bulb = passage.unit_scores[-1]
    assert bulb > lens


def test_words_answer_until_there_are_vectors_and_each_process_notices(make_app: MakeApp, tmp_path: Path) -> None:
    app, job = make_app(SEMANTIC="on"), make_app(SEMANTIC="on")
    factories.index(job, tmp_path / "pages", HARBOUR)
    (first, *_) = _retrieved(app, "When does the keeper sleep?")
    assert (first.url, first.meaning) == ("/guide/keeper#keeper", None)
    encode(job)
    (first, *_) = _retrieved(app, "When does the keeper sleep?")
    assert first.url == "/guide/keeper#keeper"
    assert first.meaning is not None


def test_a_page_in_a_language_that_the_encoder_does_not_know_is_found_by_its_words(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    (first, *_) = _retrieved(app, "Wann ertönt das Nebelhorn?")
    assert (first.url, first.meaning, first.unit_scores) == ("/guide/nebel#nebelhorn", None, None)


def test_a_follow_up_is_compared_with_what_it_leans_on(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    (first, *_) = _retrieved(app, "How long?", earlier=("When is the person in charge in bed?",))
    assert first.url == "/guide/keeper#keeper"


def test_meaning_is_compared_with_passages_of_the_question_s_scope_alone(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    pages = {f"{version}/{name}": text for version in ("1.0", "2.0") for name, text in HARBOUR.items()}
    factories.index(app, tmp_path / "pages", pages | {"3.0-rc1/empty.md": "# Empty\n"})
    encode(app)
    for version in ("1.0", "2.0", "3.0-rc1"):
        found = _retrieved(app, "When is the person in charge in bed?", page_url=f"/guide/{version}/empty")
        assert {passage.url.split("/")[2] for passage in found} == (set() if version == "3.0-rc1" else {version})
        assert all(passage.meaning is not None for passage in found)


def test_an_empty_index_is_compared_with_nothing(make_app: MakeApp) -> None:
    app = make_app(SEMANTIC="on")
    with app.app_context():
        assert meaning.of(analyze(Question("Anything?"))) is None
