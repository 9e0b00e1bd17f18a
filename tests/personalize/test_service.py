"""Recommendations: what leads to them, in which order, what is left out, and where there are none."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from chatkit.database.orm import db
from chatkit.personalize import curation
from tests import factories
from tests.factories import API, Person
from tests.personalize.conftest import BELL, DINGHY, GAS, GUN, HORN, OIL
from tests.personalize.reader import ABOUT_THE_HORN, ask, personalize, rate, recommended, save

PATH = f"{API}/user/personalize"


def test_a_question_leads_to_the_neighbours_of_the_page_that_answered_it(client: FlaskClient, who: Person) -> None:
    answer = ask(client, who)
    found = personalize(client, who)
    assert set(found) == {"recommendations", "personalized_content"}
    assert found["recommendations"][0] == {
        "id": BELL,
        "title": "Fog bell",
        "url": BELL,
        "reason": f"Because you asked “{ABOUT_THE_HORN}”.",
        "kind": "question",
        "because": {
            "kind": "question",
            "id": f"question:{answer['message_id']}",
            "title": ABOUT_THE_HORN,
            "url": HORN,
        },
    }
    assert [one["id"] for one in found["recommendations"]] == [BELL, GUN]
    assert found["personalized_content"]["summary"] == "Chosen from what you asked."


@pytest.mark.parametrize("asked", ["Does the foghorn play Beethoven and Mozart?", "Which penguin juggles?", "Hello!"])
@pytest.mark.parametrize("saved", [False, True])
def test_what_the_pages_did_not_answer_recommends_nothing(
    client: FlaskClient, who: Person, asked: str, saved: bool
) -> None:
    body = factories.question(asked)
    outcome = client.post(f"{API}/chat", json=body, headers={} if saved else who.headers).get_json()["outcome"]
    assert outcome != "answered"
    if saved:
        anonymous = {"anon_id": body["context"]["session_id"]}
        client.post(f"{API}/auth/migrate-session", json=anonymous, headers=who.headers)
    assert personalize(client, who)["recommendations"] == []


def test_nothing_is_recommended_to_whom_nothing_is_known_of(app: Flask, client: FlaskClient, who: Person) -> None:
    ask(client, who)
    stranger = factories.person(app, "other@example.com")
    assert personalize(client, stranger)["recommendations"] == []


def test_without_an_index_nothing_is_recommended(app: Flask, client: FlaskClient) -> None:
    assert personalize(client, factories.person(app), topics=["fog"])["recommendations"] == []


def test_a_page_near_nothing_leads_to_nothing_but_the_next(client: FlaskClient, who: Person) -> None:
    assert recommended(client, who, page_url=DINGHY) == []
    assert recommended(client, who, page_url="/guide/") == [("next", OIL)]


def test_the_page_that_is_read_leads_to_its_neighbours_before_the_next(client: FlaskClient, who: Person) -> None:
    assert recommended(client, who, page_url=f"{OIL}index.html?from=mail#wick") == [("page", GAS)]
    assert recommended(client, who, page_url=GUN) == [("page", BELL), ("page", HORN), ("next", DINGHY)]


def test_the_pages_on_which_somebody_asked_are_read(client: FlaskClient, who: Person) -> None:
    ask(client, who, "Hello!", page_url=f"http://localhost{OIL}")
    [only] = personalize(client, who)["recommendations"]
    assert (only["kind"], only["id"], only["reason"]) == ("page", GAS, "About the same as “Oil lamps”.")
    ask(client, who, "Hello!", page_url=f"http://localhost{GAS.removesuffix('/')}")
    assert GAS not in [page for _, page in recommended(client, who)]


def test_a_saved_chat_leads_to_the_neighbours_of_what_it_cites(client: FlaskClient, who: Person) -> None:
    chat_id, _ = save(client, who, title="Fog at night")
    first, *_ = personalize(client, who)["recommendations"]
    assert (first["id"], first["because"]["id"]) == (BELL, f"saved_chat:{chat_id}")
    assert first["reason"] == "Because you saved the chat “Fog at night”."


def test_a_saved_chat_that_does_not_say_what_it_cites_leads_nowhere(client: FlaskClient, who: Person) -> None:
    client.post(f"{API}/chat/save", json=factories.chat("Trim the wick?"), headers=who.headers)
    assert personalize(client, who)["recommendations"] == []


def test_a_topic_leads_to_the_sections_that_hold_it(client: FlaskClient, who: Person) -> None:
    [first, *_] = personalize(client, who, topics=["gas mantle"])["recommendations"]
    assert (first["kind"], first["id"], first["because"]["id"]) == ("preference", GAS, "topic:gas mantle")
    assert first["url"].startswith(GAS)


def test_neighbours_lead_and_a_topic_comes_second(client: FlaskClient, who: Person) -> None:
    ask(client, who)
    found = recommended(client, who, topics=["oars"])
    assert found == [("question", BELL), ("preference", DINGHY), ("question", GUN)]


def test_the_level_changes_the_order(app: Flask, client: FlaskClient, who: Person, harbour: Path) -> None:
    for name, title in (("reference", "Fog reference"), ("tutorial", "Fog tutorial")):
        (harbour / f"docs/{name}.md").write_text(f"# {title}\n\nA signal to ships in dense fog.\n")
    factories.index(app, harbour, {})

    def order(level: str) -> list[str]:
        found = [page for _, page in recommended(client, who, page_url=HORN, level=level)]
        return [page for page in found if page in {"/guide/reference/", "/guide/tutorial/"}]

    assert order("beginner") == ["/guide/tutorial/", "/guide/reference/"]
    assert order("advanced") == ["/guide/reference/", "/guide/tutorial/"]


def test_what_was_not_covered_leads_to_the_page_that_answers_it_now(
    app: Flask, client: FlaskClient, who: Person, harbour: Path
) -> None:
    question = "How do I feed the lighthouse cat?"
    answer = ask(client, who, question)
    assert answer["outcome"] != "answered"
    text = "# Cat\n\n## Feed the lighthouse cat\n\nFeed the lighthouse cat with herring.\n"
    (harbour / "docs/cat.md").write_text(text)
    factories.index(app, harbour, {})
    [first] = [one for one in personalize(client, who)["recommendations"] if one["kind"] == "answered_now"]
    assert (first["id"], first["because"]["id"]) == ("/guide/cat/", f"question:{answer['message_id']}")
    assert first["reason"] == f"Answers “{question}” now."


def test_an_answer_that_was_rated_down_leads_to_another_page_and_is_no_reason(client: FlaskClient, who: Person) -> None:
    answer = ask(client, who, "Which signal do ships hear in dense fog?")
    cited = {one["url"].split("#")[0] for one in answer["sources"] if one["id"] in answer["citations"]}
    body = {"message_id": answer["message_id"], "rating": "down"}
    client.post(f"{API}/chat/feedback", json=body, headers=who.headers)
    found = personalize(client, who)["recommendations"]
    assert {one["kind"] for one in found} == {"rated_down"}
    assert not {one["id"] for one in found} & cited


def test_only_the_site_that_is_read_is_recommended(
    app: Flask, client: FlaskClient, who: Person, tmp_path: Path
) -> None:
    for name in ("ship", "buoy"):
        host = f"https://{name}.example.com/"
        pages = {f"{page}.md": f"# {page}\n\nOil lamps of {page} burn oil.\n" for page in ("one", "two")}
        factories.index(app, tmp_path / name, pages | {"three.md": "# Three\n\nTar.\n"}, host)
    ask(client, who, "Hello!", page_url="https://ship.example.com/one")
    urls = [page for _, page in recommended(client, who, topics=["oil lamps"])]
    assert urls == ["https://ship.example.com/two"]


@pytest.mark.parametrize("url", [BELL, f"http://localhost{BELL}index.html"])
def test_what_the_owner_pins_comes_first_and_what_they_exclude_never(
    app: Flask, client: FlaskClient, who: Person, url: str
) -> None:
    ask(client, who)
    with app.app_context():
        curation.decide(GAS, "pinned")
        curation.decide(url, "excluded")
    found = personalize(client, who)["recommendations"]
    assert [(one["kind"], one["id"]) for one in found] == [("pinned", GAS), ("question", GUN)]
    assert (found[0]["reason"], found[0]["because"]) == ("The site’s owner recommends it.", None)
    assert rate(client, who, GAS) == 204
    assert recommended(client, who) == [("question", GUN)]


def test_what_was_pinned_is_left_out_once_it_was_read(app: Flask, client: FlaskClient, who: Person) -> None:
    with app.app_context():
        curation.decide(HORN, "pinned")
    assert recommended(client, who) == [("pinned", HORN)]
    ask(client, who)
    assert HORN not in [page for _, page in recommended(client, who)]


def test_without_an_account_a_page_has_its_neighbours_and_nothing_is_kept(app: Flask, harbour: Path) -> None:
    client = app.test_client()
    found = client.get(f"{API}/recommendations", query_string={"page_url": f"http://localhost{GUN}?q=1"}).get_json()
    kinds = [(one["kind"], one["id"]) for one in found["recommendations"]]
    assert kinds == [("page", BELL), ("page", HORN), ("next", DINGHY)]
    assert found["recommendations"][0]["because"] == {
        "kind": "page",
        "id": f"page:{GUN}",
        "title": "Fog gun",
        "url": GUN,
    }
    with app.app_context():
        kept = [db.session.execute(select(db.metadata.tables[name])).all() for name in ("messages", "analytics_events")]
    assert kept == [[], []]


@pytest.mark.parametrize("page", ["/guide/elsewhere/", "javascript:alert(1)", "https://other.example.com/", ""])
def test_a_page_that_is_not_indexed_has_no_neighbours(app: Flask, harbour: Path, page: str) -> None:
    with app.app_context():
        curation.decide(GAS, "pinned")
    found = app.test_client().get(f"{API}/recommendations", query_string={"page_url": page})
    assert found.get_json() == {"recommendations": []}


def test_preferences_are_kept_and_new_ones_take_their_place(client: FlaskClient, who: Person) -> None:
    personalize(client, who, topics=["oil lamps"], level="beginner")
    content = personalize(client, who)["personalized_content"]
    assert (content["topics"], content["level"], content["enabled"]) == (["oil lamps"], "beginner", True)
    content = personalize(client, who, topics=["foghorn"])["personalized_content"]
    assert (content["topics"], content["level"]) == (["foghorn"], None)


@pytest.mark.parametrize(
    ("preferences", "field"),
    [
        ("foghorn", "preferences"),
        ({"topics": "foghorn"}, "preferences.topics"),
        ({"topics": [""]}, "preferences.topics.0"),
        ({"topics": ["a" * 81]}, "preferences.topics.0"),
        ({"topics": ["a"] * 11}, "preferences.topics"),
        ({"level": "guru"}, "preferences.level"),
        ({"enabled": "false"}, "preferences.enabled"),
        ({"enabled": 0}, "preferences.enabled"),
    ],
)
def test_preferences_that_do_not_fit_are_refused(app: Flask, preferences: Any, field: str) -> None:
    who = factories.person(app)
    response = app.test_client().post(PATH, json={"preferences": preferences}, headers=who.headers)
    assert response.status_code == 422
    assert field in response.get_json()["detail"]["fields"]


def test_personalizing_needs_an_account(client: FlaskClient) -> None:
    assert client.post(PATH, json={}).status_code == 401


def test_personalizing_is_counted_in_the_analytics(app: Flask, client: FlaskClient, who: Person) -> None:
    personalize(client, who)
    with app.app_context():
        table = db.metadata.tables["analytics_events"]
    events = [(row["event_type"], row["event_data"]) for row in factories.rows(app, table)]
    assert events == [("personalize", {"recommendations": 0})]
