"""Recommendations, each with its reason."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.database.orm import db
from tests import factories
from tests.factories import API, Person

PATH = f"{API}/user/personalize"


@pytest.fixture
def who(app: Flask, tmp_path: Path) -> Person:
    """Return a person who is signed in where the guide is indexed."""
    factories.index(app, tmp_path / "guide")
    return factories.person(app)


def _personalize(client: FlaskClient, who: Person, **preferences: Any) -> Any:
    body = {"preferences": preferences} if preferences else {}
    return client.post(PATH, json=body, headers=who.headers).get_json()


def test_every_recommendation_has_its_reason(client: FlaskClient, who: Person) -> None:
    answer = _personalize(client, who, topics=["foghorn"])
    assert set(answer) == {"recommendations", "personalized_content"}
    assert set(answer["personalized_content"]) == {"summary", "topics", "level"}
    assert answer["recommendations"]
    for recommendation in answer["recommendations"]:
        assert set(recommendation) == {"title", "url", "reason", "kind"}
        assert recommendation["reason"]


def test_a_stated_topic_is_recommended(client: FlaskClient, who: Person) -> None:
    [first, *_] = _personalize(client, who, topics=["oil lamps"])["recommendations"]
    assert (first["kind"], first["url"].split("#")[0]) == ("preference", "/guide/lamps/oil")
    assert "oil lamps" in first["reason"]


def test_only_the_site_that_is_read_is_recommended(
    app: Flask, client: FlaskClient, who: Person, tmp_path: Path
) -> None:
    for name in ("ship", "buoy"):
        host = f"https://{name}.example.com/"
        factories.index(app, tmp_path / name, {f"{name}.md": "# Oil lamps\n\nOil lamps burn oil.\n"}, host)
    for name, topic in (("ship", "oil lamps"), ("buoy", "oil lamps"), ("buoy", "submarines")):
        asked = factories.question("Hello!", page_url=f"https://{name}.example.com/{name}")
        client.post(f"{API}/chat", json=asked, headers=who.headers)
        urls = [one["url"] for one in _personalize(client, who, topics=[topic])["recommendations"]]
        assert [url.partition("#")[0] for url in urls] == [f"https://{name}.example.com/{name}"]


def test_what_was_asked_is_recommended(client: FlaskClient, who: Person) -> None:
    client.post(f"{API}/chat", json=factories.question("What about the foghorn?"), headers=who.headers)
    [only] = _personalize(client, who)["recommendations"]
    assert (only["kind"], only["url"].split("#")[0]) == ("question", "/guide/foghorn")
    assert "What about the foghorn?" in only["reason"]


@pytest.mark.parametrize("asked", ["Does the foghorn play Beethoven and Mozart?", "Which penguin juggles?", "Hello!"])
@pytest.mark.parametrize("saved", [False, True])
def test_what_the_pages_did_not_answer_recommends_nothing(
    client: FlaskClient, who: Person, asked: str, saved: bool
) -> None:
    headers = {} if saved else who.headers
    body = factories.question(asked)
    outcome = client.post(f"{API}/chat", json=body, headers=headers).get_json()["outcome"]
    assert outcome != "answered"
    if saved:
        anonymous = {"anon_id": body["context"]["session_id"]}
        client.post(f"{API}/auth/migrate-session", json=anonymous, headers=who.headers)
    kinds = {recommendation["kind"] for recommendation in _personalize(client, who)["recommendations"]}
    assert kinds == {"start"}


def test_what_was_saved_is_recommended(client: FlaskClient, who: Person) -> None:
    client.post(f"{API}/chat/save", json=factories.chat("Trim the wick?"), headers=who.headers)
    [only] = _personalize(client, who)["recommendations"]
    assert (only["kind"], only["url"].split("#")[0]) == ("saved_chat", "/guide/lamps/oil")


def test_without_anything_known_a_start_is_recommended(client: FlaskClient, who: Person) -> None:
    recommendations = _personalize(client, who)["recommendations"]
    assert {recommendation["kind"] for recommendation in recommendations} == {"start"}


def test_a_page_is_recommended_once(client: FlaskClient, who: Person) -> None:
    topics = ["foghorn", "foghorn interval", "dense fog", "oil"]
    urls = [one["url"].split("#")[0] for one in _personalize(client, who, topics=topics)["recommendations"]]
    assert len(urls) == len(set(urls))


def test_preferences_are_kept(client: FlaskClient, who: Person) -> None:
    _personalize(client, who, topics=["oil lamps"], level="beginner")
    content = _personalize(client, who)["personalized_content"]
    assert (content["topics"], content["level"]) == (["oil lamps"], "beginner")


def test_new_preferences_replace_the_old(client: FlaskClient, who: Person) -> None:
    _personalize(client, who, topics=["oil lamps"])
    assert _personalize(client, who, topics=["foghorn"])["personalized_content"]["topics"] == ["foghorn"]


def test_anothers_preferences_questions_and_chats_play_no_part(app: Flask, client: FlaskClient, who: Person) -> None:
    _personalize(client, who, topics=["oil lamps"])
    client.post(f"{API}/chat", json=factories.question("What about the foghorn?"), headers=who.headers)
    stranger = factories.person(app, "other@example.com")
    kinds = {recommendation["kind"] for recommendation in _personalize(client, stranger)["recommendations"]}
    assert kinds == {"start"}


def test_without_an_index_nothing_is_recommended(app: Flask, client: FlaskClient) -> None:
    assert _personalize(client, factories.person(app))["recommendations"] == []


@pytest.mark.parametrize(
    ("preferences", "field"),
    [
        ("foghorn", "preferences"),
        ({"topics": "foghorn"}, "preferences.topics"),
        ({"topics": [""]}, "preferences.topics.0"),
        ({"topics": ["a" * 81]}, "preferences.topics.0"),
        ({"topics": ["a"] * 11}, "preferences.topics"),
        ({"level": "guru"}, "preferences.level"),
    ],
)
def test_preferences_that_do_not_fit_are_refused(
    client: FlaskClient, who: Person, preferences: Any, field: str
) -> None:
    response = client.post(PATH, json={"preferences": preferences}, headers=who.headers)
    assert response.status_code == 422
    assert field in response.get_json()["detail"]["fields"]


def test_personalizing_needs_an_account(client: FlaskClient) -> None:
    assert client.post(PATH, json={}).status_code == 401


def test_personalizing_is_counted_in_the_analytics(app: Flask, client: FlaskClient, who: Person) -> None:
    _personalize(client, who)
    with app.app_context():
        table = db.metadata.tables["analytics_events"]
    assert [row["event_type"] for row in factories.rows(app, table)] == ["personalize"]
