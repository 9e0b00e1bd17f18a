"""Mail servers that are away, slow, refuse or cannot be trusted: what becomes of mail, what the operator reads."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from flask import Flask

from chatkit import create_app
from chatkit.errors import RetryLater
from chatkit.mail import service, smtp
from chatkit.mail.models import OutboxMessage
from tests import factories, servers
from tests.conftest import dispose
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK, Postbox

PASSWORD = "swordfish and chips"
LOGIN = {"SMTP_USER": "chatkit", "SMTP_PASSWORD": PASSWORD}
MakePosting = Callable[..., Flask]


@pytest.fixture
def posting(sqlite_url: str) -> Iterator[MakePosting]:
    """Return what makes an application that sends to a port here; the database takes no part in what is tested."""
    made: list[Flask] = []

    def make(port: int, **chosen: object) -> Flask:
        smtp_settings = {"SMTP_HOST": LOOPBACK, "SMTP_PORT": port, "FROM_EMAIL": "docs@example.com"}
        base = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "BASE_URL": "https://chat.example.com"}
        made.append(create_app(base | smtp_settings | chosen))
        return made[-1]

    yield make
    for app in made:
        dispose(app)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return an authority nobody trusts until told to."""
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """Return a certificate of the mail server, for its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the authority, as an operator would."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@contextmanager
def _open(box: Postbox) -> Iterator[Postbox]:
    box.open()
    try:
        yield box
    finally:
        box.close()


@contextmanager
def _raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server of our own making for one connection; yield its port."""

    def serve() -> None:
        with listener.accept()[0] as connection, suppress(OSError):
            talk(connection)

    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def _deliver(app: Flask) -> int:
    with app.app_context():
        return service.deliver_due()


def _retry_later(app: Flask) -> RetryLater:
    """Try to deliver; return why it cannot be done."""
    with app.app_context(), pytest.raises(RetryLater) as raised:
        service.deliver_due()
    return raised.value


def _row(app: Flask) -> dict[str, Any]:
    [row] = factories.rows(app, OutboxMessage.__table__)
    return row


def _waits_untouched(app: Flask) -> bool:
    """Tell whether the mail waits as if it had not been tried, so that no outage gives it up."""
    row = _row(app)
    return (row["state"], row["attempts"]) == ("waiting", 0)


def test_a_server_that_is_away_is_named_and_the_mail_waits(posting: MakePosting) -> None:
    port = servers.free_port()
    app = posting(port)
    factories.sign_up(app.test_client())
    assert str(_retry_later(app)) == f"The mail server {LOOPBACK}:{port} cannot be reached: Connection refused."
    assert _waits_untouched(app)
    assert _row(app)["last_error"] == f"The mail server {LOOPBACK}:{port} cannot be reached: Connection refused."


def test_a_server_whose_name_is_unknown_is_named(posting: MakePosting) -> None:
    app = posting(25, SMTP_HOST="mail.invalid")
    factories.sign_up(app.test_client())
    assert "mail.invalid:25 cannot be reached" in str(_retry_later(app))


def test_a_sign_up_connects_to_no_mail_server(posting: MakePosting) -> None:
    """A server that accepts nothing could not be told from one that does."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        app = posting(listener.getsockname()[1])
        assert factories.sign_up(app.test_client()).status_code == 200
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_server_that_accepts_and_stalls_is_given_up(posting: MakePosting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
    with socket.create_server((LOOPBACK, 0)) as listener:
        app = posting(listener.getsockname()[1])
        factories.sign_up(app.test_client())
        assert "does not answer, or not in time" in str(_retry_later(app))
    assert _waits_untouched(app)


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(
    posting: MakePosting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No silence is long enough to count, so only the time for all together ends it."""
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 0.3)
    cut = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.settimeout(0.02)
        for _ in range(200):
            connection.sendall(b"2")
            with suppress(TimeoutError):
                if not connection.recv(1):
                    cut.set()
                    return

    with _raw_server(trickle) as port:
        app = posting(port)
        factories.sign_up(app.test_client())
        _retry_later(app)
        assert cut.wait(1)
    assert _waits_untouched(app)


def test_a_server_that_stalls_over_a_mail_hinders_no_other_mail(
    posting: MakePosting, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "EXAMINING_SECONDS", 0.2)
    app, release = posting(postbox.port), threading.Event()
    postbox.before["DATA"] = lambda: release.wait(5)
    factories.sign_up(app.test_client(), "first@example.com")
    factories.sign_up(app.test_client(), "second@example.com")
    with app.app_context():
        assert service.deliver_next() is False
        release.set()
        assert service.deliver_next() is True
    first, second = factories.rows(app, OutboxMessage.__table__)
    assert (first["state"], first["attempts"], second["state"]) == ("waiting", 1, "sent")


def test_a_server_that_takes_its_time_over_a_mail_gets_it(
    posting: MakePosting, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the silence that is borne elsewhere: many servers examine a mail before they take it."""
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.3)
    postbox.before["DATA"] = lambda: threading.Event().wait(0.6)
    app = posting(postbox.port)
    factories.sign_up(app.test_client())
    assert _deliver(app) == 1


def test_a_mail_that_was_taken_is_sent_whatever_the_farewell(posting: MakePosting) -> None:
    """What goes wrong after the server took the mail would make it a second mail."""

    def talk(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 here\r\n")
        for line in lines:
            command = line[:4].strip().upper().decode()
            connection.sendall({"DATA": b"354 go on\r\n", "QUIT": b"500 what\r\n"}.get(command, b"250 yes\r\n"))
            if command == "DATA":
                while lines.readline() != b".\r\n":
                    pass
                connection.sendall(b"250 kept\r\n")

    with _raw_server(talk) as port:
        app = posting(port)
        factories.sign_up(app.test_client())
        assert _deliver(app) == 1
    assert _row(app)["state"] == "sent"


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("code", "state", "said"),
    [("550 5.7.1", "dead", "for good (550 5.7.1)"), ("451 4.7.1", "waiting", "for now (451 4.7.1)")],
)
def test_a_mail_refused_for_good_is_given_up_at_once_and_one_refused_for_now_waits(
    posting: MakePosting, postbox: Postbox, command: str, code: str, state: str, said: str
) -> None:
    postbox.replies[command] = f"{code} reader@example.com is not welcome"
    app = posting(postbox.port)
    factories.sign_up(app.test_client())
    assert _deliver(app) == 0
    row = _row(app)
    assert (row["state"], row["attempts"]) == (state, 1)
    assert said in row["last_error"]
    assert "reader@example.com" not in row["last_error"]


def test_an_address_the_mail_server_cannot_write_to_is_refused_for_good(posting: MakePosting) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "docs@example.com", "jürgen@bücher.example"
    message.set_content("Guten Tag")
    with _open(Postbox()) as box:
        app = posting(box.port)
        with app.app_context(), pytest.raises(smtp.Refused) as raised:
            smtp.send(message)
    assert raised.value.permanent
    assert box.mails == []


def test_a_sender_that_is_refused_gives_up_no_mail(posting: MakePosting, postbox: Postbox) -> None:
    """It is the operator's setting, and every mail would end the same."""
    postbox.replies["MAIL"] = "553 5.7.1 not your address"
    app = posting(postbox.port)
    factories.sign_up(app.test_client())
    error = _retry_later(app)
    assert "FROM_EMAIL (553 5.7.1)" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_SECONDS
    assert _waits_untouched(app)


def test_a_mail_that_is_postponed_lets_the_others_go_first(posting: MakePosting, postbox: Postbox) -> None:
    postbox.replies["MAIL"] = "451 not now"
    app = posting(postbox.port)
    for name in ("first", "second"):
        factories.sign_up(app.test_client(), f"{name}@example.com")
    _retry_later(app)
    del postbox.replies["MAIL"]
    _deliver(app)
    assert [mail["To"] for mail in postbox.mails] == ["second@example.com", "first@example.com"]


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://chat.example.com", "chat.example.com"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_server_introduces_itself_by_its_own_address(
    posting: MakePosting, postbox: Postbox, base_url: str, name: str
) -> None:
    app = posting(postbox.port, BASE_URL=base_url)
    factories.sign_up(app.test_client())
    assert _deliver(app) == 1
    assert postbox.names == [name]


def test_a_mail_is_dated_named_and_marked_as_automatic(posting: MakePosting, postbox: Postbox) -> None:
    app = posting(postbox.port)
    factories.sign_up(app.test_client())
    _deliver(app)
    [mail] = postbox.mails
    assert abs(parsedate_to_datetime(mail["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch(r"<[^@>]+@example\.com>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("trusted")
def test_mail_goes_over_tls_after_starttls(posting: MakePosting, certificate: ssl.SSLContext) -> None:
    with _open(Postbox("chatkit", PASSWORD, certificate)) as box:
        app = posting(box.port, **LOGIN)
        factories.sign_up(app.test_client())
        assert _deliver(app) == 1
    assert box.encrypted == [True]
    assert box.logins == [("chatkit", PASSWORD)]


@pytest.mark.usefixtures("trusted")
def test_mail_goes_over_tls_from_the_start_on_the_port_for_it(
    posting: MakePosting, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _open(Postbox("chatkit", PASSWORD, certificate, tls_at_once=True)) as box:
        # Only the superuser may listen on port 465.
        monkeypatch.setattr(smtplib, "SMTP_SSL_PORT", box.port)
        app = posting(box.port, **LOGIN)
        factories.sign_up(app.test_client())
        assert _deliver(app) == 1
    assert box.encrypted == [True]


@pytest.mark.parametrize("tls_at_once", [False, True])
@pytest.mark.parametrize("login", [{}, LOGIN])
def test_a_certificate_that_cannot_be_trusted_is_refused(
    posting: MakePosting,
    certificate: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    tls_at_once: bool,
    login: dict[str, object],
) -> None:
    with _open(Postbox(certificate=certificate, tls_at_once=tls_at_once)) as box:
        if tls_at_once:
            monkeypatch.setattr(smtplib, "SMTP_SSL_PORT", box.port)
        app = posting(box.port, **login)
        factories.sign_up(app.test_client())
        error = _retry_later(app)
    assert "certificate that cannot be trusted" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_SECONDS
    assert (box.mails, box.logins) == ([], [])
    assert _waits_untouched(app)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(posting: MakePosting, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.com").configure_cert(context)
    with _open(Postbox(certificate=context)) as box:
        app = posting(box.port)
        factories.sign_up(app.test_client())
        assert "certificate that cannot be trusted" in str(_retry_later(app))
    assert box.mails == []


def test_a_password_is_never_sent_without_tls(posting: MakePosting) -> None:
    with _open(Postbox("chatkit", PASSWORD)) as box:
        app = posting(box.port, **LOGIN)
        factories.sign_up(app.test_client())
        error = _retry_later(app)
    assert "offers no TLS, so SMTP_PASSWORD is not sent" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_SECONDS
    assert box.logins == []
    assert _waits_untouched(app)


@pytest.mark.usefixtures("trusted")
def test_a_password_that_is_refused_is_said_and_tried_seldom(
    posting: MakePosting, certificate: ssl.SSLContext, capsys: pytest.CaptureFixture[str]
) -> None:
    with _open(Postbox("chatkit", "another", certificate)) as box:
        app = posting(box.port, **LOGIN)
        factories.sign_up(app.test_client())
        error = _retry_later(app)
        result = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert "refuses SMTP_USER with SMTP_PASSWORD (535 5.7.8). Correct them" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_SECONDS
    assert _waits_untouched(app)
    assert result.exit_code == 1
    assert result.output.endswith(f"Error: {error} The mails wait.\n")
    assert PASSWORD not in result.output + capsys.readouterr().out


@pytest.mark.usefixtures("trusted")
def test_a_server_without_a_log_in_is_said(posting: MakePosting, certificate: ssl.SSLContext) -> None:
    with _open(Postbox(certificate=certificate)) as box:
        app = posting(box.port, **LOGIN)
        factories.sign_up(app.test_client())
        assert "offers no log-in" in str(_retry_later(app))
    assert box.mails == []


def test_a_server_that_asks_for_a_password_that_is_not_set_is_said(posting: MakePosting) -> None:
    with _open(Postbox("chatkit", PASSWORD)) as box:
        app = posting(box.port)
        factories.sign_up(app.test_client())
        assert "set SMTP_USER" in str(_retry_later(app))
    assert _waits_untouched(app)


def test_a_server_that_is_busy_is_asked_again(posting: MakePosting) -> None:
    with _raw_server(lambda connection: connection.sendall(b"421 4.3.2 too busy\r\n")) as port:
        app = posting(port)
        factories.sign_up(app.test_client())
        error = _retry_later(app)
    assert "takes no mail now (421 4.3.2)" in str(error)
    assert error.retry_seconds == 0
    assert _waits_untouched(app)


def test_a_server_that_speaks_something_else_is_said(posting: MakePosting, monkeypatch: pytest.MonkeyPatch) -> None:
    with _raw_server(lambda connection: connection.sendall(b"220 no TLS here\r\n")) as port:
        monkeypatch.setattr(smtplib, "SMTP_SSL_PORT", port)
        app = posting(port)
        factories.sign_up(app.test_client())
        assert "speaks no TLS that can be used" in str(_retry_later(app))
