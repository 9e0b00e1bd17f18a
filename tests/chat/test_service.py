"""Asking: answers from the site's own pages, whole or streamed, and what is kept of them."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chatkit.analytics.models import AnalyticsEvent
from chatkit.answers.phrases.english import ENGLISH
from chatkit.chat.models import Message
from chatkit.database.orm import db
from chatkit.ingest import service as ingest
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from tests import factories
from tests.chat.conftest import read_stream
from tests.conftest import Served
from tests.factories import API

CHAT = f"{API}/chat"
STREAM = f"{API}/chat/stream"


def _code(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["detail"]["error"]


def test_an_answer_has_the_contracts_shape(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question()).get_json()
    assert set(answer) == {
        "message_id",
        "outcome",
        "answer",
        "sources",
        "citations",
        "state",
        "ask_people",
        "metadata",
    }
    times = {"retrieval_time_ms", "generation_time_ms", "total_time_ms"}
    assert set(answer["metadata"]) == {"model", "fallback", "fallback_reason", "tokens_used"} | times
    assert all(answer["metadata"][name] >= 0 for name in times)
    assert 1 <= len(answer["sources"]) <= 5
    for source in answer["sources"]:
        shown = {"id", "title", "url", "excerpt", "score", "path", "site", "version", "language", "highlights"}
        assert set(source) == shown
        assert " › ".join(source["path"]) == source["title"]
        assert len(source["excerpt"]) <= 200
        assert 0 <= source["score"] <= 1


def test_an_answer_comes_from_the_passage_that_answers(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("When does the foghorn sound in dense fog?")).get_json()
    assert "every thirty seconds" in answer["answer"]
    assert answer["sources"][0]["url"].startswith("/guide/foghorn#foghorn:~:text=")


def test_the_product_answers_from_its_own_documentation(app: Flask) -> None:
    with app.app_context():
        ingest.index(Folder(DOCS, "/guide/"))
    for asked_for, page in {
        "What is ChatKit?": "/guide/",
        "How do I embed the widget?": "/guide/embedding",
        "How do I change the colours?": "/guide/theming",
        "How long are conversations kept?": "",
        "How do I set up PostgreSQL?": "",
    }.items():
        answer = app.test_client().post(CHAT, json=factories.question(asked_for)).get_json()
        assert answer["sources"], asked_for
        assert page in " ".join(source["url"] for source in answer["sources"]), asked_for


def test_a_source_links_to_the_passages_own_anchor(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("How do I install it on Windows?")).get_json()
    assert answer["sources"][0]["url"].startswith("/guide/install#on-windows:~:text=")


def test_an_answer_keeps_the_links_of_its_pages_to_each_other(app: Flask, tmp_path: Path) -> None:
    pages = {
        "wind.md": "# Wind\n\nThe wind comes from the [lamp room](lamp.md#up), not from [elsewhere](https://e.com/).\n",
        "lamp.md": "# Lamp\n\n## Up\n\nIt burns.\n",
    }
    factories.index(app, tmp_path / "guide", pages)
    answer = app.test_client().post(CHAT, json=factories.question("Where does the wind come from?")).get_json()
    assert "[lamp room](/guide/lamp#up), not from elsewhere." in answer["answer"]
    assert answer["sources"][0]["excerpt"] == "The wind comes from the lamp room, not from elsewhere."
    assert answer["sources"][0]["url"].startswith(
        "/guide/wind#wind:~:text=The%20wind%20comes%20from%20the%20lamp%20room"
    )


def test_an_answer_marks_every_source_it_cites(asked: FlaskClient) -> None:
    answer = asked.post(CHAT, json=factories.question("How often does the foghorn sound?")).get_json()
    cited = [number for number, source in enumerate(answer["sources"], 1) if source["id"] in answer["citations"]]
    assert cited == [number for number in range(1, 10) if f"[{number}]" in answer["answer"]]


@pytest.mark.parametrize("text", ["What do penguins eat for breakfast?", "🍕🍕🍕", "?", "the of and"])
def test_what_the_pages_do_not_cover_is_said_and_cites_nothing(asked: FlaskClient, text: str) -> None:
    answer = asked.post(CHAT, json=factories.question(text)).get_json()
    assert (answer["answer"], answer["sources"]) == (ENGLISH.declined, [])


def test_asking_before_anything_is_indexed_is_answered(client: FlaskClient) -> None:
    assert client.post(CHAT, json=factories.question()).get_json()["answer"] == ENGLISH.declined


@pytest.mark.parametrize("text", ["\"'`;-- OR 1=1", "NEAR(a b)", "a* AND b", "foghorn:*&|!()<->", "\\", "% _"])
def test_query_syntax_in_a_question_is_only_words(asked: FlaskClient, text: str) -> None:
    assert asked.post(CHAT, json=factories.question(text)).status_code == 200


def test_selected_text_says_what_this_is(asked: FlaskClient) -> None:
    without = asked.post(CHAT, json=factories.question("Explain this")).get_json()
    with_text = asked.post(CHAT, json=factories.question("Explain this", selected_text="oil lamps")).get_json()
    assert without["sources"] == []
    assert with_text["sources"][0]["url"].startswith("/guide/lamps/oil")


def test_a_signed_in_question_is_answered_alike(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    anonymous = asked.post(CHAT, json=factories.question()).get_json()
    signed_in = asked.post(CHAT, json=factories.question(), headers=who.headers).get_json()
    assert (signed_in["answer"], signed_in["sources"]) == (anonymous["answer"], anonymous["sources"])


@pytest.mark.parametrize("mode", ["browse", "chat"])
def test_both_modes_are_taken(asked: FlaskClient, mode: str) -> None:
    assert asked.post(CHAT, json=factories.question(mode=mode)).status_code == 200


def test_the_longest_question_is_taken(asked: FlaskClient) -> None:
    context = {"selected_text": "b" * 5000, "page_url": "http://localhost:3000/a"}
    assert asked.post(CHAT, json=factories.question("a" * 2000, **context)).status_code == 200


def test_keys_the_server_does_not_know_are_ignored(asked: FlaskClient) -> None:
    body = factories.question() | {"tier": "premium", "later": [1, {"x": None}]}
    assert asked.post(CHAT, json=body).status_code == 200


@pytest.mark.parametrize("path", [CHAT, STREAM])
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"message": "a" * 2001}, "message_too_long", "message"),
        ({"message": ""}, "invalid_request", "message"),
        ({"message": " \n\t "}, "invalid_request", "message"),
        ({"message": None}, "invalid_request", "message"),
        ({"message": 5}, "invalid_request", "message"),
        ({"context": None}, "invalid_request", "context"),
        ({"context": []}, "invalid_request", "context"),
        ({"tier": 5}, "invalid_request", "tier"),
        ({"message_id": "x"}, "invalid_message_id", "message_id"),
        ({"message_id": "12345678-1234-1234-8234-123456789abc"}, "invalid_message_id", "message_id"),
    ],
)
def test_a_question_that_does_not_fit_is_refused(
    client: FlaskClient, path: str, change: dict[str, Any], code: str, field: str
) -> None:
    response = client.post(path, json=factories.question() | change)
    assert _code(response) == (422, code)
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"session_id": "x"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-1234-8234-123456789abc"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-4234-c234-123456789abc"}, "invalid_session_id", "context.session_id"),
        ({"session_id": "12345678-1234-4234-8234-123456789abc\n"}, "invalid_session_id", "context.session_id"),
        ({"session_id": None}, "invalid_session_id", "context.session_id"),
        ({"session_id": 5}, "invalid_session_id", "context.session_id"),
        ({"conversation_id": "x"}, "invalid_conversation_id", "context.conversation_id"),
        ({"mode": "shout"}, "invalid_request", "context.mode"),
        ({"mode": None}, "invalid_request", "context.mode"),
        ({"selected_text": "a" * 5001}, "selected_text_too_long", "context.selected_text"),
        ({"page_url": "a" * 2001}, "invalid_request", "context.page_url"),
    ],
)
def test_a_context_that_does_not_fit_is_refused(
    client: FlaskClient, change: dict[str, Any], code: str, field: str
) -> None:
    response = client.post(CHAT, json=factories.question(**change))
    assert _code(response) == (422, code)
    assert field in response.get_json()["detail"]["fields"]


@pytest.mark.parametrize("missing", ["session_id", "mode"])
def test_a_context_that_lacks_something_is_refused(client: FlaskClient, missing: str) -> None:
    body = factories.question()
    del body["context"][missing]
    response = client.post(CHAT, json=body)
    assert response.status_code == 422
    assert f"context.{missing}" in response.get_json()["detail"]["fields"]


def test_a_streamed_turn_is_kept_too(app: Flask, asked: FlaskClient) -> None:
    asked.post(STREAM, json=factories.question()).get_data()
    assert factories.count(app, Message) == 2


def test_a_question_is_counted_in_the_analytics(app: Flask, asked: FlaskClient) -> None:
    who = factories.person(app)
    asked.post(CHAT, json=factories.question(), headers=who.headers)
    with app.app_context():
        table = db.metadata.tables["analytics_events"]
    [event] = factories.rows(app, table)
    assert (event["event_type"], event["user_id"]) == ("chat", who.id)


def _with_id(body: Any, message_id: str | None = None) -> Any:
    return body | {"message_id": message_id or str(uuid.uuid4())}


def test_an_answer_has_the_id_its_client_gave_it(asked: FlaskClient) -> None:
    body = _with_id(factories.question())
    events = read_stream(asked, body)
    assert events[0].data["message_id"] == events[-1].data["message_id"] == body["message_id"]
    assert (
        asked.post(CHAT, json=body | {"message_id": body["message_id"].upper()}).get_json()["message_id"]
        == (body["message_id"])
    )


def test_an_answer_without_an_id_gets_one(asked: FlaskClient) -> None:
    first, second = (asked.post(CHAT, json=factories.question()).get_json()["message_id"] for _ in range(2))
    assert uuid.UUID(first).version == 4
    assert first != second


@pytest.mark.parametrize("signed_in", [False, True])
def test_asking_again_under_the_same_id_brings_the_same_answer_and_asks_nothing(
    app: Flask, asked: FlaskClient, signed_in: bool
) -> None:
    headers = factories.person(app).headers if signed_in else {}
    body = _with_id(factories.question())
    first = asked.post(CHAT, json=body, headers=headers).get_json()
    assert asked.post(CHAT, json=body | {"message": "Something else?"}, headers=headers).get_json() == first
    events = read_stream(asked, body, headers=headers)
    assert "".join(event.data["content"] for event in events if event.name == "token") == first["answer"]
    assert events[0].data["sources"] == first["sources"]
    assert events[-1].data["metadata"] == first["metadata"]
    assert factories.count(app, Message) == 2
    assert factories.count(app, AnalyticsEvent) == 1


def _strangers(app: Flask, session: str) -> dict[str, tuple[Any, dict[str, str]]]:
    """Return questions of others: another session, an account, another account."""
    return {
        "another session": (factories.question(), {}),
        "an account": (factories.question(session=session), factories.person(app, "other@example.com").headers),
    }


@pytest.mark.parametrize("stranger", ["another session", "an account"])
def test_the_answer_of_an_anonymous_reader_is_nobody_elses(app: Flask, asked: FlaskClient, stranger: str) -> None:
    session, message_id = factories.session_id(), str(uuid.uuid4())
    asked.post(CHAT, json=_with_id(factories.question(session=session), message_id))
    body, headers = _strangers(app, session)[stranger]
    response = asked.post(CHAT, json=_with_id(body, message_id), headers=headers)
    assert (response.status_code, response.get_json()["detail"]["error"]) == (404, "not_found")


@pytest.mark.parametrize("stranger", ["another session", "an account"])
def test_the_answer_of_an_account_is_nobody_elses(app: Flask, asked: FlaskClient, stranger: str) -> None:
    session, message_id = factories.session_id(), str(uuid.uuid4())
    owner = factories.person(app)
    asked.post(CHAT, json=_with_id(factories.question(session=session), message_id), headers=owner.headers)
    body, headers = _strangers(app, session)[stranger]
    assert asked.post(STREAM, json=_with_id(body, message_id), headers=headers).status_code == 404


def test_an_answer_keeps_its_id_when_its_reader_signs_in(app: Flask, asked: FlaskClient) -> None:
    body = _with_id(factories.question())
    first = asked.post(CHAT, json=body).get_json()
    headers = factories.person(app).headers
    asked.post(f"{API}/auth/migrate-session", json={"anon_id": body["context"]["session_id"]}, headers=headers)
    assert asked.post(CHAT, json=body, headers=headers).get_json() == first


def test_one_id_sent_many_times_at_once_to_two_workers_is_asked_once(served: Served) -> None:
    body = _with_id(factories.question())

    def ask(_: int) -> Any:
        return served.server.request(CHAT, "POST", body).json

    before = served.rows("SELECT count(*) FROM messages")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(24)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["message_id"] == body["message_id"]
    assert served.rows("SELECT count(*) FROM messages")[0][0] == before[0][0] + 2
