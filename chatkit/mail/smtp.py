"""One mail over SMTP: no password without TLS, an end to all waiting, and what a failure means."""

import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from chatkit.config import Settings
from chatkit.errors import ChatKitError, RetryLater

# What only the operator can put right is tried seldom: many mail servers lock a user who fails too often.
OPERATOR_RETRY_SECONDS = 300.0
# A reply's more exact code, such as 5.7.1 (RFC 3463).
ENHANCED_STATUS_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class Timeouts:
    """How long a mail server may take, in seconds.

    ``command`` is how long it may be silent after a command, and ``data`` after a mail, which many servers examine
    before they accept it. ``total`` ends everything, whatever the server does; a deliverer's claim to a message lasts
    longer.
    """

    command: float = 10.0
    data: float = 60.0
    total: float = 100.0


@dataclass(frozen=True)
class MailServer:
    """The mail server to hand mails to, and the name this server introduces itself by."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    local_hostname: str = "localhost"
    implicit_tls: bool = False
    timeouts: Timeouts = Timeouts()

    @classmethod
    def configured(cls, chosen: Settings) -> "MailServer":
        """Return the mail server of the settings; on port 465 it speaks TLS from the start."""
        return cls(
            host=chosen.smtp_host or "",
            port=chosen.smtp_port,
            user=chosen.smtp_user,
            password=chosen.smtp_password,
            local_hostname=local_hostname(chosen.base_url),
            implicit_tls=chosen.smtp_port == smtplib.SMTP_SSL_PORT,
        )

    def __str__(self) -> str:
        return f"The mail server {self.host}:{self.port}"


class MailRejected(ChatKitError):
    """The mail server works, but did not accept this mail; ``permanent`` when it never will."""

    def __init__(self, reason: str, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


def send(message: EmailMessage, server: MailServer) -> None:
    """Hand a mail to a mail server; returns when the server has accepted it.

    Raises ``RetryLater`` when the server cannot be used, whatever the mail, else ``MailRejected``.
    Neither repeats the server's words, which may quote the address.
    """
    try:
        connection = _connect(server)
    except OSError as error:
        raise _unavailable(server, error) from error
    with closing(connection):
        try:
            _start_tls_and_log_in(connection, server)
        except OSError as error:
            raise _unavailable(server, error) from error
        _transmit(connection, message)


def check(server: MailServer) -> None:
    """Connect, turn to TLS and log in as a mail would, and send none; raises ``RetryLater``."""
    try:
        with closing(_connect(server)) as connection:
            _start_tls_and_log_in(connection, server)
    except OSError as error:
        raise _unavailable(server, error) from error


def local_hostname(base_url: str) -> str:
    """Return the name for EHLO, an address in brackets; smtplib would ask a name server, and might wait for long."""
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.implicit_tls:
        return _ImplicitTlsConnection(server, context=ssl.create_default_context())
    return _PlainConnection(server)


def _start_tls_and_log_in(connection: smtplib.SMTP, server: MailServer) -> None:
    """Turn to TLS whenever the server can, and log in, which is never done without."""
    connection.ehlo()
    if isinstance(connection, _PlainConnection):
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        elif server.user:
            remedy = "Use a port of it that has TLS, 587 or 465; without a password, leave SMTP_USER empty."
            reason = f"{server} offers no TLS, so SMTP_PASSWORD is not sent. {remedy}"
            raise RetryLater(reason, OPERATOR_RETRY_SECONDS)
    if server.user:
        connection.login(server.user, server.password or "")


def _transmit(connection: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        connection.send_message(message)
    except smtplib.SMTPSenderRefused as error:
        reason = f"The mail server takes no mail from FROM_EMAIL ({_reply_code(error.smtp_code, error.smtp_error)})."
        remedy = "Use a sender that SMTP_USER may use, or set SMTP_USER."
        seconds = OPERATOR_RETRY_SECONDS if _is_permanent(error.smtp_code) else 0
        raise RetryLater(f"{reason} {remedy}", seconds) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _rejected("the recipient", *next(iter(error.recipients.values()))) from error
    except smtplib.SMTPDataError as error:
        raise _rejected("the mail", error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        raise MailRejected("This mail server cannot write to such an address.", permanent=True) from error
    except OSError as error:
        raise MailRejected("The connection ended before the mail server took the mail.", permanent=False) from error
    # The mail is accepted. Waiting for an answer to this could only make it seem otherwise.
    with suppress(OSError):
        connection.putcmd("quit")


class _Connection(smtplib.SMTP):
    """A connection that is cut when its total time is up: a socket's own timeout starts anew with every byte."""

    def __init__(self, server: MailServer, **options: Any) -> None:
        self._timeouts = server.timeouts
        super().__init__(server.host, server.port, server.local_hostname, timeout=server.timeouts.command, **options)

    def connect(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        self._watchdog = threading.Timer(self._timeouts.total, self._shut_down)
        self._watchdog.daemon = True
        self._watchdog.start()
        try:
            return super().connect(*args, **options)
        except BaseException:
            self.close()
            raise

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(self._timeouts.data)
        return super().data(msg)

    def close(self) -> None:
        self._watchdog.cancel()
        super().close()

    def _shut_down(self) -> None:
        # Below TLS, which would otherwise go on without. A socket that ended by itself cannot be shut down.
        with suppress(OSError):
            if self.sock is not None:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _PlainConnection(_Connection):
    """A connection that may turn to TLS by STARTTLS."""


class _ImplicitTlsConnection(_Connection, smtplib.SMTP_SSL):
    """A connection with TLS from the start."""


def _unavailable(server: MailServer, error: OSError) -> RetryLater:
    """Say why the server cannot be used, and what to do when that is the operator's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"{server} has a certificate that cannot be trusted: {error.verify_message}."
        remedy = "Write SMTP_HOST as the certificate names the server, or give it one of a known authority."
    elif isinstance(error, ssl.SSLError):
        reason = f"{server} speaks no TLS that can be used: {error.reason}."
        remedy = "Port 465 speaks TLS from the start, other ports after STARTTLS."
    elif isinstance(error, smtplib.SMTPAuthenticationError) and _is_permanent(error.smtp_code):
        reason = f"{server} refuses SMTP_USER with SMTP_PASSWORD ({_reply_code(error.smtp_code, error.smtp_error)})."
        remedy = "Correct them and start the server again."
    elif isinstance(error, smtplib.SMTPResponseException):
        return RetryLater(f"{server} takes no mail now ({_reply_code(error.smtp_code, error.smtp_error)}).")
    elif isinstance(error, (TimeoutError, smtplib.SMTPServerDisconnected)):
        return RetryLater(f"{server} does not answer, or not in time.")
    elif isinstance(error, smtplib.SMTPException):
        reason = f"{server} offers no log-in that ChatKit knows."
        remedy = "Use another port of it; without a password, leave SMTP_USER empty."
    else:
        return RetryLater(f"{server} cannot be reached: {error.strerror or type(error).__name__}.")
    return RetryLater(f"{reason} {remedy}", OPERATOR_RETRY_SECONDS)


def _rejected(what: str, code: int, words: bytes | str) -> MailRejected:
    permanent = _is_permanent(code)
    until = "for good" if permanent else "for now"
    return MailRejected(f"The mail server refused {what} {until} ({_reply_code(code, words)}).", permanent)


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600


def _reply_code(code: int, words: bytes | str) -> str:
    """Return a reply's code with its enhanced status code, and nothing else of the server's words."""
    enhanced = ENHANCED_STATUS_CODE.match(words.encode() if isinstance(words, str) else words)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)
