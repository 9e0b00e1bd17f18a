"""Sign-in belongs to the browser that asked: what a stranger who knows an address, or sends a link, does not get."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.auth.models import SessionToken, VerificationToken
from chatkit.chat.models import SavedChat
from tests import factories
from tests.factories import API

VICTIM = "reader@example.com"
PAGE = "http://localhost:3000/guide"


def _verify(app: Flask, token: str, **proof: object) -> TestResponse:
    return app.test_client().post(f"{API}/auth/verify", json={"token": token, **proof})


def _resend(client: FlaskClient, browser: str | None) -> TestResponse:
    return client.post(f"{API}/auth/resend-verification", json={"email": VICTIM, "browser_id": browser})


def _latest(app: Flask) -> tuple[str, str | None]:
    """Return the token and the page of the link in the latest mail to the victim."""
    fragment = parse_qs(urlsplit(factories.links(app)[-1]).fragment)
    return fragment["token"][0], fragment.get("return_to", [None])[0]


def _plant(client: FlaskClient) -> str:
    """Let a stranger have a conversation; return its id."""
    session = factories.session_id()
    client.post(f"{API}/chat", json=factories.question("Planted: what is a foghorn?", session))
    return session


def test_the_browser_that_asked_is_signed_in_unasked(app: Flask, client: FlaskClient) -> None:
    browser = factories.session_id()
    factories.sign_up(client, browser_id=browser)
    assert _verify(app, _latest(app)[0], browser_id=browser.upper()).status_code == 200


@pytest.mark.parametrize("confirmed", [1, "true", "yes", None, [True]])
def test_what_only_resembles_a_confirmation_is_refused(app: Flask, client: FlaskClient, confirmed: object) -> None:
    factories.sign_up(client, "stranger@example.com")
    token = _latest(app)[0]
    assert _verify(app, token, confirmed=confirmed).status_code == 422
    assert _verify(app, token, confirmed=True).status_code == 200


@pytest.mark.parametrize("asked_with", [None, "an id"])
@pytest.mark.parametrize("proof", [{}, {"browser_id": factories.session_id()}, {"confirmed": False}])
def test_a_strangers_link_signs_nobody_in_unasked(
    app: Flask, client: FlaskClient, asked_with: str | None, proof: dict[str, object]
) -> None:
    factories.sign_up(client, "stranger@example.com", browser_id=asked_with and factories.session_id())
    token, _ = _latest(app)
    answer = _verify(app, token, **proof)
    detail = answer.get_json()["detail"]
    assert (answer.status_code, detail["error"], detail["email"]) == (409, "other_browser", "s…@example.com")
    assert "stranger" not in answer.get_data(as_text=True)
    assert factories.count(app, SessionToken) == 0
    # The question used nothing up.
    confirmed = _verify(app, token, **(proof | {"confirmed": True}))
    assert confirmed.get_json()["user_profile"]["email"] == "stranger@example.com"
    assert _verify(app, token, **(proof | {"confirmed": True})).status_code == 401


def test_a_planted_conversation_is_not_adopted(app: Flask, client: FlaskClient) -> None:
    factories.sign_up(client, VICTIM, migrate_session=_plant(client), browser_id=factories.session_id())
    assert _verify(app, _latest(app)[0], confirmed=True, browser_id=factories.session_id()).status_code == 200
    assert factories.count(app, SavedChat) == 0


@pytest.mark.parametrize("strangers", [None, "an id"])
def test_sending_again_repeats_nothing_of_another_browsers_request(
    app: Flask, client: FlaskClient, strangers: str | None
) -> None:
    own, session = factories.session_id(), factories.session_id()
    factories.sign_up(client, VICTIM, browser_id=own, return_to=PAGE, migrate_session=session)
    planted = {"migrate_session": _plant(client), "return_to": "http://localhost:8000/theirs"}
    factories.sign_up(client, VICTIM, **planted, browser_id=strangers and factories.session_id())
    assert _resend(client, own).status_code == 200
    token, page = _latest(app)
    latest = factories.rows(app, VerificationToken.__table__)[-1]
    assert (page, latest["migrate_session"]) == (PAGE, session)
    assert _verify(app, token, browser_id=own).status_code == 200
    assert factories.count(app, SavedChat) == 0


@pytest.mark.parametrize("asks_again", [None, "another id"])
def test_who_did_not_ask_cannot_have_a_mail_sent_again(app: Flask, client: FlaskClient, asks_again: str | None) -> None:
    asked = factories.sign_up(client, VICTIM, browser_id=factories.session_id())
    assert _resend(client, asks_again and factories.session_id()).data == asked.data
    assert [row["email"] for row in factories.rows(app, VerificationToken.__table__)] == [VICTIM, ""]


def test_a_mail_sent_again_to_browsers_without_an_id_holds_no_page_and_no_conversation(
    app: Flask, client: FlaskClient
) -> None:
    """They cannot be told from each other."""
    factories.sign_up(client, VICTIM, migrate_session=_plant(client), return_to=PAGE)
    _resend(client, None)
    assert _latest(app)[1] is None
    assert factories.rows(app, VerificationToken.__table__)[-1]["migrate_session"] is None
