"""What a person does not want: pages, what reasons rest on, and recommendations as a whole."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.factories import API, Person
from tests.personalize.conftest import BELL, GUN, HORN, OIL
from tests.personalize.reader import ask, personalize, rate, recommended
from tests.sql_log import log_sql

# What tells of a person's questions, or of what they think of pages.
PERSONAL = re.compile(r"\b(messages|feedback|saved_chats|gaps|dismissals|analytics_events|page_neighbours)\b")


def test_a_page_of_no_use_stays_out_until_that_is_taken_back(client: FlaskClient, who: Person) -> None:
    ask(client, who)
    assert rate(client, who, BELL) == 204
    assert recommended(client, who) == [("question", GUN)]
    assert rate(client, who, BELL, "up") == 204
    assert recommended(client, who) == [("question", BELL), ("question", GUN)]


def test_a_question_that_was_dismissed_leads_nowhere(client: FlaskClient, who: Person) -> None:
    ask(client, who)
    [first, *_] = personalize(client, who)["recommendations"]
    assert rate(client, who, first["because"]["id"]) == 204
    assert recommended(client, who) == []


def test_a_page_that_was_dismissed_leads_neither_to_its_neighbours_nor_to_the_next(
    client: FlaskClient, who: Person
) -> None:
    ask(client, who, "Hello!", page_url=GUN)
    assert rate(client, who, f"page:{GUN}") == 204
    assert recommended(client, who) == []


def test_a_topic_that_was_dismissed_leaves_the_preferences(client: FlaskClient, who: Person) -> None:
    personalize(client, who, topics=["oars: two", "gas"], level="beginner")
    assert rate(client, who, "topic:oars: two") == 204
    content = personalize(client, who)["personalized_content"]
    assert (content["topics"], content["level"]) == (["gas"], "beginner")


def test_only_what_is_there_and_ones_own_is_rated(app: Flask, client: FlaskClient, who: Person) -> None:
    asked = ask(client, who)["message_id"]
    chat = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers).get_json()["chat_id"]
    personalize(client, who, topics=["fog"])
    other = factories.person(app, "other@example.com")
    theirs = [f"question:{asked}", f"saved_chat:{chat}", "topic:fog"]
    nowhere = ["/guide/nowhere", "page:/guide/nowhere", f"saved_chat:{'9' * 20}", "saved_chat:x", "owner:", "x"]
    assert {rate(client, other, subject) for subject in theirs + nowhere} == {404}
    assert [rate(client, who, subject) for subject in theirs] == [204] * 3


def test_switched_off_nothing_is_recommended_and_the_profile_is_gone(
    app: Flask, client: FlaskClient, who: Person
) -> None:
    ask(client, who)
    personalize(client, who, topics=["oil lamps"], level="beginner")
    rate(client, who, BELL)
    off = personalize(client, who, topics=["fog"], enabled=False)
    assert off["recommendations"] == []
    assert off["personalized_content"] == {
        "summary": "Recommendations are off. Nothing that you ask is looked at for them.",
        "topics": [],
        "level": None,
        "enabled": False,
    }
    export = client.get(f"{API}/user/export", headers=who.headers).get_json()
    assert (export["preferences"], export["dismissals"]) == ({"enabled": False}, [])
    assert rate(client, who, GUN) == 404


def test_switched_off_stays_off_whatever_else_is_stated_until_it_is_switched_on(
    make_app: factories.MakeApp, who: Person
) -> None:
    client = make_app(RATE_LIMIT_PERSONALIZE="10").test_client()
    ask(client, who)
    personalize(client, who, enabled=False)
    for stated in ({}, {"topics": ["oil lamps"]}, {"enabled": None, "level": "advanced"}):
        content = personalize(client, who, **stated)["personalized_content"]
        assert (content["enabled"], content["topics"], content["level"]) == (False, [], None)
    assert personalize(client, who, enabled=True)["recommendations"]


@pytest.mark.parametrize("stated", [{"enabled": False}, {}, {"topics": ["oil lamps"]}])
def test_switched_off_no_question_is_looked_at(app: Flask, who: Person, stated: dict[str, object]) -> None:
    client = app.test_client()
    ask(client, who)
    personalize(client, who, enabled=False)
    with log_sql(app) as statements:
        assert personalize(client, who, page_url=OIL, **stated)["recommendations"] == []
    read = [said for said in statements if PERSONAL.search(said)]
    # Switching off deletes what was dismissed.
    assert [said for said in read if not said.startswith("DELETE FROM dismissals")] == []


def test_the_same_calls_look_at_questions_while_it_is_on(app: Flask, who: Person) -> None:
    client = app.test_client()
    ask(client, who, page_url=HORN)
    with log_sql(app) as statements:
        assert personalize(client, who)["recommendations"]
    assert {"messages", "saved_chats", "dismissals"} <= {name for said in statements for name in PERSONAL.findall(said)}
