"""The outbox: queued with its cause, delivered over real SMTP, once, with a fresh link."""

import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from chatkit.auth.models import VerificationToken
from chatkit.extensions import db
from chatkit.mail import service
from chatkit.mail.models import OutboxMessage
from tests import factories, servers
from tests.conftest import Served
from tests.factories import API, MakeApp
from tests.servers import Postbox

BASE_URL = "https://chat.example.com"


@pytest.fixture
def posting(make_app: MakeApp, postbox: Postbox) -> Flask:
    """Return an application that sends through a real mail server."""
    return make_app(**_smtp(postbox))


def _smtp(postbox: Postbox) -> dict[str, object]:
    return {
        "SMTP_HOST": servers.LOOPBACK,
        "SMTP_PORT": postbox.port,
        "FROM_EMAIL": "docs@example.com",
        "BASE_URL": BASE_URL,
    }


def _deliver(app: Flask) -> int:
    with app.app_context():
        return service.deliver_due()


def _link(mail: EmailMessage) -> str:
    text = servers.plain_text(mail)
    return next(line for line in text.splitlines() if line.startswith(f"{BASE_URL}/signin"))


def _verify(app: Flask, link: str) -> int:
    token = factories.link_token(link)
    return app.test_client().post(f"{API}/auth/verify", json={"token": token}).status_code


def _outbox(app: Flask) -> list[dict[str, Any]]:
    return factories.rows(app, OutboxMessage.__table__)


def _make_due(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(OutboxMessage).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()


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
    assert link.startswith(f"{BASE_URL}/signin#token=")
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


def test_only_the_newest_of_two_mails_signs_in(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    _deliver(posting)
    factories.sign_up(posting.test_client())
    _deliver(posting)
    older, newer = postbox.mails
    assert (_verify(posting, _link(older)), _verify(posting, _link(newer))) == (401, 200)


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


def test_a_mail_server_that_is_away_does_not_hinder_a_sign_up(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    assert factories.sign_up(posting.test_client()).status_code == 200


def test_a_mail_that_cannot_leave_waits_until_later(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    factories.sign_up(posting.test_client())
    assert _deliver(posting) == 0
    [row] = _outbox(posting)
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert row["due_at"] > datetime.now(UTC) + timedelta(seconds=5)
    assert row["last_error"]


def test_each_failure_waits_longer(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    factories.sign_up(posting.test_client())
    waits = []
    for _ in range(3):
        _make_due(posting)
        _deliver(posting)
        waits.append(_outbox(posting)[0]["due_at"] - datetime.now(UTC))
    assert waits[0] < waits[1] < waits[2]


def test_a_mail_leaves_after_recovery_with_a_fresh_link(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    factories.sign_up(posting.test_client())
    _deliver(posting)
    postbox.open()
    _make_due(posting)
    assert _deliver(posting) == 1
    assert _verify(posting, _link(postbox.mails[0])) == 200


def test_one_refused_recipient_does_not_hold_up_the_others(posting: Flask, postbox: Postbox) -> None:
    postbox.refused.add("first@example.com")
    factories.sign_up(posting.test_client(), "first@example.com")
    factories.sign_up(posting.test_client(), "second@example.com")
    assert _deliver(posting) == 1
    assert [mail["To"] for mail in postbox.mails] == ["second@example.com"]


def test_a_mail_that_always_fails_is_given_up(posting: Flask, postbox: Postbox) -> None:
    postbox.close()
    factories.sign_up(posting.test_client())
    for _ in range(service.MAX_ATTEMPTS):
        _make_due(posting)
        _deliver(posting)
    assert _outbox(posting)[0]["state"] == "dead"
    _make_due(posting)
    assert _deliver(posting) == 0


def test_two_deliverers_at_once_send_each_mail_once(make_app: MakeApp, postbox: Postbox) -> None:
    apps = [make_app(**_smtp(postbox)) for _ in range(3)]
    wanted = {f"reader{number}@example.com" for number in range(12)}
    for address in wanted:
        factories.sign_up(apps[0].test_client(), address)
    ready, sent = threading.Barrier(len(apps)), list[int]()

    def deliver(app: Flask) -> None:
        ready.wait()
        sent.append(_deliver(app))

    threads = [threading.Thread(target=deliver, args=(app,)) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sum(sent) == 12
    assert sorted(str(mail["To"]) for mail in postbox.mails) == sorted(wanted)


def test_a_mail_in_the_hands_of_a_deliverer_that_died_is_sent_later(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    with posting.app_context():
        assert service._lease() is not None
    assert _deliver(posting) == 0
    _make_due(posting)
    assert _deliver(posting) == 1
    assert len(postbox.mails) == 1


def test_no_mail_leaves_in_test_mode(make_app: MakeApp, postbox: Postbox) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true", **_smtp(postbox))
    factories.sign_up(app.test_client())
    assert _deliver(app) == 0
    assert postbox.mails == []
    assert _outbox(app)[0]["state"] == "waiting"


def test_no_mail_leaves_without_a_mail_server(app: Flask) -> None:
    factories.sign_up(app.test_client())
    assert _deliver(app) == 0
    assert _outbox(app)[0]["attempts"] == 0


def test_a_server_that_demands_a_password_gets_it(make_app: MakeApp) -> None:
    postbox = Postbox(user="chatkit", password="swordfish")
    postbox.open()
    try:
        app = make_app(SMTP_USER="chatkit", SMTP_PASSWORD="swordfish", **_smtp(postbox))
        factories.sign_up(app.test_client())
        assert _deliver(app) == 1
    finally:
        postbox.close()


def test_an_address_in_other_letters_is_no_obstacle_to_the_others(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client(), "jürgen@bücher.example")
    factories.sign_up(posting.test_client(), "second@example.com")
    _deliver(posting)
    assert "second@example.com" in [mail["To"] for mail in postbox.mails]


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


def test_flask_mail_outbox_shows_a_link_that_works(app: Flask) -> None:
    factories.sign_up(app.test_client())
    result = app.test_cli_runner().invoke(args=["mail", "outbox"])
    assert result.exit_code == 0
    assert "reader@example.com" in result.output
    [link] = [line.strip() for line in result.output.splitlines() if "#token=" in line]
    assert _verify(app, link) == 200


def test_flask_mail_outbox_says_when_it_is_empty(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["mail", "outbox"]).output == "The outbox is empty.\n"


def test_flask_mail_deliver_sends_what_is_due(posting: Flask, postbox: Postbox) -> None:
    factories.sign_up(posting.test_client())
    assert posting.test_cli_runner().invoke(args=["mail", "deliver"]).output == "1 sent.\n"
    assert len(postbox.mails) == 1


def test_flask_mail_deliver_says_that_no_mail_server_is_set(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert result.exit_code != 0
    assert "SMTP_HOST" in result.output


def test_the_server_delivers_in_the_background_each_mail_once(served: Served) -> None:
    wanted = [f"reader{number}@example.com" for number in range(3)]
    for address in wanted:
        body = {"email": address, "consent_data_storage": True}
        assert served.server.request(f"{API}/auth/signup", "POST", body).status == 200

    def arrived() -> list[EmailMessage]:
        return [mail for mail in served.postbox.mails if str(mail["To"]) in wanted]

    servers.eventually(lambda: len(arrived()) >= 3, seconds=20)
    token = factories.link_token(_link(arrived()[0]))
    assert served.server.request(f"{API}/auth/verify", "POST", {"token": token}).status == 200
    assert sorted(str(mail["To"]) for mail in arrived()) == wanted
