"""Events: what a client may report, and what only the server does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from chatkit.analytics import service
from chatkit.analytics.models import AnalyticsEvent
from chatkit.database.orm import db
from chatkit.server import pruning
from tests import factories
from tests.factories import API, MakeApp

PATH = f"{API}/analytics/event"


def test_an_event_answers_with_its_number_and_time(client: FlaskClient) -> None:
    answer = client.post(PATH, json={"event_type": "widget_opened"}).get_json()
    assert set(answer) == {"event_id", "logged_at"}
    assert type(answer["event_id"]) is int
    assert answer["logged_at"].endswith("Z")


def test_an_anonymous_event_belongs_to_nobody(app: Flask, client: FlaskClient) -> None:
    client.post(PATH, json={"event_type": "widget_opened", "event_data": {"where": ["a", 1, None, 0.5]}})
    [row] = factories.rows(app, AnalyticsEvent.__table__)
    assert (row["event_type"], row["user_id"]) == ("widget_opened", None)
    assert row["event_data"] == {"where": ["a", 1, None, 0.5]}


def test_a_signed_in_event_belongs_to_the_account(app: Flask, client: FlaskClient) -> None:
    who = factories.person(app)
    client.post(PATH, json={"event_type": "widget_opened"}, headers=who.headers)
    assert factories.rows(app, AnalyticsEvent.__table__)[0]["user_id"] == who.id


@pytest.mark.parametrize(
    "event_type",
    [
        "signup",
        "email_verified",
        "session_migrated",
        "logout",
        "account_deleted",
        "chat",
        "save_chat",
        "personalize",
    ],
)
def test_an_event_of_the_server_cannot_be_sent(app: Flask, client: FlaskClient, event_type: str) -> None:
    response = client.post(PATH, json={"event_type": event_type})
    assert response.status_code == 422
    assert "event_type" in response.get_json()["detail"]["fields"]
    assert factories.count(app, AnalyticsEvent) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event_type"),
        ({"event_type": ""}, "event_type"),
        ({"event_type": "With Space"}, "event_type"),
        ({"event_type": "a" * 65}, "event_type"),
        ({"event_type": "a\n"}, "event_type"),
        ({"event_type": None}, "event_type"),
        ({"event_type": "a", "event_data": []}, "event_data"),
        ({"event_type": "a", "event_data": "x"}, "event_data"),
    ],
)
def test_an_event_that_does_not_fit_is_refused(client: FlaskClient, body: Any, field: str) -> None:
    response = client.post(PATH, json=body)
    assert response.status_code == 422
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400 + ".5"])
def test_a_number_no_float_holds_is_refused(app: Flask, client: FlaskClient, number: str) -> None:
    body = f'{{"event_type": "a", "event_data": {{"x": {number}}}}}'
    response = client.post(PATH, data=body, content_type="application/json")
    assert response.status_code in {400, 422}
    assert factories.count(app, AnalyticsEvent) == 0


def test_a_long_whole_number_is_kept_exactly(app: Flask, client: FlaskClient) -> None:
    client.post(PATH, json={"event_type": "a", "event_data": {"x": 10**300}})
    assert factories.rows(app, AnalyticsEvent.__table__)[0]["event_data"] == {"x": 10**300}


def test_large_event_data_is_refused(client: FlaskClient) -> None:
    response = client.post(PATH, json={"event_type": "a", "event_data": {"x": "y" * 4096}})
    assert (response.status_code, response.get_json()["detail"]["error"]) == (413, "payload_too_large")


@pytest.mark.parametrize("depth", [10, 60, 70, 500, 900, 920, 940, 960, 980, 2000])
def test_deep_event_data_gets_a_clear_answer(client: FlaskClient, depth: int) -> None:
    body = f'{{"event_type": "a", "event_data": {{"x": {"[" * depth}{"]" * depth}}}}}'
    response = client.post(PATH, data=body, content_type="application/json")
    assert response.status_code in {200, 400, 422}


def test_events_are_pruned_after_ninety_days(app: Flask, client: FlaskClient) -> None:
    client.post(PATH, json={"event_type": "old"})
    with app.app_context():
        old = datetime.now(UTC) - timedelta(days=90, minutes=1)
        db.session.execute(update(AnalyticsEvent).values(logged_at=old))
        db.session.commit()
    client.post(PATH, json={"event_type": "recent"})
    with app.app_context():
        assert service.prune(500) == 1
        db.session.commit()
    assert [row["event_type"] for row in factories.rows(app, AnalyticsEvent.__table__)] == ["recent"]


@pytest.mark.parametrize("signed_in", [False, True])
def test_of_events_at_once_exactly_those_of_a_day_are_kept(make_app: MakeApp, signed_in: bool) -> None:
    app = make_app(RATE_LIMIT_EVENTS_DAY=7)
    headers = factories.person(app).headers if signed_in else {}

    def report(_: int) -> TestResponse:
        return app.test_client().post(PATH, json={"event_type": "opened"}, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(report, range(12)))
    refused = [answer.get_json()["detail"] for answer in answers if answer.status_code == 409]
    assert (len(refused), factories.count(app, AnalyticsEvent)) == (5, 7)
    assert {detail["error"] for detail in refused} == {"storage_full"}
    assert "Only 7 events today are kept." in refused[0]["message"]


def test_of_events_the_site_keeps_the_newest(make_app: MakeApp) -> None:
    app = make_app(STORAGE_SITE_ROWS=4)
    with app.app_context():
        numbers = [service.record("opened").event_id for _ in range(9)]
        db.session.commit()
        assert pruning.prune_all() == 5
    assert [row["id"] for row in factories.rows(app, AnalyticsEvent.__table__)] == numbers[-4:]
