"""The weekly mail to the owners."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import update

from chatkit.database.orm import db, utcnow
from chatkit.gaps import digest, service
from chatkit.gaps.models import GapCluster
from chatkit.mail import service as mail
from chatkit.mail.models import OutboxMessage
from tests import factories
from tests.factories import MakeApp
from tests.gaps.test_clustering import record
from tests.owner.room import OWNERS

MONDAY = datetime(2026, 1, 12, 0, 0, 1, tzinfo=UTC)


def _open_at(app: Flask, opened_at: datetime) -> None:
    with app.app_context():
        db.session.execute(update(GapCluster).where(GapCluster.mailed_at.is_(None)).values(opened_at=opened_at))
        db.session.commit()


def _queue(app: Flask, now: datetime) -> bool:
    with app.app_context():
        return digest.queue_weekly(now)


def test_owners_are_told_of_a_week_on_its_monday_and_once(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    record(app, "Is there a zebra & a gnu?", "How do I paint a wall?")
    _open_at(app, MONDAY - timedelta(days=2))
    assert not _queue(app, MONDAY - timedelta(seconds=2))
    assert _queue(app, MONDAY)
    assert not _queue(app, MONDAY)
    record(app, "Who sings loudest?")
    _open_at(app, MONDAY + timedelta(hours=1))
    assert not _queue(app, MONDAY + timedelta(days=6))
    # Who may only look is not asked to do anything.
    assert [row["recipient"] for row in factories.rows(app, OutboxMessage.__table__)] == ["owner@example.org"]
    with app.app_context():
        [(_, made)] = mail.render_waiting()
    assert made.subject == "2 new questions that the pages do not answer"
    assert "- Is there a zebra & a gnu? (once)\n  http://127.0.0.1:8000/owner/gaps/1" in made.text
    assert "Is there a zebra &amp; a gnu?</a>" in made.html
    assert _queue(app, MONDAY + timedelta(days=7))


def test_no_mail_is_made_where_nothing_is_new(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    assert not _queue(app, utcnow() + timedelta(days=8))
    record(app, "Is there a zebra?")
    with app.app_context():
        service.set_state(1, "ignored")
    assert not _queue(app, utcnow() + timedelta(days=8))
    assert factories.count(app, OutboxMessage) == 0


def test_a_mail_about_what_is_no_longer_new_is_not_sent(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    record(app, "Is there a zebra?")
    assert _queue(app, utcnow() + timedelta(days=8))
    with app.app_context():
        service.set_state(1, "drafting")
        assert mail.render_waiting() == []


def test_without_owners_nothing_is_marked_as_told(make_app: MakeApp) -> None:
    app = make_app()
    record(app, "Is there a zebra?")
    assert not _queue(app, utcnow() + timedelta(days=8))
    assert [row["mailed_at"] for row in factories.rows(app, GapCluster.__table__)] == [None]


def test_nothing_of_a_question_runs_in_the_mail(make_app: MakeApp) -> None:
    app = make_app(OWNERS=OWNERS)
    record(app, '"><script>alert(1)</script> <img src=x onerror=alert(2)>?')
    assert _queue(app, utcnow() + timedelta(days=8))
    with app.app_context():
        [(_, made)] = mail.render_waiting()
    assert "<script" not in made.html
    assert "<img" not in made.html
