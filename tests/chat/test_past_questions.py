"""What a person asked lately, as recommendations see it."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from chatkit.chat import past_questions
from chatkit.chat.models import Message
from chatkit.database.orm import db
from tests import factories
from tests.factories import API, Person


@pytest.fixture
def who(app: Flask, tmp_path: Path) -> Person:
    factories.index(app, tmp_path / "guide")
    return factories.person(app)


def _ask(client: FlaskClient, who: Person, text: str, page: str | None = None) -> str:
    body = factories.question(text, page_url=page)
    message_id: str = client.post(f"{API}/chat", json=body, headers=who.headers).get_json()["message_id"]
    return message_id


def test_the_latest_come_first_each_with_its_own_answer(app: Flask, client: FlaskClient, who: Person) -> None:
    horn = _ask(client, who, "How often does the foghorn sound?", "/guide/install")
    penguin = _ask(client, who, "Which penguin juggles?")
    body = {"message_id": horn, "rating": "down"}
    client.post(f"{API}/chat/feedback", json=body, headers=who.headers)
    with app.app_context():
        second, first = past_questions.latest(who.id, 10)
        assert past_questions.latest(who.id, 1) == [second]
    assert (second.message_id, second.text, second.cited, second.answered) == (
        penguin,
        "Which penguin juggles?",
        (),
        False,
    )
    assert (first.message_id, first.text, first.page_url) == (
        horn,
        "How often does the foghorn sound?",
        "/guide/install",
    )
    assert (first.outcome, first.cited, first.rated_down) == ("answered", ("/guide/foghorn",), True)
    # Its reader said that it was none.
    assert not first.answered


def test_an_answer_that_is_being_written_is_not_there_yet(app: Flask, client: FlaskClient, who: Person) -> None:
    _ask(client, who, "How often does the foghorn sound?")
    with app.app_context():
        db.session.execute(update(Message).where(Message.role == "assistant").values(state="running"))
        db.session.commit()
        assert past_questions.latest(who.id, 10) == []
