"""Ratings of answers."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from chatkit.chat.models import Feedback
from chatkit.database.orm import db
from tests import factories
from tests.chat.conftest import FEEDBACK, ask, rate
from tests.factories import API, Person


def _ratings(app: Flask) -> list[tuple[str, str | None, str]]:
    with app.app_context():
        return [(row.rating, row.reason, row.note) for row in db.session.scalars(select(Feedback))]


def test_a_rating_is_kept(app: Flask, client: FlaskClient) -> None:
    assert rate(client, ask(client), "down", reason="wrong", note="It does.").status_code == 204
    assert _ratings(app) == [("down", "wrong", "It does.")]


def test_a_later_rating_takes_the_place_of_the_earlier(app: Flask, client: FlaskClient) -> None:
    answer = ask(client)
    rate(client, answer, "down", reason="wrong")
    rate(client, answer, "up")
    assert _ratings(app) == [("up", None, "")]


def test_an_answer_that_is_not_there_cannot_be_rated(client: FlaskClient) -> None:
    assert rate(client, factories.session_id()).status_code == 404


def test_anothers_answer_cannot_be_rated(app: Flask, client: FlaskClient, who: Person) -> None:
    answer = ask(client, **who.headers)
    other = factories.person(app, "other@example.com")
    assert rate(client, answer).status_code == 404
    assert rate(client, answer, headers=other.headers).status_code == 404
    assert rate(client, answer, headers=who.headers).status_code == 204


@pytest.mark.parametrize("wrong", [{"rating": "sideways"}, {"reason": "because"}, {"note": "x" * 1001}])
def test_a_rating_that_does_not_fit_is_refused(client: FlaskClient, wrong: dict[str, object]) -> None:
    body = {"message_id": factories.session_id(), "rating": "down"} | wrong
    assert client.post(FEEDBACK, json=body).status_code == 422


def test_the_export_holds_ratings_and_gaps(client: FlaskClient, who: Person) -> None:
    rate(client, ask(client, **who.headers), note="No.", headers=who.headers)
    data = client.get(f"{API}/user/export", headers=who.headers).get_json()
    assert [row["note"] for row in data["feedback"]] == ["No."]
    assert {row["kind"] for row in data["gaps"]} == {"unanswered", "down"}
