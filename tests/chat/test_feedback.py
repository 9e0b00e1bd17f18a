"""Ratings of answers, and the questions the pages do not answer."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from chatkit.chat import content_gaps
from chatkit.chat.models import Feedback, Gap
from chatkit.database.orm import db, utcnow
from tests import factories
from tests.factories import API, Person

FEEDBACK = f"{API}/chat/feedback"
ZEBRAS = {"zebra.md": "# Zebras\n\nThe loudest zebra sings in the east.\n"}
UNANSWERED = "Which zebra sings loudest?"


@pytest.fixture
def who(app: Flask) -> Person:
    """Return a signed-in reader."""
    return factories.person(app)


def _ask(client: FlaskClient, message: str = UNANSWERED, page_url: str | None = None, **headers: str) -> str:
    question = factories.question(message)
    question["context"]["page_url"] = page_url
    answer: str = client.post(f"{API}/chat", json=question, headers=headers).get_json()["message_id"]
    return answer


def _rate(client: FlaskClient, message_id: str, rating: str = "down", **more: object) -> TestResponse:
    headers = more.pop("headers", {})
    return client.post(FEEDBACK, json={"message_id": message_id, "rating": rating, **more}, headers=headers)


def _ratings(app: Flask) -> list[tuple[str, str | None, str]]:
    with app.app_context():
        return [(row.rating, row.reason, row.note) for row in db.session.scalars(select(Feedback))]


def _report(app: Flask) -> list[content_gaps.ContentGap]:
    with app.app_context():
        return content_gaps.report()


def test_a_rating_is_kept(app: Flask, client: FlaskClient) -> None:
    assert _rate(client, _ask(client), "down", reason="wrong", note="It does.").status_code == 204
    assert _ratings(app) == [("down", "wrong", "It does.")]


def test_a_later_rating_takes_the_place_of_the_earlier(app: Flask, client: FlaskClient) -> None:
    answer = _ask(client)
    _rate(client, answer, "down", reason="wrong")
    _rate(client, answer, "up")
    assert _ratings(app) == [("up", None, "")]


def test_an_answer_that_is_not_there_cannot_be_rated(client: FlaskClient) -> None:
    assert _rate(client, factories.session_id()).status_code == 404


def test_anothers_answer_cannot_be_rated(app: Flask, client: FlaskClient, who: Person) -> None:
    answer = _ask(client, **who.headers)
    other = factories.person(app, "other@example.com")
    assert _rate(client, answer).status_code == 404
    assert _rate(client, answer, headers=other.headers).status_code == 404
    assert _rate(client, answer, headers=who.headers).status_code == 204


@pytest.mark.parametrize("wrong", [{"rating": "sideways"}, {"reason": "because"}, {"note": "x" * 1001}])
def test_a_rating_that_does_not_fit_is_refused(client: FlaskClient, wrong: dict[str, object]) -> None:
    body = {"message_id": factories.session_id(), "rating": "down"} | wrong
    assert client.post(FEEDBACK, json=body).status_code == 422


def test_an_unanswered_question_is_kept_for_the_owner(app: Flask, client: FlaskClient) -> None:
    _ask(client, page_url="https://docs.example.com/zoo?q=1#top")
    [asked] = _report(app)
    assert (asked.question, asked.page) == (UNANSWERED, "https://docs.example.com/zoo")
    assert asked.counts == {"unanswered": 1}


@pytest.mark.parametrize("page_url", ["http://[", "https://[::1", "//[x", "http://h\u2100.test/x"])
def test_an_address_that_cannot_be_read_fails_neither_question_nor_rating(
    app: Flask, client: FlaskClient, page_url: str
) -> None:
    assert _rate(client, _ask(client, page_url=page_url)).status_code == 204
    assert [(asked.question, asked.page) for asked in _report(app)] == [(UNANSWERED, "")]


def test_an_answered_question_is_no_gap(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    _ask(client, "Which zebra sings loudest?")
    assert _report(app) == []


def test_a_thumbed_down_question_is_kept_with_what_was_said_of_it(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    _rate(client, _ask(client), reason="wrong", note="In the west.")
    [asked] = _report(app)
    assert (asked.question, asked.counts, asked.notes) == (UNANSWERED, {"down": 1}, ("wrong: In the west.",))


def test_a_rating_that_was_changed_is_no_gap_any_more(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, ZEBRAS)
    answer = _ask(client)
    _rate(client, answer, "down")
    _rate(client, answer, "up")
    assert _report(app) == []


def test_questions_of_the_same_words_are_one_and_the_most_asked_comes_first(app: Flask, client: FlaskClient) -> None:
    for question in (
        "How do I paint a wall?",
        "Which zebra sings loudest?",
        "which zebras SING loudest",
        "Zebra food?",
    ):
        _ask(client, question)
    report = _report(app)
    assert [(asked.question, asked.counts.total()) for asked in report] == [
        ("which zebras SING loudest", 2),
        ("Zebra food?", 1),
        ("How do I paint a wall?", 1),
    ]
    assert [asked.theme for asked in report] == ["zebra", "zebra", "paint"]


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
def test_no_address_is_kept(app: Flask, client: FlaskClient, said: str, kept: str) -> None:
    _ask(client, said)
    assert [asked.question for asked in _report(app)] == [kept]


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
def test_no_address_is_kept_with_the_page(app: Flask, client: FlaskClient, page_url: str, kept: str) -> None:
    _ask(client, page_url=page_url)
    assert [asked.page for asked in _report(app)] == [kept]


def test_gaps_of_an_account_go_with_it(app: Flask, client: FlaskClient, who: Person) -> None:
    _ask(client, **who.headers)
    client.delete(f"{API}/user", headers=who.headers)
    assert _report(app) == []


def test_the_export_holds_ratings_and_gaps(client: FlaskClient, who: Person) -> None:
    _rate(client, _ask(client, **who.headers), note="No.", headers=who.headers)
    data = client.get(f"{API}/user/export", headers=who.headers).get_json()
    assert [row["note"] for row in data["feedback"]] == ["No."]
    assert {row["kind"] for row in data["gaps"]} == {"unanswered", "down"}


def test_gaps_are_pruned_after_ninety_days(app: Flask, client: FlaskClient) -> None:
    for age in (timedelta(days=89), timedelta(days=91)):
        answer = _ask(client)
        with app.app_context():
            db.session.execute(update(Gap).where(Gap.message_id == answer).values(asked_at=utcnow() - age))
            db.session.commit()
    with app.app_context():
        assert content_gaps.prune(500) == 1
        db.session.commit()


def test_the_command_lists_gaps_by_page_and_theme(app: Flask, client: FlaskClient) -> None:
    _ask(client, page_url="https://docs.example.com/zoo")
    _rate(client, _ask(client, page_url="https://docs.example.com/zoo"), note="Sing!")
    printed = app.test_cli_runner().invoke(args=["content", "gaps"]).output
    assert printed == (
        f"https://docs.example.com/zoo\n  loudest\n    {UNANSWERED}  (2 not covered, 1 rated down)\n      “Sing!”\n"
    )


def test_the_command_says_when_there_is_nothing(app: Flask) -> None:
    assert "Nothing was asked in vain" in app.test_cli_runner().invoke(args=["content", "gaps"]).output


def test_a_question_steers_no_terminal(app: Flask, client: FlaskClient) -> None:
    # Clear the screen, set the title, write to the clipboard, one control of 8 bits, a turn of the direction.
    _ask(client, "How \x1b[2J\x1b]0;owned\x07 \x1b]52;c;b3duZWQ=\x07 do \x9b31m I \u202epaint\u2066 a wall\u200b?")
    printed = app.test_cli_runner().invoke(args=["content", "gaps"], color=True).output
    assert "owned" in printed
    assert [letter for letter in printed if not letter.isprintable() and letter != "\n"] == []
