"""Enters the owner's room, as a browser would."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.owner import guard, sessions
from chatkit.web import cookies

OWNERS = "owner@example.org, looks@example.org:reader"
ORIGIN = "http://localhost"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Room:
    """A browser that is signed in to the room."""

    client: FlaskClient
    form_token: str

    def get(self, path: str = "/", **query: Any) -> str:
        """Return a page."""
        response = self.client.get(f"/owner{path}", query_string=query or None)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_data(as_text=True)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form of the room."""
        form = {guard.FORM_FIELD: self.form_token, **fields}
        return self.client.post(f"/owner{path}", data=form, headers={"Origin": ORIGIN})


def enter(app: Flask, email: str = "owner@example.org") -> Room:
    """Sign in without the mail."""
    with app.app_context():
        token = sessions.open_session(email)
        form_token = sessions.form_token(token)
        name = cookies.full_name(guard.SESSION_COOKIE)
    client = app.test_client()
    client.set_cookie(name, token)
    return Room(client, form_token)


def form_token(page: str) -> str:
    """Return the token in the first form of a page."""
    found = TOKEN.search(page)
    assert found is not None
    return found[1]
