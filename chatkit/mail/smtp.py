"""One mail over SMTP: no password without TLS, an end to all waiting, and what a failure means."""

import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from chatkit.config import Settings, settings
from chatkit.errors import ChatKitError, RetryLater

# Silence after a command; a server may take longer to examine a mail before it says that it took it.
STEP_SECONDS = 10.0
EXAMINING_SECONDS = 60.0
# All together, whatever the server does. A deliverer's claim to a message lasts longer.
TOTAL_SECONDS = 100.0
# What only the operator can put right is tried seldom: many mail servers lock a user who fails too often.
OPERATOR_SECONDS = 300.0
ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}")


class Refused(ChatKitError):
    """The mail server works, but did not take this mail; ``permanent`` when it never will."""

    def __init__(self, reason: str, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


def send(message: EmailMessage) -> None:
    """Hand a mail to the mail server; returns when that has taken it.

    Raises ``RetryLater`` when the server cannot be used, whatever the mail, else ``Refused``. Neither
    repeats the server's words, which may quote the address.
    """
    chosen = settings()
    try:
        connection = _open(chosen)
    except OSError as error:
        raise _unusable(chosen, error) from error
    with closing(connection):
        try:
            _introduce(connection, chosen)
        except OSError as error:
            raise _unusable(chosen, error) from error
        _hand_over(connection, message)


def _open(chosen: Settings) -> smtplib.SMTP:
    host, port, own = chosen.smtp_host or "", chosen.smtp_port, _own_name(chosen)
    if port == smtplib.SMTP_SSL_PORT:
        return _TlsConnection(host, port, own, timeout=STEP_SECONDS, context=ssl.create_default_context())
    return _Connection(host, port, own, timeout=STEP_SECONDS)


def _own_name(chosen: Settings) -> str:
    """Return how this server introduces itself; smtplib would ask a name server, and might wait for long."""
    host = urlsplit(chosen.base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"


def _introduce(connection: smtplib.SMTP, chosen: Settings) -> None:
    """Turn to TLS whenever the server can, and log in, which is never done without."""
    connection.ehlo()
    if isinstance(connection, _Connection):
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        elif chosen.smtp_user:
            remedy = "Use a port of it that has TLS, 587 or 465; without a password, leave SMTP_USER empty."
            raise RetryLater(f"{_name(chosen)} offers no TLS, so SMTP_PASSWORD is not sent. {remedy}", OPERATOR_SECONDS)
    if chosen.smtp_user:
        connection.login(chosen.smtp_user, chosen.smtp_password or "")


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        connection.send_message(message)
    except smtplib.SMTPSenderRefused as error:
        reason = f"The mail server takes no mail from FROM_EMAIL ({_code(error.smtp_code, error.smtp_error)})."
        remedy = "Use a sender that SMTP_USER may use, or set SMTP_USER."
        raise RetryLater(f"{reason} {remedy}", OPERATOR_SECONDS if _is_permanent(error.smtp_code) else 0) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused("the recipient", *next(iter(error.recipients.values()))) from error
    except smtplib.SMTPDataError as error:
        raise _refused("the mail", error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        raise Refused("This mail server cannot write to such an address.", permanent=True) from error
    except OSError as error:
        raise Refused("The connection ended before the mail server took the mail.", permanent=False) from error
    # The mail is taken. Waiting for an answer to this could only make it seem otherwise.
    with suppress(OSError):
        connection.putcmd("quit")


class _Limited(smtplib.SMTP):
    """A connection that is cut when its time is up: a socket's own timeout starts anew with every byte."""

    def connect(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        self._cutter = threading.Timer(TOTAL_SECONDS, self._cut)
        self._cutter.daemon = True
        self._cutter.start()
        try:
            return super().connect(*args, **options)
        except BaseException:
            self.close()
            raise

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(EXAMINING_SECONDS)
        return super().data(msg)

    def close(self) -> None:
        self._cutter.cancel()
        super().close()

    def _cut(self) -> None:
        # Below TLS, which would otherwise go on without. A socket that ended by itself cannot be cut.
        with suppress(OSError):
            if self.sock is not None:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _Connection(_Limited):
    """A connection that may turn to TLS by STARTTLS."""


class _TlsConnection(_Limited, smtplib.SMTP_SSL):
    """A connection with TLS from the start."""


def _unusable(chosen: Settings, error: OSError) -> RetryLater:
    """Say why the server cannot be used, and what to do when that is the operator's."""
    name = _name(chosen)
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"{name} has a certificate that cannot be trusted: {error.verify_message}."
        remedy = "Write SMTP_HOST as the certificate names the server, or give it one of a known authority."
    elif isinstance(error, ssl.SSLError):
        what = f"{name} speaks no TLS that can be used: {error.reason}."
        remedy = "Port 465 speaks TLS from the start, other ports after STARTTLS."
    elif isinstance(error, smtplib.SMTPAuthenticationError) and _is_permanent(error.smtp_code):
        what = f"{name} refuses SMTP_USER with SMTP_PASSWORD ({_code(error.smtp_code, error.smtp_error)})."
        remedy = "Correct them and start the server again."
    elif isinstance(error, smtplib.SMTPResponseException):
        return RetryLater(f"{name} takes no mail now ({_code(error.smtp_code, error.smtp_error)}).")
    elif isinstance(error, (TimeoutError, smtplib.SMTPServerDisconnected)):
        return RetryLater(f"{name} does not answer, or not in time.")
    elif isinstance(error, smtplib.SMTPException):
        what = f"{name} offers no log-in that ChatKit knows."
        remedy = "Use another port of it; without a password, leave SMTP_USER empty."
    else:
        return RetryLater(f"{name} cannot be reached: {error.strerror or type(error).__name__}.")
    return RetryLater(f"{what} {remedy}", OPERATOR_SECONDS)


def _name(chosen: Settings) -> str:
    return f"The mail server {chosen.smtp_host}:{chosen.smtp_port}"


def _refused(what: str, code: int, words: bytes | str) -> Refused:
    permanent = _is_permanent(code)
    until = "for good" if permanent else "for now"
    return Refused(f"The mail server refused {what} {until} ({_code(code, words)}).", permanent)


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600


def _code(code: int, words: bytes | str) -> str:
    """Return a reply's code with its more exact one, and nothing else of the server's words."""
    exact = ENHANCED_CODE.match(words.encode() if isinstance(words, str) else words)
    return f"{code} {exact[0].decode()}" if exact else str(code)
