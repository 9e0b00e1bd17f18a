"""Reviewing answers: which are in the queue, and what a verdict does."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from chatkit.chat.models import Message
from chatkit.database.orm import db, table, utcnow
from chatkit.errors import Invalid, NotFound
from chatkit.evaluation import questions
from chatkit.evaluation import service as test_set
from chatkit.evaluation.models import TestQuestion
from chatkit.evaluation.questions import Line
from chatkit.review import service
from chatkit.review.models import ReviewVerdict
from tests import factories
from tests.chat.conftest import UNANSWERED, ZEBRAS, ask, rate
from tests.factories import API, MakeApp

# The pages answer the first, come near the second, and do not cover the third.
ANSWERED, CHESS, WALL = UNANSWERED, "Is there a zebra that plays chess?", "How do I paint a wall?"


@pytest.fixture
def asked(app: Flask, client: FlaskClient, tmp_path: Path) -> dict[str, int]:
    """Ask three questions, rate the last down, and return the numbers of their answers."""
    factories.index(app, tmp_path / "guide", ZEBRAS)
    asked = {"answered": ANSWERED, "nearest": CHESS, "rated": WALL}
    ids = {name: ask(client, question) for name, question in asked.items()}
    rate(client, ids["rated"], note="Mail me at bob@example.com.")
    with app.app_context():
        numbers = dict(db.session.execute(select(Message.message_id, Message.id)).all())
    return {name: numbers[message_id] for name, message_id in ids.items()}


def _queue(app: Flask, kind: service.Kind) -> list[int]:
    with app.app_context():
        return [item.id for item in service.queue(kind)]


def _judge(app: Flask, answer_id: int, verdict: Any, section: str = "", to_test_set: bool = True) -> None:
    with app.app_context():
        service.judge(answer_id, verdict, section, to_test_set=to_test_set)


def _tests(app: Flask) -> list[tuple[str, list[str]]]:
    return [(row["question"], row["answered_by"]) for row in factories.rows(app, table(TestQuestion))]


def _import(line: Line) -> None:
    test_set.import_lines([questions.write(line)])


def _add(line: Line) -> None:
    test_set.add_one(line)


def test_each_queue_holds_what_nobody_has_judged(app: Flask, asked: dict[str, int]) -> None:
    assert _queue(app, "negative") == [asked["rated"]]
    assert _queue(app, "unsure") == [asked["nearest"]]
    assert set(_queue(app, "sample")) == set(asked.values())
    for number in asked.values():
        _judge(app, number, "right", to_test_set=False)
    assert [_queue(app, kind) for kind in ("negative", "unsure", "sample")] == [[], [], []]
    with app.app_context():
        assert service.count_verdicts() == {"right": 3}
    assert _tests(app) == []


def test_a_sample_is_the_same_all_week_and_another_the_next(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SHOWN", 3)
    for number in range(12):
        ask(client, f"Is there a zebra number {number}?")
    with app.app_context():
        now = utcnow()
        week = [[item.id for item in service.queue("sample", now)] for _ in range(2)]
        later = service.queue("sample", now + timedelta(days=7))
    assert week[0] == week[1]
    assert len(week[0]) == 3
    assert later == []


def test_an_item_shows_no_address(app: Flask, asked: dict[str, int]) -> None:
    with app.app_context():
        item = service.get(asked["rated"])
    assert (item.question, item.rating, item.note) == (WALL, "down", "Mail me at [e-mail]")


def test_a_verdict_feeds_the_test_set(app: Flask, asked: dict[str, int]) -> None:
    _judge(app, asked["answered"], "right")
    _judge(app, asked["rated"], "wrong", "/guide/zebra#zebras:~:text=The")
    _judge(app, asked["nearest"], "wrong")
    [right, wrong, unanswerable] = _tests(app)
    assert (right[0], [place.partition("#")[0] for place in right[1]]) == (ANSWERED, ["/guide/zebra"])
    assert wrong == (WALL, ["/guide/zebra#zebras"])
    assert unanswerable == (CHESS, [])


def test_a_second_verdict_takes_the_place_of_the_first(app: Flask, asked: dict[str, int]) -> None:
    _judge(app, asked["answered"], "right")
    _judge(app, asked["answered"], "incomplete", "/guide/zebra")
    [row] = factories.rows(app, table(ReviewVerdict))
    assert (row["verdict"], row["section"]) == ("incomplete", "/guide/zebra")
    assert _tests(app) == [(ANSWERED, ["/guide/zebra"])]


@pytest.mark.parametrize("add", [_import, _add])
def test_a_verdict_leaves_an_owners_own_question_to_the_owner(
    app: Flask, client: FlaskClient, tmp_path: Path, add: Callable[[Line], object]
) -> None:
    factories.index(app, tmp_path / "guide", ZEBRAS)
    who = factories.person(app)
    ask(client, CHESS, **who.headers)
    [number] = _queue(app, "sample")
    with app.app_context():
        add(Line(CHESS, ("/guide/owners-choice",), "held-out", (("chess",),), "/"))
    before = factories.rows(app, table(TestQuestion))
    _judge(app, number, "right")
    _judge(app, number, "wrong")
    assert factories.rows(app, table(TestQuestion)) == before
    _judge(app, number, "wrong", "/guide/zebra")
    [row] = factories.rows(app, table(TestQuestion))
    assert row == before[0] | {"answered_by": ["/guide/zebra"]}
    client.delete(f"{API}/user", headers=who.headers)
    assert factories.count(app, TestQuestion) == 1


@pytest.mark.parametrize(
    ("verdict", "section"), [("wrong", "/nowhere"), ("wrong", "/guide/zebra#nowhere"), ("incomplete", ""), ("", "")]
)
def test_what_does_not_fit_keeps_nothing(app: Flask, asked: dict[str, int], verdict: str, section: str) -> None:
    with pytest.raises(Invalid):
        _judge(app, asked["answered"], verdict, section)
    assert factories.count(app, ReviewVerdict) + factories.count(app, TestQuestion) == 0


def test_a_question_is_no_answer_to_be_judged(app: Flask, asked: dict[str, int]) -> None:
    for number in (asked["answered"] - 1, 10_000):
        with pytest.raises(NotFound):
            _judge(app, number, "right")


def test_what_owners_ask_is_not_reviewed(make_app: MakeApp) -> None:
    app = make_app(OWNERS="owner@example.org")
    client = app.test_client()
    ask(client, "Is there a zebra?", **factories.person(app, "owner@example.org").headers)
    mine = ask(client, "Is there a gnu?", **factories.person(app).headers)
    [number] = _queue(app, "sample")
    with app.app_context():
        assert db.session.get_one(Message, number).message_id == mine


def test_what_is_adopted_goes_with_the_account(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    """The question, its verdict and what of it is in the test set."""
    factories.index(app, tmp_path / "guide", ZEBRAS)
    session, who = factories.session_id(), factories.person(app)
    client.post(f"{API}/chat", json=factories.question(ANSWERED, session))
    [number] = _queue(app, "sample")
    _judge(app, number, "right")
    client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    export = client.get(f"{API}/user/export", headers=who.headers).get_json()
    assert [row["question"] for row in export["test_questions"]] == [ANSWERED]
    assert [row["verdict"] for row in export["review_verdicts"]] == ["right"]
    client.delete(f"{API}/user", headers=who.headers)
    assert factories.count(app, TestQuestion) + factories.count(app, ReviewVerdict) == 0
