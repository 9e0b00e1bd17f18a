"""Conversations are found by any of their answers, shown with their passages, and exported as they are filtered."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit import create_app
from chatkit.audit.models import AuditEntry
from chatkit.chat.models import AnswerFacts
from chatkit.database.orm import db, table, utcnow
from chatkit.owner import conversations
from chatkit.owner.conversations import EXPORTED
from tests import factories
from tests.conftest import DEFAULTS, dispose
from tests.factories import API, MakeApp
from tests.owner import room
from tests.owner.room import OWNERS, Room

EXPORT = f"{API}/owner/conversations"
FOGHORN, OIL, BREAD = "How often does the foghorn sound?", "How often must the wick be trimmed?", "Does it bake bread?"

# What an address says, and the questions of the rows that it lists.
FILTERS: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"rating": "up"}, [FOGHORN]),
    ({"rating": "down"}, [OIL]),
    ({"rating": "none"}, [BREAD, BREAD]),
    ({"page": "/guide/foghorn"}, [FOGHORN]),
    ({"page": "/other"}, [BREAD]),
    ({"page": "https://docs.example.com/other"}, [BREAD]),
    ({"page": "/%"}, []),
    ({"site": "/"}, [OIL, BREAD, BREAD]),
    ({"site": "elsewhere"}, []),
    ({"language": "en", "outcome": "answered", "rating": "up"}, [FOGHORN]),
    ({"language": "unknown"}, []),
    ({"until": "2020-01-01"}, []),
    ({"since": "2020-01-01"}, [OIL, BREAD, BREAD]),
)


@pytest.fixture
def app(owned: Flask, tmp_path: Path) -> Flask:
    """Return an application with pages, and conversations: two of readers and one of an account."""
    _let_readers_ask(owned, tmp_path)
    return owned


def _let_readers_ask(app: Flask, folder: Path) -> None:
    factories.index(app, folder)
    first, second = factories.session_id(), factories.session_id()
    who = factories.person(app)
    answer = _ask(app, FOGHORN, first, page_url="/guide/foghorn")
    _ask(app, BREAD, first, page_url="https://docs.example.com/other?q=1#x")
    _ask(app, BREAD, second)
    mine = _ask(app, OIL, factories.session_id(), who.headers)
    for message_id, rating, headers in ((answer, "up", {}), (mine, "down", who.headers)):
        body = {"message_id": message_id, "rating": rating, "note": f"{rating} it is"}
        app.test_client().post(f"{API}/chat/feedback", json=body, headers=headers)


def _ask(app: Flask, text: str, session: str, headers: dict[str, str] | None = None, **context: Any) -> str:
    body = factories.question(text, session, **context)
    answer = app.test_client().post(f"{API}/chat", json=body, headers=headers or {}).get_json()
    return str(answer["message_id"])


def _jsonl(entered: Room, **query: str) -> list[dict[str, Any]]:
    response = entered.client.get(EXPORT, query_string={"format": "jsonl"} | query)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="conversations.jsonl"'
    return [json.loads(line) for line in response.get_data(as_text=True).splitlines()]


def test_a_conversation_is_one_row_where_its_latest_answer_stands(app: Flask) -> None:
    page = room.enter(app).get("/conversations/")
    with app.app_context():
        rows, more = conversations.find(conversations.Filter())
    assert [(row.question, row.turns, row.page) for row in rows] == [
        (OIL, 1, ""),
        (BREAD, 1, ""),
        (BREAD, 2, "https://docs.example.com/other"),
    ]
    assert more is None
    assert page.count("<tr>") == 4


def test_a_filter_is_met_by_any_answer_and_the_export_holds_what_it_finds(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(OWNERS=OWNERS, CORS_ORIGINS="https://docs.example.com")
    _let_readers_ask(app, tmp_path)
    entered = room.enter(app)
    for query, questions in FILTERS:
        page = entered.get("/conversations/", **query)
        shown = [question for question in (FOGHORN, OIL, BREAD) for _ in range(page.count(f">{question}<"))]
        assert sorted(shown) == sorted(questions), query
        exported = {row["question"] for row in _jsonl(entered, **query)}
        assert exported >= set(questions), query
        assert bool(exported) is bool(questions), query


def test_days_are_whole_and_in_utc(app: Flask) -> None:
    entered, now = room.enter(app), utcnow()
    today, yesterday = f"{now:%Y-%m-%d}", f"{now - timedelta(days=1):%Y-%m-%d}"
    with app.app_context():
        first = AnswerFacts.answer_id == db.session.query(db.func.min(AnswerFacts.answer_id)).scalar_subquery()
        late = now.replace(hour=23, minute=59, second=59) - timedelta(days=1)
        db.session.execute(
            update(AnswerFacts).where(first).values(asked_at=late), execution_options={"synchronize_session": False}
        )
        db.session.commit()
    assert [row["question"] for row in _jsonl(entered, since=yesterday, until=yesterday)] == [FOGHORN]
    assert len(_jsonl(entered, since=today, until=today)) == 3


def test_what_is_no_filter_says_so(app: Flask) -> None:
    entered = room.enter(app)
    for query in ({"since": "x"}, {"outcome": "x"}, {"rating": "x"}, {"before": "x"}, {"page": "\x00"}):
        response = entered.client.get("/owner/conversations/", query_string=query)
        assert response.status_code == 422, query
        assert next(iter(query)) in response.get_data(as_text=True)
        if "before" not in query:
            refused = entered.client.get(EXPORT, query_string={"format": "csv"} | query)
            assert refused.get_json()["detail"]["fields"].keys() == query.keys()


def test_older_rows_follow_and_none_comes_twice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "PAGE_SIZE", 1)
    found, before = [], None
    with app.app_context():
        while True:
            rows, before = conversations.find(conversations.Filter(), before)
            found += [(row.question, row.turns) for row in rows]
            if before is None:
                break
    assert found == [(OIL, 1), (BREAD, 1), (BREAD, 2)]


def test_a_conversation_shows_each_answer_with_its_passages_and_rating(app: Flask) -> None:
    entered = room.enter(app)
    with app.app_context():
        rows, _ = conversations.find(conversations.Filter(rating="up"))
    page = entered.get(f"/conversations/{rows[0].answer_id}")
    assert page.index(FOGHORN) < page.index(BREAD)
    assert "The foghorn sounds every thirty seconds in dense fog." in page
    assert 'href="/guide/foghorn' in page
    assert "up it is" in page
    assert OIL not in page
    gone = entered.client.get("/owner/conversations/999999")
    assert (gone.status_code, "is gone" in gone.get_data(as_text=True)) == (404, True)


def test_no_address_stands_anywhere_unless_its_reader_signed_in_and_the_setting_allows(app: Flask) -> None:
    session = factories.session_id()
    _ask(app, "My address is anna@example.net and 192.0.2.7, does the foghorn sound?", session)
    url = app.config["CHATKIT"].database_url
    allowed = create_app(DEFAULTS | {"DATABASE_URL": url, "OWNERS": OWNERS, "OWNER_SEES_ADDRESSES": "on"})
    with app.app_context():
        rows, _ = conversations.find(conversations.Filter())
    for each in (app, allowed):
        entered = room.enter(each)
        pages = [entered.get(f"/conversations/{row.answer_id}") for row in rows]
        text = "".join([*pages, entered.get(), entered.get("/conversations/"), entered.get("/server/")])
        text += entered.client.get(EXPORT, query_string={"format": "csv"}).get_data(as_text=True)
        assert "anna@example.net" not in text
        assert "192.0.2.7" not in text
        assert "My address is [e-mail] and [address]" in text
        assert ("reader@example.com" in text) is (each is allowed)
    dispose(allowed)


def test_an_export_is_recorded_and_is_for_who_is_in_the_room_alone(app: Flask) -> None:
    reader = factories.person(app, "other@example.com")
    for headers in ({}, reader.headers):
        refused = app.test_client().get(EXPORT, query_string={"format": "csv"}, headers=headers)
        assert (refused.status_code, refused.get_json()["detail"]["error"]) == (401, "unauthorized")
    _jsonl(room.enter(app, "looks@example.org"), page="/guide/foghorn", rating="up")
    last = factories.rows(app, table(AuditEntry))[-1]
    assert (last["actor"], last["action"]) == ("looks@example.org", "conversations_exported")
    assert last["data"] == {"rating": "up"}


def test_the_csv_is_the_same_rows(app: Flask) -> None:
    entered = room.enter(app)
    response = entered.client.get(EXPORT, query_string={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True), newline="")))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert list(rows[0]) == list(EXPORTED)
    assert [row["question"] for row in rows] == [FOGHORN, BREAD, BREAD, OIL]
    for row, same in zip(rows, _jsonl(entered), strict=True):
        assert (row["answer"], row["cited"], row["note"]) == (
            same["answer"],
            " ".join(same["cited"]),
            same["note"] or "",
        )
