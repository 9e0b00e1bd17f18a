"""A replaced token has one successor, and theft shows."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import update

from chatkit.auth.models import SessionToken
from chatkit.database.orm import db
from tests import factories
from tests.factories import MakeApp


def _refresh(app: Flask, token: str) -> str:
    return str(factories.refresh(app, token).get_json()["token"])


def _wait(app: Flask, seconds: int) -> None:
    """Let every rotation so far lie so much further back."""
    with app.app_context():
        rotated = update(SessionToken).where(SessionToken.rotated_at.is_not(None))
        db.session.execute(rotated.values(rotated_at=datetime.now(UTC) - timedelta(seconds=seconds)))
        db.session.commit()


def _statuses(app: Flask, *tokens: str) -> list[int]:
    return [factories.check_session(app, token).status_code for token in tokens]


def test_a_replaced_token_has_one_successor(app: Flask) -> None:
    who = factories.person(app)
    first = _refresh(app, who.token)
    _wait(app, 25)
    assert _refresh(app, who.token) == first
    assert factories.count(app, SessionToken) == 2


def test_the_successor_stays_the_same_when_the_secret_key_is_replaced_meanwhile(make_app: MakeApp) -> None:
    before = make_app()
    who = factories.person(before)
    first = _refresh(before, who.token)
    after = make_app(SECRET_KEY=factories.SECRET_KEY[::-1], SECRET_KEY_FALLBACKS=factories.SECRET_KEY)
    assert _refresh(after, who.token) == first


def test_a_copy_that_refreshes_after_the_successor_was_used_ends_the_sign_in(app: Flask) -> None:
    """The owner refreshed and went on; within the 30 seconds the thief refreshes a copy of the token before."""
    who = factories.person(app)
    owners = _refresh(app, who.token)
    assert _statuses(app, owners) == [200]
    assert factories.refresh(app, who.token).status_code == 401
    assert _statuses(app, owners) == [401]


def test_both_ends_of_a_fork_going_on_ends_the_sign_in(app: Flask) -> None:
    """A thief who copies the token and refreshes it beside the owner is found out at the next refresh."""
    who = factories.person(app)
    owners, thiefs = _refresh(app, who.token), _refresh(app, who.token)
    newer = _refresh(app, owners)
    _wait(app, 31)
    assert _statuses(app, thiefs, newer) == [401, 401]


def test_two_tabs_that_refresh_at_the_same_time_go_on_with_one_token(app: Flask) -> None:
    who = factories.person(app)
    one, two = _refresh(app, who.token), _refresh(app, who.token)
    assert _statuses(app, one, two) == [200, 200]
