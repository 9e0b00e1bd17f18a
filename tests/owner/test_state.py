"""Each act of the page of the server: done by owners alone, with its line in the audit log."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from chatkit.audit.models import AuditEntry
from chatkit.database.orm import db, table
from chatkit.ingest.models import IndexSchedule
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit.models import Ban, RateLimit
from chatkit.web import read_only
from tests import factories
from tests.factories import API, MakeApp
from tests.owner import room
from tests.owner.room import OWNERS

ACTS = ("/mail/requeue", "/index/again", "/index/schedule", "/limits/ban", "/limits/bans/1/lift", "/limits/reset")


@pytest.fixture
def app(owned: Flask) -> Flask:
    """Return an application with a room."""
    return owned


def _last_act(app: Flask) -> tuple[str, str, str]:
    row = factories.rows(app, table(AuditEntry))[-1]
    return row["actor"], row["action"], row["subject"]


def test_who_may_only_look_sees_no_act_and_can_do_none(app: Flask) -> None:
    entered = room.enter(app, "looks@example.org")
    # Logging out is theirs, too.
    assert entered.get("/server/").count('method="post"') == 1
    for path in ACTS:
        refused = entered.post(f"/server{path}", source="x", who="192.0.2.7", key="site", id="1")
        assert (refused.status_code, "your role is reader" in refused.get_data(as_text=True)) == (403, True), path
    assert factories.count(app, AuditEntry, AuditEntry.action != "owner_signed_in") == 0


def test_mails_that_were_given_up_are_tried_again(app: Flask) -> None:
    with app.app_context():
        for number in range(3):
            mail = OutboxMessage(recipient=f"r{number}@example.com", template="signin", state="dead", attempts=10)
            mail.last_error = "Refused."
            db.session.add(mail)
        db.session.commit()
    entered = room.enter(app)
    page = entered.get("/server/")
    assert page.count("Refused.") == 3
    assert "r0@example.com" not in page
    answer = entered.post("/server/mail/requeue", id="1")
    assert answer.headers["Location"] == "/owner/server/?done=requeued"
    assert "It is tried again" in entered.get("/server/", done="requeued")
    assert [row["state"] for row in factories.rows(app, table(OutboxMessage))] == ["waiting", "dead", "dead"]
    assert _last_act(app) == ("owner@example.org", "mail_requeued", "outbox")
    entered.post("/server/mail/requeue")
    assert factories.count(app, OutboxMessage, OutboxMessage.state == "dead") == 0
    assert entered.post("/server/mail/requeue", id="1").status_code == 404


def test_a_source_is_indexed_again_and_by_the_clock(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path)
    entered, name = room.enter(app), str(tmp_path)
    assert f">{name}<" in entered.get("/server/")
    with app.app_context():
        db.session.execute(db.text("UPDATE sources SET options = '{}'"))
        db.session.commit()
    entered.post("/server/index/again", source=name)
    assert _last_act(app) == ("owner@example.org", "reindex_requested", name[:200])
    entered.post("/server/index/schedule", source=name, hours="6")
    assert _last_act(app) == ("owner@example.org", "index_scheduled", name[:200])
    with app.app_context():
        again = db.session.scalars(select(IndexSchedule)).one()
    assert (again.every_seconds, again.requested_at is None) == (6 * 3600, False)
    assert "every 6 h" in entered.get("/server/")
    wrong = entered.post("/server/index/again", source="/nowhere")
    assert (wrong.status_code, "No source is called /nowhere" in wrong.get_data(as_text=True)) == (422, True)


def test_somebody_is_shut_out_and_let_in_again(app: Flask) -> None:
    entered, who = room.enter(app), factories.person(app)
    entered.post("/server/limits/ban", who="192.0.2.7", hours="24")
    entered.post("/server/limits/ban", who="Reader@example.com", hours="0")
    assert [row["key"] for row in factories.rows(app, table(Ban))] == ["address:192.0.2.7/32", f"account:{who.id}"]
    assert _last_act(app) == ("owner@example.org", "banned", "ban 2")
    page = entered.get("/server/")
    assert "192.0.2.7/32" in page
    assert "reader@example.com" not in page
    for wrong, sentence in (("x", "neither an address nor a network"), ("no@example.com", "No account has")):
        answer = entered.post("/server/limits/ban", who=wrong, hours="24")
        assert (answer.status_code, sentence in answer.get_data(as_text=True)) == (422, True)
    entered.post("/server/limits/bans/1/lift")
    assert factories.count(app, Ban) == 1
    assert _last_act(app) == ("owner@example.org", "unbanned", "ban 1")
    assert entered.post("/server/limits/bans/1/lift").status_code == 404


def test_limits_begin_again(app: Flask) -> None:
    session = factories.session_id()
    app.test_client().post(f"{API}/chat", json=factories.question("Hello!", session))
    entered = room.enter(app)
    is_of_session = RateLimit.key == f"session:{session}"
    assert factories.count(app, RateLimit, is_of_session) == 1
    assert entered.post("/server/limits/reset", key=session).headers["Location"].endswith("done=reset")
    assert factories.count(app, RateLimit, is_of_session) == 0
    assert _last_act(app) == ("owner@example.org", "limits_reset", "windows")
    assert entered.post("/server/limits/reset", key=session).headers["Location"].endswith("done=none")
    assert entered.post("/server/limits/reset", key="?").status_code == 422


def test_acts_are_limited(make_app: MakeApp) -> None:
    entered = room.enter(make_app(OWNERS=OWNERS, RATE_LIMIT_OWNER=1))
    statuses = [entered.post("/server/limits/reset", key="site").status_code for _ in range(2)]
    assert statuses == [303, 429]


def test_nothing_is_done_while_storing_is_switched_off(app: Flask) -> None:
    entered = room.enter(app)
    with app.app_context():
        read_only.switch(True)
        db.session.commit()
        read_only.forget()
    try:
        refused = entered.post("/server/limits/reset", key="site")
        assert (refused.status_code, "Storing is switched off" in refused.get_data(as_text=True)) == (503, True)
        assert "Storing is switched off since" in entered.get("/server/")
    finally:
        with app.app_context():
            read_only.switch(False)
            db.session.commit()
            read_only.forget()
