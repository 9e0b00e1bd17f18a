"""The outbox: queued with its cause, delivered over real SMTP, once, with a fresh link."""

import json
import re
import signal
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from chatkit import create_app
from chatkit.auth.models import VerificationToken
from chatkit.database import orm
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.mail import service
from chatkit.mail.models import OutboxMessage
from tests import factories, servers
from tests.conftest import Database, Served, dispose
from tests.factories import API, SECRET_KEY, MakeApp
from tests.servers import Postbox


def _deliver(app: Flask) -> int:
    with app.app_context():
        return service.deliver_due()


def _link(mail: EmailMessage) -> str:
    text = servers.plain_text(mail)
    return next(line for line in text.splitlines() if line.startswith("https://chat.example.com/signin"))


def _verify(app: Flask, link: str) -> int:
    token = factories.link_token(link)
    return app.test_client().post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).status_code


def _outbox(app: Flask) -> list[dict[str, Any]]:
    return factories.rows(app, OutboxMessage.__table__)


def _make_due(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(OutboxMessage).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()


def _elsewhere(postbox: Postbox, database: Database) -> dict[str, str]:
    return {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url, **postbox.settings}


def _deliver_elsewhere(postbox: Postbox, database: Database, folder: Path) -> subprocess.CompletedProcess[str]:
    """Deliver what is due in a process of its own, which is one of this one's children."""
    settings = _elsewhere(postbox, database)
    return servers.run("flask", "--app", "wsgi", "mail", "deliver", folder=folder, settings=settings, fresh=True)


def _kill_deliverers() -> None:
    for child in psutil.Process().children():
        if "deliver" in child.cmdline():
            child.kill()


def test_a_sign_up_queues_one_mail(app: Flask) -> None:
    factories.sign_up(app.test_client())
    [row] = _outbox(app)
    assert (row["recipient"], row["template"], row["state"]) == ("reader@example.com", "signin", "waiting")


def test_the_mail_is_queued_in_the_transaction_of_its_cause(make_app: MakeApp) -> None:
    """The sign-up fails after the mail was queued: neither is kept."""
    app = make_app()
    with app.app_context():

        def refuse(connection: object, cursor: object, statement: str, *rest: object) -> None:
            if "INSERT INTO analytics_events" in statement:
                raise RuntimeError("the last statement of a sign-up fails")

        event.listen(db.engine, "before_cursor_execute", refuse)
    assert factories.sign_up(app.test_client()).status_code == 500
    assert factories.count(app, OutboxMessage) == 0
    assert factories.count(app, VerificationToken) == 0


def test_the_outbox_holds_no_token(app: Flask) -> None:
    factories.sign_up(app.test_client())
    tokens = [factories.link_token(link) for link in factories.links(app)]
    assert not [token for token in tokens if token in repr(_outbox(app))]
    assert set(_outbox(app)[0]["context"]) == {"verification_id", "base_url"}


def test_a_due_mail_is_sent_to_its_recipient(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    assert _deliver(posting) == 1
    [mail] = postbox.mails
    assert (mail["To"], mail["From"]) == ("reader@example.com", "docs@example.com")
    assert mail["Subject"]
    assert mail.get_content_type() == "multipart/alternative"
    assert _outbox(posting)[0]["state"] == "sent"


def test_the_link_in_the_mail_signs_in(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    _deliver(posting)
    link = _link(postbox.mails[0])
    assert link.startswith("https://chat.example.com/signin#token=")
    assert _verify(posting, link) == 200


def test_the_links_ten_minutes_run_from_its_sending(posting: Flask) -> None:
    factories.sign_up(posting.test_client())
    [before] = factories.rows(posting, VerificationToken.__table__)
    assert (before["token_hash"], before["expires_at"]) == (None, None)
    _deliver(posting)
    [after] = factories.rows(posting, VerificationToken.__table__)
    assert abs(after["expires_at"] - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(seconds=30)


def test_a_sent_mail_is_not_sent_again(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    assert [_deliver(posting), _deliver(posting)] == [1, 0]
    assert len(postbox.mails) == 1


def test_two_mails_sent_together_leave_the_last_ones_link_working(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    factories.sign_up(posting.test_client())
    _deliver(posting)
    assert _verify(posting, _link(postbox.mails[-1])) == 200


def test_a_mail_whose_request_is_gone_is_not_sent(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    with posting.app_context():
        db.session.execute(VerificationToken.__table__.delete())  # type: ignore[attr-defined]
        db.session.commit()
    assert _deliver(posting) == 0
    assert postbox.mails == []


def test_a_mail_is_dated_named_and_marked_as_automatic(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    _deliver(posting)
    [mail] = postbox.mails
    assert abs(parsedate_to_datetime(mail["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch(r"<[^@>]+@example\.com>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_sign_up_connects_to_no_mail_server(make_app: MakeApp) -> None:
    """A server that accepts nothing could not be told from one that does."""
    with socket.create_server((servers.LOOPBACK, 0)) as listener:
        app = make_app(**Postbox().settings | {"SMTP_PORT": listener.getsockname()[1]})
        assert factories.sign_up(app.test_client()).status_code == 200
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_mail_server_that_cannot_be_used_counts_against_no_mail(posting: Flask, postbox: Postbox) -> None:
    """So no outage gives a mail up, however long it lasts."""
    postbox.close()
    factories.sign_up(posting.test_client())
    with posting.app_context(), pytest.raises(RetryLater) as raised:
        service.deliver_due()
    [row] = _outbox(posting)
    assert (row["state"], row["attempts"], row["last_error"]) == ("waiting", 0, str(raised.value))


def test_a_mail_that_could_not_be_tried_lets_the_others_go_first(posting: Flask, postbox: Postbox) -> None:
    postbox.replies["MAIL"] = "451 not now"
    for name in ("first", "second"):
        factories.sign_up(posting.test_client(), f"{name}@example.com")
    with posting.app_context(), pytest.raises(RetryLater):
        service.deliver_due()
    postbox.replies.clear()
    _deliver(posting)
    assert [mail["To"] for mail in postbox.mails] == ["second@example.com", "first@example.com"]


@pytest.mark.parametrize(("reply", "state"), [("451 not now", "waiting"), ("550 not here", "dead")])
def test_a_mail_that_is_rejected_waits_until_later_or_is_given_up(
    posting: Flask, postbox: Postbox, reply: str, state: str
) -> None:
    postbox.replies["RCPT"] = reply
    factories.sign_up(posting.test_client())
    assert _deliver(posting) == 0
    [row] = _outbox(posting)
    assert (row["state"], row["attempts"]) == (state, 1)
    assert row["due_at"] > datetime.now(UTC) + timedelta(seconds=5)
    assert row["last_error"]


def test_each_rejection_waits_longer(posting: Flask, postbox: Postbox) -> None:
    postbox.replies["RCPT"] = "451 not now"
    factories.sign_up(posting.test_client())
    waits = []
    for _ in range(3):
        _make_due(posting)
        _deliver(posting)
        waits.append(_outbox(posting)[0]["due_at"] - datetime.now(UTC))
    assert waits[0] < waits[1] < waits[2]


def test_a_mail_leaves_after_recovery_with_a_fresh_link(posting: Flask, postbox: Postbox) -> None:
    """The mail server was away for an hour, which the mail's first try did not survive."""
    postbox.close()
    factories.sign_up(posting.test_client())
    with posting.app_context(), pytest.raises(RetryLater):
        service.deliver_due()
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with posting.app_context():
        db.session.execute(update(OutboxMessage).values(created_at=an_hour_ago))
        db.session.execute(update(VerificationToken).values(created_at=an_hour_ago))
        db.session.execute(update(VerificationToken).values(expires_at=an_hour_ago + timedelta(minutes=10)))
        db.session.commit()
    postbox.open()
    assert _deliver(posting) == 1
    [request] = factories.rows(posting, VerificationToken.__table__)
    assert abs(request["expires_at"] - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(seconds=30)
    assert _verify(posting, _link(postbox.mails[0])) == 200


def test_one_rejected_recipient_does_not_hold_up_the_others(posting: Flask, postbox: Postbox) -> None:
    postbox.refused.add("first@example.com")
    factories.sign_up(posting.test_client(), "first@example.com")
    factories.sign_up(posting.test_client(), "second@example.com")
    assert _deliver(posting) == 1
    assert [mail["To"] for mail in postbox.mails] == ["second@example.com"]


def test_a_mail_that_is_rejected_too_often_is_given_up(posting: Flask, postbox: Postbox) -> None:
    postbox.replies["RCPT"] = "451 not now"
    factories.sign_up(posting.test_client())
    for _ in range(service.MAX_ATTEMPTS):
        assert _outbox(posting)[0]["state"] == "waiting"
        _make_due(posting)
        _deliver(posting)
    assert _outbox(posting)[0]["state"] == "dead"
    _make_due(posting)
    assert _deliver(posting) == 0


def test_a_mail_that_ends_the_process_at_each_try_is_given_up(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    for _ in range(service.MAX_ATTEMPTS):
        _make_due(posting)
        with posting.app_context():
            assert service.claim_next() is not None
    _make_due(posting)
    assert _deliver(posting) == 0
    assert _outbox(posting)[0]["state"] == "dead"
    assert postbox.mails == []


def test_a_mail_that_cannot_be_made_waits_and_hinders_no_other(posting: Flask, postbox: Postbox) -> None:
    with posting.app_context():
        service.queue("first@example.com", "unknown", {})
        db.session.commit()
    factories.sign_up(posting.test_client(), "second@example.com")
    assert _deliver(posting) == 1
    assert [(row["state"], row["attempts"]) for row in _outbox(posting)] == [("waiting", 1), ("sent", 1)]
    assert _outbox(posting)[0]["last_error"] == "The mail could not be made (KeyError)."


def test_a_mail_of_yesterday_is_not_sent_any_more(posting: Flask, postbox: Postbox) -> None:
    """A backup that is restored may hold some; their readers have long signed in or gone."""
    factories.sign_up(posting.test_client())
    with posting.app_context():
        db.session.execute(update(OutboxMessage).values(created_at=datetime.now(UTC) - timedelta(hours=25)))
        db.session.commit()
    assert _deliver(posting) == 0
    assert postbox.mails == []


# Forks three processes, each with its own application, which deliver what is due; prints how many each sent.
DELIVERERS = """
import json
import multiprocessing

from chatkit import create_app
from chatkit.mail import service

context = multiprocessing.get_context("fork")
sent = context.Queue()

def deliver():
    with create_app().app_context():
        sent.put(service.deliver_due())

processes = [context.Process(target=deliver) for _ in range(3)]
for process in processes:
    process.start()
numbers = [sent.get(timeout=200) for _ in processes]
for process in processes:
    process.join()
print(json.dumps(numbers))
"""


def test_deliverers_in_several_processes_send_each_mail_once(
    make_app: MakeApp, database: Database, postbox: Postbox, tmp_path: Path
) -> None:
    app = make_app(**postbox.settings)
    wanted = {f"reader{number}@example.com" for number in range(9)}
    for address in wanted:
        factories.sign_up(app.test_client(), address)
    # Each holds its first mail until the others have theirs, so that they work at the same time.
    together, first = threading.Barrier(3), iter(range(3))
    postbox.before["DATA"] = lambda: next(first, None) is not None and together.wait(60)
    (tmp_path / "several.py").write_text(DELIVERERS)
    done = servers.run("several", folder=tmp_path, settings=_elsewhere(postbox, database))
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout.splitlines()[-1])
    assert sum(sent) == 9
    assert min(sent) >= 1
    assert sorted(str(mail["To"]) for mail in postbox.mails) == sorted(wanted)


@pytest.mark.parametrize(("command", "before", "after"), [("RCPT", 0, 1), ("DATA", 1, 2)])
def test_a_killed_deliverer_sends_a_mail_twice_at_most_and_loses_none(
    make_app: MakeApp,
    database: Database,
    postbox: Postbox,
    tmp_path: Path,
    command: str,
    before: int,
    after: int,
) -> None:
    """Killed before the mail server has the mail, and between that and the mark that it was sent."""
    app = make_app(**postbox.settings)
    factories.sign_up(app.test_client())
    postbox.before[command] = _kill_deliverers
    assert _deliver_elsewhere(postbox, database, tmp_path).returncode == -signal.SIGKILL
    postbox.before.clear()
    assert len(postbox.mails) == before
    assert _deliver(app) == 0
    _make_due(app)
    assert _deliver(app) == 1
    assert len(postbox.mails) == after
    assert _verify(app, _link(postbox.mails[-1])) == 200


def test_a_mail_is_sent_once_though_the_database_was_away_when_it_was_marked(
    make_app: MakeApp, postbox: Postbox
) -> None:
    app, failures = make_app(**postbox.settings), iter(range(1))
    factories.sign_up(app.test_client())

    def refuse(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "sent_at" in statement and statement.startswith("UPDATE") and next(failures, None) is not None:
            raise OperationalError(statement, None, Exception("away"))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", refuse)
    assert _deliver(app) == 1
    assert next(failures, None) is None
    _make_due(app)
    assert _deliver(app) == 0
    assert len(postbox.mails) == 1


def test_a_clock_that_is_wrong_on_one_machine_neither_delays_nor_doubles_a_mail(
    postgresql_url: str, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines that share a database share its clock."""
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": postgresql_url, **postbox.settings})
    ahead = datetime.now(UTC) + timedelta(hours=2)
    with monkeypatch.context() as wrong:
        wrong.setattr(orm, "utcnow", lambda: ahead)
        factories.sign_up(app.test_client())
    with app.app_context():
        assert service.claim_next() is not None
    monkeypatch.setattr(orm, "utcnow", lambda: ahead)
    assert _deliver(app) == 0
    dispose(app)


def test_a_mail_waits_no_longer_than_it_should_when_the_clock_was_set_back(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    with posting.app_context():
        db.session.execute(update(OutboxMessage).values(due_at=datetime.now(UTC) + timedelta(hours=12)))
        db.session.commit()
    assert _deliver(posting) == 1


def test_no_mail_leaves_in_test_mode(make_app: MakeApp, postbox: Postbox) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true", **postbox.settings)
    factories.sign_up(app.test_client())
    assert _deliver(app) == 0
    assert postbox.mails == []
    assert _outbox(app)[0]["state"] == "waiting"


def test_no_mail_leaves_without_a_mail_server(app: Flask) -> None:
    factories.sign_up(app.test_client())
    assert _deliver(app) == 0
    assert _outbox(app)[0]["attempts"] == 0


def test_mails_are_pruned_after_a_day(app: Flask) -> None:
    factories.sign_up(app.test_client(), "old@example.com")
    with app.app_context():
        old = datetime.now(UTC) - timedelta(hours=24, minutes=1)
        db.session.execute(update(OutboxMessage).values(created_at=old))
        db.session.commit()
    factories.sign_up(app.test_client(), "recent@example.com")
    with app.app_context():
        assert service.prune(500) == 1
        db.session.commit()
    assert [row["recipient"] for row in _outbox(app)] == ["recent@example.com"]


def test_the_server_delivers_in_the_background_each_mail_once(served: Served) -> None:
    wanted = [f"reader{number}@example.com" for number in range(3)]
    for address in wanted:
        body = {"email": address, "consent_data_storage": True}
        assert served.server.request(f"{API}/auth/signup", "POST", body).status == 200

    def arrived() -> list[EmailMessage]:
        return [mail for mail in served.postbox.mails if str(mail["To"]) in wanted]

    servers.eventually(lambda: len(arrived()) >= 3)
    token = factories.link_token(_link(arrived()[0]))
    assert served.server.request(f"{API}/auth/verify", "POST", {"token": token, "confirmed": True}).status == 200
    assert sorted(str(mail["To"]) for mail in arrived()) == wanted
