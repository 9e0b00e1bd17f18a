"""Mail servers that are away, slow, refuse or cannot be trusted: what `send` raises, and what the operator reads."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from chatkit import config
from chatkit.errors import RetryLater
from chatkit.mail import smtp
from chatkit.mail.smtp import MailRejected, MailServer, Timeouts
from tests import servers
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK, Postbox

USER, PASSWORD = "chatkit", "swordfish and chips"


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


def _server(port: int, implicit_tls: bool = False, **timeouts: float) -> MailServer:
    return MailServer(LOOPBACK, port, timeouts=Timeouts(**timeouts), implicit_tls=implicit_tls)


def _with_login(port: int, implicit_tls: bool = False) -> MailServer:
    return MailServer(LOOPBACK, port, USER, PASSWORD, implicit_tls=implicit_tls)


def _message(recipient: str = "reader@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "docs@example.com", recipient
    message.set_content("Good day")
    return message


def _unavailable(server: MailServer) -> RetryLater:
    """Try to send; return why the server cannot be used, which holds back every mail."""
    with pytest.raises(RetryLater) as raised:
        smtp.send(_message(), server)
    return raised.value


def _rejected(server: MailServer, message: EmailMessage | None = None) -> MailRejected:
    """Try to send; return why this mail was not accepted."""
    with pytest.raises(MailRejected) as raised:
        smtp.send(message or _message(), server)
    return raised.value


def test_a_server_that_is_away_is_named() -> None:
    port = servers.free_port()
    error = _unavailable(_server(port))
    assert str(error) == f"The mail server {LOOPBACK}:{port} cannot be reached: Connection refused."
    assert error.retry_seconds == 0


def test_a_server_whose_name_is_unknown_is_named() -> None:
    assert "mail.invalid:25 cannot be reached" in str(_unavailable(MailServer("mail.invalid", 25)))


def test_a_server_that_accepts_and_stalls_is_given_up() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        server = _server(listener.getsockname()[1], command=0.2)
        assert "does not answer, or not in time" in str(_unavailable(server))


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off() -> None:
    """No silence is long enough to count, so only the time for all together ends it."""
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
        _unavailable(_server(port, total=0.3))
        assert cut.wait(30)


def test_a_server_that_stalls_over_a_mail_is_blamed_for_that_mail_alone(postbox: Postbox) -> None:
    release = threading.Event()
    postbox.before["DATA"] = lambda: release.wait(30)
    assert not _rejected(_server(postbox.port, data=0.2)).permanent
    release.set()


def test_a_server_that_takes_its_time_over_a_mail_gets_it(postbox: Postbox) -> None:
    """Longer than the silence that is borne elsewhere: many servers examine a mail before they accept it."""
    postbox.before["DATA"] = lambda: threading.Event().wait(1.2)
    smtp.send(_message(), _server(postbox.port, command=0.9))
    assert len(postbox.mails) == 1


def test_a_mail_that_was_accepted_is_sent_whatever_the_farewell() -> None:
    """What goes wrong after the server accepted the mail would make it a second mail."""
    accepted = threading.Event()

    def talk(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 here\r\n")
        for line in lines:
            command = line[:4].strip().upper().decode()
            connection.sendall({"DATA": b"354 go on\r\n", "QUIT": b"500 what\r\n"}.get(command, b"250 yes\r\n"))
            if command == "DATA":
                while lines.readline() != b".\r\n":
                    pass
                accepted.set()
                connection.sendall(b"250 kept\r\n")

    with _raw_server(talk) as port:
        smtp.send(_message(), _server(port))
    assert accepted.is_set()


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("code", "permanent", "said"),
    [("550 5.7.1", True, "for good (550 5.7.1)"), ("451 4.7.1", False, "for now (451 4.7.1)")],
)
def test_a_mail_is_rejected_for_good_or_for_now_in_our_own_words(
    postbox: Postbox, command: str, code: str, permanent: bool, said: str
) -> None:
    postbox.replies[command] = f"{code} reader@example.com is not welcome"
    error = _rejected(_server(postbox.port))
    assert error.permanent is permanent
    assert said in str(error)
    assert "reader@example.com" not in str(error)


def test_an_address_the_mail_server_cannot_write_to_is_rejected_for_good(postbox: Postbox) -> None:
    assert _rejected(_server(postbox.port), _message("jürgen@bücher.example")).permanent
    assert postbox.mails == []


@pytest.mark.parametrize(
    ("reply", "seconds"), [("553 5.7.1 not your address", smtp.OPERATOR_RETRY_SECONDS), ("451 not now", 0)]
)
def test_a_sender_that_is_refused_holds_back_every_mail(postbox: Postbox, reply: str, seconds: float) -> None:
    """It is the operator's setting, and every mail would end the same."""
    postbox.replies["MAIL"] = reply
    error = _unavailable(_server(postbox.port))
    assert "takes no mail from FROM_EMAIL" in str(error)
    assert error.retry_seconds == seconds


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://chat.example.com", "chat.example.com"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_name_for_the_greeting_is_the_host_of_the_base_url(base_url: str, name: str) -> None:
    assert smtp.local_hostname(base_url) == name


def test_the_server_introduces_itself_by_that_name(postbox: Postbox) -> None:
    smtp.send(_message(), MailServer(LOOPBACK, postbox.port, local_hostname="chat.example.com"))
    assert postbox.names == ["chat.example.com"]


@pytest.mark.parametrize(("port", "implicit_tls"), [(smtplib.SMTP_SSL_PORT, True), (587, False)])
def test_the_mail_server_is_that_of_the_settings(tmp_path: Path, port: int, implicit_tls: bool) -> None:
    chosen = config.load(
        tmp_path,
        {
            "SECRET_KEY": SECRET_KEY,
            "SMTP_HOST": "mail.example.com",
            "SMTP_PORT": port,
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "FROM_EMAIL": "docs@example.com",
            "BASE_URL": "https://chat.example.com",
        },
    )
    wanted = MailServer("mail.example.com", port, USER, PASSWORD, "chat.example.com", implicit_tls)
    assert MailServer.configured(chosen) == wanted


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("implicit_tls", [False, True])
def test_mail_and_password_go_over_tls(certificate: ssl.SSLContext, implicit_tls: bool) -> None:
    with _open(Postbox(USER, PASSWORD, certificate, tls_at_once=implicit_tls)) as box:
        smtp.send(_message(), _with_login(box.port, implicit_tls))
    assert box.encrypted == [True]
    assert box.logins == [(USER, PASSWORD)]


@pytest.mark.parametrize("implicit_tls", [False, True])
@pytest.mark.parametrize("make", [_server, _with_login])
def test_a_certificate_that_cannot_be_trusted_is_refused(
    certificate: ssl.SSLContext, make: Callable[..., MailServer], implicit_tls: bool
) -> None:
    with _open(Postbox(certificate=certificate, tls_at_once=implicit_tls)) as box:
        error = _unavailable(make(box.port, implicit_tls=implicit_tls))
    assert "certificate that cannot be trusted" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_RETRY_SECONDS
    assert (box.mails, box.logins) == ([], [])


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.com").configure_cert(context)
    with _open(Postbox(certificate=context)) as box:
        assert "certificate that cannot be trusted" in str(_unavailable(_server(box.port)))
    assert box.mails == []


def test_a_password_is_never_sent_without_tls() -> None:
    with _open(Postbox(USER, PASSWORD)) as box:
        error = _unavailable(_with_login(box.port))
    assert "offers no TLS, so SMTP_PASSWORD is not sent" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_RETRY_SECONDS
    assert box.logins == []


@pytest.mark.usefixtures("trusted")
def test_a_password_that_is_refused_is_said_and_tried_seldom(certificate: ssl.SSLContext) -> None:
    with _open(Postbox(USER, "another", certificate)) as box:
        error = _unavailable(_with_login(box.port))
    assert "refuses SMTP_USER with SMTP_PASSWORD (535 5.7.8). Correct them" in str(error)
    assert error.retry_seconds == smtp.OPERATOR_RETRY_SECONDS
    assert PASSWORD not in str(error)


@pytest.mark.usefixtures("trusted")
def test_a_server_without_a_log_in_is_said(certificate: ssl.SSLContext) -> None:
    with _open(Postbox(certificate=certificate)) as box:
        assert "offers no log-in" in str(_unavailable(_with_login(box.port)))
    assert box.mails == []


def test_a_server_that_asks_for_a_password_that_is_not_set_is_said() -> None:
    with _open(Postbox(USER, PASSWORD)) as box:
        assert "set SMTP_USER" in str(_unavailable(_server(box.port)))


def test_a_server_that_is_busy_is_asked_again() -> None:
    with _raw_server(lambda connection: connection.sendall(b"421 4.3.2 too busy\r\n")) as port:
        error = _unavailable(_server(port))
    assert "takes no mail now (421 4.3.2)" in str(error)
    assert error.retry_seconds == 0


def test_a_server_that_speaks_something_else_is_said() -> None:
    with _raw_server(lambda connection: connection.sendall(b"220 no TLS here\r\n")) as port:
        assert "speaks no TLS that can be used" in str(_unavailable(_server(port, implicit_tls=True)))
