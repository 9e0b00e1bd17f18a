"""A page of the room asks the database as often for many rows as for few."""

from collections import Counter
from datetime import timedelta

from flask import Flask
from sqlalchemy import event, insert

from chatkit.chat.models import AnswerFacts, Feedback, Gap, Message
from chatkit.curated.models import CuratedAnswer
from chatkit.database.orm import Model, db, utcnow
from chatkit.evaluation.models import TestQuestion, TestRun
from chatkit.gaps import service as gaps
from chatkit.gaps.models import GapCluster
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit.models import Ban
from chatkit.search.models import Page, PassageRow, Source
from tests import factories
from tests.owner import room

FEW, MANY = 10, 60
# What is read at most once in some seconds, or written at most once in some minutes, whatever page asks.
NOW_AND_THEN = ("switches", "owner_sessions")
SECTION, SHOWN = "https://docs.example.com/page", {"passed": False, "outcome": "nearest", "shown": ["/a"]}


def _add(app: Flask, first: int, last: int) -> None:
    """Add the rows of these numbers to whatever the room lists: of each kind one, and of messages a turn."""
    numbers = range(first, last + 1)
    now, own = utcnow(), [{"id": number} for number in numbers]
    who, answers = factories.person(app, f"{first}@example.com"), [2 * number for number in numbers]
    said = [
        {"user_id": who.id, "conversation_id": f"c{answer}", "content": "Where?", "created_at": now}
        | ({"id": answer, "role": "assistant", "outcome": "nearest"} if even else {"id": answer - 1, "role": "user"})
        for answer in answers
        for even in (False, True)
    ]
    asked = {"asked_at": now, "page": SECTION, "site": "/", "language": "en", "rating": "down", "is_counted": True}
    texts = [
        {"id": number * 3 + part, "cluster_id": number, "fingerprint": f"{number}-{part}", "message_id": f"m{number}"}
        | {"kind": kind, "question": "Where?", "page": SECTION, "note": "Nowhere."}
        for number in numbers
        for part, kind in enumerate(("unanswered", "weak", "down"))
    ]
    opened = {"opened_at": now - timedelta(days=8), "size": 3}
    run = {"index_state": "x", "asked": last, "passed": 0, "seconds": 1.0, "newly_failing": list(numbers)}
    rows: list[tuple[type[Model], list[dict[str, object]]]] = [
        (Message, [row for row in said if row["role"] == "user"]),
        (Message, [row for row in said if row["role"] == "assistant"]),
        (AnswerFacts, [asked | {"answer_id": n, "conversation_id": f"c{n}", "outcome": "nearest"} for n in answers]),
        (Feedback, [{"answer_id": answer, "rating": "down", "note": "No."} for answer in answers]),
        (GapCluster, [opened | row | {"leader_id": 3 * number} for number, row in zip(numbers, own, strict=True)]),
        (Gap, texts),
        (CuratedAnswer, [row | {"questions": ["Where?"], "markdown": "There.", "page_url": SECTION} for row in own]),
        (TestQuestion, [row | {"question": "Where?", "answered_by": [SECTION]} for row in own]),
        (TestRun, [run | {"results": {str(number): SHOWN for number in numbers}}]),
        (OutboxMessage, [{"recipient": "r@example.com", "template": "signin", "state": "dead"} for _ in own]),
        (Ban, [{"key": f"address:192.0.2.{number}/32"} for number in numbers]),
        (Source, [row | {"name": str(row), "base_url": "/", "generator": "chatkit", "indexed_at": now} for row in own]),
        (Page, [row | {"source_id": row["id"], "path": "a", "url": f"/{row}", "title": "A"} for row in own]),
        (PassageRow, [row | {"page_id": row["id"], "stable_id": str(row), "position": 0} for row in own]),
    ]
    rest: dict[type[Model], dict[str, object]] = {
        Page: {"content_hash": ""},
        PassageRow: {"anchor": "", "heading": "A", "body": "B", "term_count": 1},
    }
    with app.app_context():
        for model, found in rows:
            db.session.execute(insert(model), [row | rest.get(model, {}) for row in found])
        db.session.commit()


def _pages(app: Flask) -> list[str]:
    """Return the addresses of all pages of the room, those of one row for the row 2."""
    at = app.url_map.bind("localhost")
    return [
        at.build(rule.endpoint, dict.fromkeys(rule.arguments, 2))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/owner") and "GET" in (rule.methods or ())
        if getattr(app.view_functions[rule.endpoint], "auth_decision", "") == "owner"
    ]


def _statements(app: Flask) -> Counter[str]:
    """Return how often the database is asked for each page, and for what the weekly mail and the webhook tell."""
    entered, asked, now = room.enter(app), Counter[str](), ""

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked[now] += not any(name in statement for name in NOW_AND_THEN)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", hear)
        for now in _pages(app):
            assert entered.client.get(now).status_code == 200, now
        now = "what is told of new gaps"
        assert gaps.list_of(range(1, MANY + 1))
        event.remove(db.engine, "before_cursor_execute", hear)
    return asked


def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(owned: Flask) -> None:
    _add(owned, 1, FEW)
    few = _statements(owned)
    _add(owned, FEW + 1, MANY)
    assert _statements(owned) == few
    assert few["/owner/gaps/"] > 0
