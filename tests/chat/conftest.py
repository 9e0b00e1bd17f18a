"""Fixtures and steps: asking about the guide, rating an answer, an answer whose writer died."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.chat import transcripts
from chatkit.chat.reply import Fallback, Reply
from chatkit.chat.transcripts import Conversation
from chatkit.database.orm import db
from chatkit.search.query import Question
from tests import factories
from tests.factories import API, Event, Person

FEEDBACK = f"{API}/chat/feedback"
ZEBRAS = {"zebra.md": "# Zebras\n\nThe loudest zebra sings in the east.\n"}
UNANSWERED = "Which zebra sings loudest?"


def ask(client: FlaskClient, message: str = UNANSWERED, page_url: str | None = None, **headers: str) -> str:
    """Ask a question and return the id of its answer."""
    question = factories.question(message)
    question["context"]["page_url"] = page_url
    answer: str = client.post(f"{API}/chat", json=question, headers=headers).get_json()["message_id"]
    return answer


def read_stream(client: FlaskClient, body: Any, **options: Any) -> list[Event]:
    """Ask a question and return every event of its stream."""
    response = client.post(f"{API}/chat/stream", json=body, **options)
    assert response.mimetype == "text/event-stream"
    return factories.events(response.get_data(as_text=True))


def rate(client: FlaskClient, message_id: str, rating: str = "down", **more: object) -> TestResponse:
    """Rate an answer."""
    headers = more.pop("headers", {})
    return client.post(FEEDBACK, json={"message_id": message_id, "rating": rating, **more}, headers=headers)


@pytest.fixture
def who(app: Flask) -> Person:
    """Return a signed-in reader."""
    return factories.person(app)


@pytest.fixture
def asked(app: Flask, tmp_path: Path) -> FlaskClient:
    """Return a client of an application that knows the guide."""
    factories.index(app, tmp_path / "guide")
    return app.test_client()


@pytest.fixture
def abandoned(app: Flask) -> str:
    """Return the id of an answer whose writer died in the middle."""
    message_id = str(uuid.uuid4())
    reply = Reply(message_id, "The fog", [], [], {"model": "parrot", "fallback": False}, "running")
    fallback = Fallback("Pages. [1]", ["a"])
    with app.app_context():
        transcripts.add_turn(Conversation(factories.session_id(), None), Question("?"), reply, fallback)
        db.session.commit()
    return message_id
