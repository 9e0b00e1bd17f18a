"""Content gaps: the questions the pages do not answer."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from chatkit.chat import content_gaps
from chatkit.chat.models import Gap
from chatkit.database.orm import db, utcnow
from tests import factories
from tests.chat.conftest import UNANSWERED, ZEBRAS, ask, rate
from tests.factories import API, Person


def _record(app: Flask, question: str, page_url: str | None = None) -> None:
    with app.app_context():
        content_gaps.record("unanswered", str(uuid.uuid4()), question, page_url, None)
        db.session.commit()


def _report(app: Flask) -> list[content_gaps.ContentGap]:
    with app.app_context():
        return content_gaps.report()


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ("Is there a zebra that plays chess?", {"weak": 1}),
        ("How do I paint a wall?", {"unanswered": 1}),
        ("Which zebra sings loudest?", {}),
        ("Hello!", {}),
        ("Vielen Dank!", {}),
    ],
)
def test_a_gap_is_what_the_pages_do_not_answer(
    app: Flask, client: FlaskClient, tmp_path: Path, message: str, kinds: dict[str, int]
) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    ask(client, message)
    assert sum((gap.counts for gap in _report(app)), Counter[str]()) == kinds


def test_an_unanswered_question_is_kept_for_the_owner(app: Flask, client: FlaskClient) -> None:
    ask(client, page_url="https://docs.example.com/zoo?q=1#top")
    [gap] = _report(app)
    assert (gap.question, gap.page) == (UNANSWERED, "https://docs.example.com/zoo")
    assert gap.counts == {"unanswered": 1}


@pytest.mark.parametrize("page_url", ["http://[", "https://[::1", "//[x", "http://h\u2100.test/x"])
def test_an_address_that_cannot_be_read_fails_neither_question_nor_rating(
    app: Flask, client: FlaskClient, page_url: str
) -> None:
    assert rate(client, ask(client, page_url=page_url)).status_code == 204
    assert [(gap.question, gap.page) for gap in _report(app)] == [(UNANSWERED, "")]


def test_an_answered_question_is_no_gap(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    ask(client, "Which zebra sings loudest?")
    assert _report(app) == []


def test_a_thumbed_down_question_is_kept_with_what_was_said_of_it(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    rate(client, ask(client), reason="wrong", note="In the west.")
    [gap] = _report(app)
    assert (gap.question, gap.counts, gap.notes) == (UNANSWERED, {"down": 1}, ("wrong: In the west.",))


def test_a_greeting_that_is_rated_down_is_no_gap(app: Flask, client: FlaskClient) -> None:
    assert rate(client, ask(client, "Hello!")).status_code == 204
    assert _report(app) == []


def test_a_rating_that_was_changed_is_no_gap_any_more(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    answer = ask(client)
    rate(client, answer, "down")
    rate(client, answer, "up")
    assert _report(app) == []


def test_questions_of_the_same_words_are_one_and_the_most_asked_comes_first(app: Flask, client: FlaskClient) -> None:
    for question in (
        "How do I paint a wall?",
        "Which zebra sings loudest?",
        "which zebras SING loudest",
        "Zebra food?",
    ):
        ask(client, question)
    report = _report(app)
    assert [(gap.question, gap.counts.total()) for gap in report] == [
        ("which zebras SING loudest", 2),
        ("Zebra food?", 1),
        ("How do I paint a wall?", 1),
    ]
    assert [gap.theme for gap in report] == ["zebra", "zebra", "paint"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Mail zoe.q+x@example.co.uk about it", "Mail [e-mail] about it"),
        ("Is 203.0.113.77 blocked?", "Is [address] blocked?"),
        ("Is 2001:db8::8:800:200c:417a blocked?", "Is [address] blocked?"),
        (
            "Is fe80::1%eth0, ::1, 1:: or ::ffff:192.0.2.7: blocked?",
            "Is [address], [address], [address] or [address]: blocked?",
        ),
        ("Is 2001:DB8:0:0:0:0:0:1: blocked, 地址192.0.2.7里?", "Is [address]: blocked, 地址[address]里?"),
        ("Mail bob@localhost, bob%40example.com", "Mail [e-mail] [e-mail]"),
        ("Mail ｂｏｂ＠example.com, bob%40example.com%00", "Mail [e-mail] [e-mail]"),
        ("At 12:30:15 in std::vector, ::: tip, 100%25, ＠", "At 12:30:15 in std::vector, ::: tip, 100%25, ＠"),
    ],
)
def test_no_address_is_kept(app: Flask, said: str, kept: str) -> None:
    _record(app, said)
    assert [gap.question for gap in _report(app)] == [kept]


@pytest.mark.parametrize(
    ("page_url", "kept"),
    [
        ("https://user:secret@h.test/x", "https://h.test/x"),
        ("https://user@corp:secret@h.test/caf%C3%A9", "https://h.test/caf%C3%A9"),
        ("https://h.test/people/jane.doe@example.com/x", "https://h.test/people/[e-mail]/x"),
        ("/people/jane.doe%40example.com/x", "/people/[e-mail]/x"),
        ("https://192.168.3.4:8000/x", "https://[address]:8000/x"),
        ("/" + "a@b/" * 499, ("/" + "[e-mail]/" * 499)[:2_000]),
    ],
)
def test_no_address_is_kept_with_the_page(app: Flask, page_url: str, kept: str) -> None:
    _record(app, "Why?", page_url)
    assert [gap.page for gap in _report(app)] == [kept]


def test_gaps_of_an_account_go_with_it(app: Flask, client: FlaskClient, who: Person) -> None:
    ask(client, **who.headers)
    client.delete(f"{API}/user", headers=who.headers)
    assert _report(app) == []


def test_gaps_are_pruned_after_ninety_days(app: Flask, client: FlaskClient) -> None:
    for age in (timedelta(days=89), timedelta(days=91)):
        answer = ask(client)
        with app.app_context():
            db.session.execute(update(Gap).where(Gap.message_id == answer).values(asked_at=utcnow() - age))
            db.session.commit()
    with app.app_context():
        assert content_gaps.prune(500) == 1
        db.session.commit()


def test_a_question_in_any_spelling_takes_no_more_than_its_places(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_gaps, "MAX_OF_ONE_TEXT", 6)
    spellings = [
        "Which zebra sings?",
        "WHICH ZEBRA SINGS",
        "which  zebra, sings!!",
        "Ｗｈｉｃｈ zebra sings",
        "Which-zebra-sings…",
    ]

    def record(number: int) -> None:
        _record(app, spellings[number % len(spellings)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
    _record(app, "Which lion sings?")
    assert factories.count(app, Gap) == 7
    assert {gap.counts["unanswered"] for gap in _report(app)} == {6, 1}


def test_an_account_leaves_no_more_gaps_than_are_kept_of_one(
    app: Flask, who: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_gaps, "MAX_OF_ONE_ACCOUNT", 5)

    def record(number: int) -> None:
        with app.app_context():
            content_gaps.record("weak", str(uuid.uuid4()), f"Who is zebra {number}?", None, who.id)
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(20)))
    record(99)
    _record(app, "Who is the lion?")
    with app.app_context():
        mine = db.session.scalars(select(Gap.question).where(Gap.user_id == who.id).order_by(Gap.id)).all()
    assert (len(mine), mine[-1], factories.count(app, Gap)) == (5, "Who is zebra 99?", 6)
