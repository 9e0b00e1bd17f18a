"""Outcomes: what an answer claims, in the reply, in a stream, in what is kept of it, and what follows it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.analytics.models import AnalyticsEvent
from chatkit.answers.phrases.english import ENGLISH
from chatkit.answers.phrases.languages import LANGUAGES
from chatkit.chat.models import Message
from tests import factories
from tests.chat.conftest import read_stream
from tests.factories import API, MakeApp, Person

CHAT = f"{API}/chat"
ANSWERED = "How often does the foghorn sound?"
NEAREST = "Does the foghorn play Beethoven and Mozart?"
NOT_COVERED = "Which penguin juggles?"
GREETING = "Hello!"
OUTCOMES = [(ANSWERED, "answered"), (NEAREST, "nearest"), (NOT_COVERED, "not_covered"), (GREETING, "greeting")]
PEOPLE = {"label": "The keepers' forum", "url": "https://forum.example.com/ask_(here)"}


@pytest.fixture
def with_people(make_app: MakeApp, tmp_path: Path) -> FlaskClient:
    """Return a client of an application whose owner names where people can be asked."""
    app = make_app(ASK_PEOPLE_URL=PEOPLE["url"], ASK_PEOPLE_LABEL=PEOPLE["label"])
    factories.index(app, tmp_path / "guide")
    return app.test_client()


def _ask(client: FlaskClient, message: str, session: str | None = None, **options: Any) -> Any:
    return client.post(CHAT, json=factories.question(message, session), **options).get_json()


@pytest.mark.parametrize(("message", "outcome"), OUTCOMES)
def test_an_answer_says_what_it_claims(asked: FlaskClient, message: str, outcome: str) -> None:
    answer = _ask(asked, message)
    assert answer["outcome"] == outcome
    assert (answer["citations"] != []) is (outcome == "answered")
    assert (answer["sources"] != []) is (outcome in {"answered", "nearest"})
    assert answer["ask_people"] is None
    sentences = {"nearest": ENGLISH.nearest, "not_covered": ENGLISH.declined, "greeting": ENGLISH.hello}
    assert outcome == "answered" or answer["answer"].partition("\n\n1. ")[0] == sentences[outcome]


@pytest.mark.parametrize(("message", "outcome"), OUTCOMES)
def test_an_outcome_is_kept_with_the_answer(app: Flask, asked: FlaskClient, message: str, outcome: str) -> None:
    who = factories.person(app)
    answer = _ask(asked, message, headers=who.headers)
    [question, kept] = factories.rows(app, Message.__table__)
    assert (question["outcome"], kept["outcome"]) == (None, outcome)
    resumed = asked.post(f"{CHAT}/resume", json={"message_id": answer["message_id"]}, headers=who.headers)
    done = factories.events(resumed.get_data(as_text=True))[-1].data
    assert (done["outcome"], done["citations"]) == (outcome, answer["citations"])
    exported = asked.get(f"{API}/user/export", headers=who.headers).get_json()["messages"]
    assert [message["outcome"] for message in exported] == [None, outcome]


def test_an_adopted_chat_keeps_outcomes_and_sources(app: Flask, asked: FlaskClient, who: Person) -> None:
    session = factories.session_id()
    answers = [_ask(asked, message, session) for message, _ in OUTCOMES]
    asked.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=who.headers)
    [chat] = asked.get(f"{CHAT}/saved", headers=who.headers).get_json()["chats"]
    messages = asked.get(f"{CHAT}/saved/{chat['chat_id']}", headers=who.headers).get_json()["messages"]
    kept = [message for message in messages if message["role"] == "assistant"]
    assert [(one["outcome"], one["citations"], one["sources"]) for one in kept] == [
        (answer["outcome"], answer["citations"], answer["sources"]) for answer in answers
    ]


def test_a_chat_is_saved_with_what_a_client_knows_of_its_answers(asked: FlaskClient, who: Person) -> None:
    answer = _ask(asked, NEAREST)
    known = {name: answer[name] for name in ("outcome", "citations", "sources")}
    messages = [{"role": "user", "content": NEAREST}, {"role": "assistant", "content": answer["answer"]} | known]
    saved = asked.post(f"{CHAT}/save", json={"messages": messages}, headers=who.headers).get_json()
    read = asked.get(f"{CHAT}/saved/{saved['chat_id']}", headers=who.headers).get_json()
    assert read["messages"] == messages


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "sure"},
        {"citations": ["a" * 65]},
        {"sources": [{"highlights": [[0, 201]]}]},
        {"sources": [{"highlights": [[1, 2, 3]]}]},
        {"sources": [{"path": ["a" * 701]}]},
    ],
)
def test_what_no_answer_has_is_not_saved(asked: FlaskClient, who: Person, change: dict[str, Any]) -> None:
    source = {"id": "a", "title": "A", "url": "/a", "excerpt": "A.", "score": 1}
    change = change | {"sources": [source | more for more in change.get("sources", [])]}
    message = {"role": "assistant", "content": "Yes."} | change
    assert asked.post(f"{CHAT}/save", json={"messages": [message]}, headers=who.headers).status_code == 422


@pytest.mark.parametrize(("message", "outcome"), OUTCOMES)
def test_people_are_named_where_the_pages_do_not_answer(with_people: FlaskClient, message: str, outcome: str) -> None:
    answer = _ask(with_people, message)
    expected = PEOPLE if outcome in {"nearest", "not_covered"} else None
    assert answer["ask_people"] == expected
    assert read_stream(with_people, factories.question(message))[-1].data["ask_people"] == expected
    link = "[The keepers' forum](https://forum.example.com/ask_%28here%29)"
    assert answer["answer"].endswith(f"\n\n{ENGLISH.ask_people} {link}") is (outcome == "not_covered")


def test_a_link_to_people_is_named_by_its_host_unless_the_owner_names_it(make_app: MakeApp) -> None:
    client = make_app(ASK_PEOPLE_URL="https://forum.example.com:8443/ask").test_client()
    assert _ask(client, NOT_COVERED)["ask_people"]["label"] == "forum.example.com:8443"


def test_a_greeting_is_answered_in_the_language_it_was_said_in(asked: FlaskClient) -> None:
    assert _ask(asked, "Vielen Dank!")["answer"] == LANGUAGES["de"].welcome


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("Spielt das Nebelhorn Beethoven und Mozart?", "nearest"),
        ("Hi!", "hello"),
        ("Which penguin juggles?", "declined"),
    ],
)
def test_fixed_sentences_are_in_the_language_of_the_page(
    app: Flask, client: FlaskClient, tmp_path: Path, message: str, sentence: str
) -> None:
    page = "---\nlang: de\n---\n# Nebelhorn\n\nDas Nebelhorn ertönt alle dreißig Sekunden.\n"
    factories.index(app, tmp_path / "guide", {"nebelhorn.md": page})
    body = factories.question(message, page_url="http://localhost:3000/guide/nebelhorn")
    answer = client.post(CHAT, json=body).get_json()
    assert answer["answer"].partition("\n\n1. ")[0] == getattr(LANGUAGES["de"], sentence)
    assert [source["language"] for source in answer["sources"]] == ["de"] * len(answer["sources"])


@pytest.mark.parametrize("between", [[GREETING], ["Great, thanks!"] * 6])
def test_a_greeting_in_between_is_no_topic(asked: FlaskClient, between: list[str]) -> None:
    session = factories.session_id()
    _ask(asked, "How do I install it?", session)
    for message in between:
        _ask(asked, message, session)
    answer = _ask(asked, "And on Windows?", session)
    assert answer["outcome"] == "answered"
    assert answer["sources"][0]["url"].startswith("/guide/install#on-windows")


@pytest.mark.parametrize("first", [NEAREST, NOT_COVERED])
def test_a_follow_up_keeps_the_topic_of_a_question_that_was_not_answered(asked: FlaskClient, first: str) -> None:
    session = factories.session_id()
    _ask(asked, first, session)
    assert _ask(asked, "How often does the foghorn sound?", session)["outcome"] == "answered"
    assert _ask(asked, "And in dense fog?", session)["sources"][0]["url"].startswith("/guide/foghorn")


@pytest.mark.parametrize(("message", "outcome"), OUTCOMES)
def test_the_event_of_a_question_says_how_it_was_answered(
    app: Flask, asked: FlaskClient, message: str, outcome: str
) -> None:
    _ask(asked, message)
    [event] = factories.rows(app, AnalyticsEvent.__table__)
    assert event["event_data"]["outcome"] == outcome
