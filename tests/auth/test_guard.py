"""Who is asking: what an Authorization header must be."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories
from tests.factories import API

CHECK = f"{API}/auth/session-check"


def _error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "wrong", "Bearer wrong", "Bearer \x01\x7f", "Bearer é"]
)
def test_a_header_that_is_no_session_is_unauthorized(app: Flask, header: str) -> None:
    response = app.test_client().get(CHECK, headers={"Authorization": header})
    assert _error(response) == (401, "unauthorized")


def test_no_header_is_unauthorized(client: FlaskClient) -> None:
    response = client.get(CHECK)
    assert _error(response) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_the_scheme_may_be_written_in_any_case(app: Flask) -> None:
    who = factories.person(app)
    assert app.test_client().get(CHECK, headers={"Authorization": f"bEARER {who.token}"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"), [("/chat", factories.question()), ("/analytics/event", {"event_type": "opened"})]
)
def test_a_wrong_token_is_unauthorized_where_anonymous_is_allowed(client: FlaskClient, path: str, body: Any) -> None:
    response = client.post(API + path, json=body, headers=factories.bearer("wrong"))
    assert _error(response) == (401, "unauthorized")
