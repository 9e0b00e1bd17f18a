"""Every reason is true, whatever somebody did before: none names what its page does not rest on."""

import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import aliased

from chatkit.chat.past_questions import CitedChat, PastQuestion
from chatkit.database.orm import db, utcnow
from chatkit.ingest import inventory
from chatkit.personalize import leads
from chatkit.search import retrieval
from chatkit.search.models import Page, PageNeighbour
from tests import factories
from tests.factories import API, Person
from tests.personalize.conftest import BELL, DINGHY, GAS, GUN, HORN, OIL
from tests.personalize.reader import ask, personalize, rate, save

QUESTIONS = (
    "When does the foghorn sound?",
    "Where does the bell ring?",
    "Which signal do ships hear in dense fog?",
    "When does the fog gun fire?",
    "What belongs into a rowing boat?",
    "When is the wick of an oil lamp trimmed?",
    "Does the foghorn play Beethoven and Mozart?",
    "Which penguin juggles?",
    "And in dense fog?",
    "Hello!",
)
PAGES = (None, HORN, BELL, GUN, OIL, GAS, DINGHY, "/guide/", "/guide/nowhere/", "https://other.example.com/")
TOPICS = ("gas mantle", "oars", "dense fog", "submarines")


class History:
    """What a person did, drawn by chance, as its own answers tell it."""

    def __init__(self, client: FlaskClient, who: Person, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311  (no secret)
        self.answers = dict[str, dict[str, Any]]()
        self.texts = dict[str, str]()
        self.pages = set[str]()
        self.rated_down = set[str]()
        self.topics = draw.sample(TOPICS, draw.randrange(3))
        self.dismissed = draw.sample([HORN, BELL, GUN, OIL, GAS], draw.randrange(2))
        for _ in range(draw.randint(1, 6)):
            text, page = draw.choice(QUESTIONS), draw.choice(PAGES)
            answer = ask(client, who, text, page_url=page)
            self.answers[answer["message_id"]], self.texts[answer["message_id"]] = answer, text
            self.pages |= {page} if page else set()
            if draw.random() < 0.3:
                self.rated_down.add(answer["message_id"])
                body = {"message_id": answer["message_id"], "rating": "down"}
                client.post(f"{API}/chat/feedback", json=body, headers=who.headers)
        for page in self.dismissed:
            rate(client, who, page)
        self.chats = dict[str, set[str]]()
        if draw.random() < 0.6:
            chat_id, answer = save(client, who, draw.choice(QUESTIONS))
            self.chats[chat_id] = _cited(answer)

    def cited(self, message_id: str) -> set[str]:
        """Return the pages that an answer cites."""
        return _cited(self.answers[message_id])

    @property
    def known(self) -> set[str]:
        """Return the pages that they were on, or that were cited to them."""
        return self.pages.union(*map(self.cited, self.answers), *self.chats.values())


def _cited(answer: dict[str, Any]) -> set[str]:
    return {one["url"].split("#")[0] for one in answer["sources"] if one["id"] in answer["citations"]}


def _is_near(page: str, to: str) -> bool:
    """Tell whether a page is among the neighbours of another."""
    other = aliased(Page)
    near = select(Page.url).join(PageNeighbour, PageNeighbour.neighbour_id == Page.id)
    near = near.join(other, other.id == PageNeighbour.page_id).where(other.url == to)
    return page in db.session.scalars(near).all()


def _is_true(one: dict[str, Any], history: History) -> bool:
    """Tell whether a recommendation rests on what its reason names."""
    because, page = one["because"], one["id"]
    key = because["id"].partition(":")[2]
    order = [url for _, url in inventory.titles()]
    match one["kind"]:
        case "question":
            own = history.answers[key]["outcome"] == "answered" and key not in history.rated_down
            return own and because["url"] in history.cited(key) and _is_near(page, because["url"])
        case "saved_chat":
            return because["url"] in history.chats[key] and _is_near(page, because["url"])
        case "page":
            return key in history.pages and _is_near(page, key)
        case "next":
            return key in history.pages and order.index(page) == order.index(key) + 1
        case "preference":
            hits = {hit.url.split("#")[0] for hit in retrieval.search(key, 10)}
            return key in history.topics and page in hits
        case "rated_down":
            return key in history.rated_down and page not in history.cited(key)
        case _:
            # Nothing was pinned, and nothing indexed since.
            return False


def test_of_several_pages_that_an_answer_cites_the_one_that_leads_on_is_named(app: Flask, harbour: Path) -> None:
    asked = PastQuestion("1", "What is lit in fog?", utcnow(), "answered", None, cited=(OIL, HORN))
    chat = CitedChat(1, "Fog", None, (OIL, HORN))
    with app.app_context():
        for lead in (*leads.of_questions([asked]), *leads.of_chats([chat])):
            found = leads.neighbours_of([lead], lambda page: True)
            named = {each.page.url: each.because.url for each in found if each.because is not None}
            assert (named[GAS], named[BELL]) == (OIL, HORN)


# Among them is every kind that a person's own past leads to.
LED_TO = {
    1: {"question", "next"},
    6: {"question", "preference"},
    13: {"page", "rated_down"},
    14: {"page", "saved_chat"},
    15: set[str](),
    26: {"page", "preference"},
    33: {"question", "saved_chat", "preference"},
}


@pytest.mark.parametrize("seed", LED_TO)
def test_no_reason_names_what_its_page_does_not_rest_on(app: Flask, harbour: Path, seed: int) -> None:
    client, who = app.test_client(), factories.person(app)
    history = History(client, who, seed)
    found = personalize(client, who, topics=history.topics)["recommendations"]
    with app.app_context():
        false = [one for one in found if not _is_true(one, history)]
    assert false == []
    assert {one["kind"] for one in found} == LED_TO[seed]
    for one in found:
        title = one["because"]["title"]
        assert title in one["reason"]
        assert title == history.texts.get(one["because"]["id"].removeprefix("question:"), title)
    pages = [one["id"] for one in found]
    assert len(set(pages)) == len(pages)
    assert not {*pages} & {*history.known, *history.dismissed}
