"""Bodies of /auth that do not fit: refused, with the field that is wrong."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.mail.models import OutboxMessage
from tests import factories
from tests.factories import API


def _error(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", 123456, None]
)
def test_a_code_has_six_digits(client: FlaskClient, code: Any) -> None:
    response = client.post(f"{API}/auth/verify-code", json={"code": code, "browser_id": factories.session_id()})
    assert _error(response) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"consent_data_storage": True}, "invalid_email", "email"),
        ({"email": None, "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": 7, "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "nobody", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "a@b", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "a b@example.com", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "a@example.com\nBcc: b@example.com", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "a@example.com,b@example.com", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": f"{'a' * 250}@example.com", "consent_data_storage": True}, "invalid_email", "email"),
        ({"email": "a@example.com"}, "consent_required", "consent_data_storage"),
        ({"email": "a@example.com", "consent_data_storage": False}, "consent_required", "consent_data_storage"),
        ({"email": "a@example.com", "consent_data_storage": None}, "consent_required", "consent_data_storage"),
        ({"email": "a@example.com", "consent_data_storage": "true"}, "consent_required", "consent_data_storage"),
        ({"email": "a@example.com", "consent_data_storage": 1}, "consent_required", "consent_data_storage"),
    ],
)
def test_a_sign_up_that_does_not_fit_is_refused(app: Flask, body: Any, code: str, field: str) -> None:
    response = app.test_client().post(f"{API}/auth/signup", json=body)
    assert _error(response) == (422, code)
    assert field in response.get_json()["detail"]["fields"]
    assert factories.count(app, OutboxMessage) == 0


@pytest.mark.parametrize("session", ["", "x", "12345678-1234-1234-8234-123456789abc", 5])
def test_a_session_id_to_migrate_must_be_a_uuid_of_version_4(client: FlaskClient, session: Any) -> None:
    response = factories.sign_up(client, migrate_session=session)
    assert response.status_code == 422
    assert "migrate_session" in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": ""}, {"token": 5}, {"token": "a" * 257}])
def test_a_verification_without_a_token_is_refused(client: FlaskClient, body: Any) -> None:
    response = client.post(f"{API}/auth/verify", json=body)
    assert _error(response) == (422, "invalid_request")


@pytest.mark.parametrize("page", ["javascript:alert(1)", "/relative", "ftp://x/", "http://[", "http://a b/", 5])
def test_a_return_to_that_is_no_page_is_refused(client: FlaskClient, page: Any) -> None:
    response = factories.sign_up(client, return_to=page)
    assert response.status_code in {403, 422}


def test_resending_needs_an_address(client: FlaskClient) -> None:
    assert _error(client.post(f"{API}/auth/resend-verification", json={})) == (422, "invalid_email")


def test_a_session_id_that_is_none_cannot_be_migrated(app: Flask, client: FlaskClient) -> None:
    who = factories.person(app)
    response = client.post(f"{API}/auth/migrate-session", json={"anon_id": "none"}, headers=who.headers)
    assert _error(response) == (422, "invalid_session_id")
