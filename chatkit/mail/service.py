"""Mail is queued in the transaction of its cause and delivered later, over real SMTP."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy import delete, insert, select, update

from chatkit.config import settings
from chatkit.extensions import changed, db, utcnow
from chatkit.mail.models import OutboxMessage

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
SMTP_TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=10)
KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Mail:
    """What a template makes: the same words as text and as a page.

    ``link`` is what the operator is shown when no mail leaves.
    """

    subject: str
    text: str
    html: str
    link: str


Template = Callable[[Mapping[str, Any]], Mail | None]


def register(app: Flask, name: str, template: Template) -> None:
    """Make ``template`` known to an application.

    A template is called when the mail is sent or shown, so that what it makes is fresh. It returns
    None when there is nothing left to say, and commits what it stores.
    """
    app.extensions.setdefault("chatkit_mail", {})[name] = template


def queue(recipient: str, template: str, context: Mapping[str, Any]) -> None:
    """Queue a mail in the caller's transaction; the caller commits."""
    now = utcnow()
    message = {"recipient": recipient, "template": template, "context": dict(context), "created_at": now, "due_at": now}
    db.session.execute(insert(OutboxMessage), message)


def deliver_due() -> int:
    """Send what is due; return how many left. Without SMTP_HOST, or in test mode, none does."""
    if settings().smtp_host is None or settings().test_mode:
        return 0
    sent = 0
    while (message := _lease()) is not None:
        sent += _deliver(message)
    return sent


def show_waiting() -> list[tuple[OutboxMessage, Mail]]:
    """Return the waiting messages, each with a mail made now; its link replaces earlier ones."""
    waiting = select(OutboxMessage).where(OutboxMessage.state == "waiting").order_by(OutboxMessage.id)
    messages = db.session.scalars(waiting).all()
    latest = {(message.recipient, message.template): message for message in messages}
    made = [(message, _make(message)) for message in latest.values()]
    return [(message, mail) for message, mail in made if mail is not None]


def export(recipient: str) -> list[dict[str, object]]:
    """Return what the outbox holds for an address."""
    rows = select(OutboxMessage).where(OutboxMessage.recipient == recipient).order_by(OutboxMessage.id)
    return [
        {"template": row.template, "state": row.state, "created_at": row.created_at, "sent_at": row.sent_at}
        for row in db.session.scalars(rows)
    ]


def forget(recipient: str) -> None:
    """Delete every message to an address; the caller commits."""
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.recipient == recipient))


def forget_domain(domain: str) -> None:
    """Delete every message to the addresses that end with ``domain``; the caller commits."""
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.recipient.endswith(domain)))


def prune(limit: int) -> int:
    """Delete up to ``limit`` messages older than a day; return how many. The caller commits.

    What still waits after a day is of no use: the person has long asked again.
    """
    old = select(OutboxMessage.id).where(OutboxMessage.created_at < utcnow() - KEPT).limit(limit)
    return changed(db.session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(old))))


def _lease() -> OutboxMessage | None:
    """Claim one due message for two minutes, so that several deliverers never send it twice."""
    now = utcnow()
    due = select(OutboxMessage.id).where(OutboxMessage.state == "waiting", OutboxMessage.due_at <= now)
    for message_id in db.session.scalars(due.order_by(OutboxMessage.due_at).limit(10)).all():
        claim = update(OutboxMessage).where(
            OutboxMessage.id == message_id, OutboxMessage.state == "waiting", OutboxMessage.due_at <= now
        )
        claim = claim.values(due_at=now + LEASE, attempts=OutboxMessage.attempts + 1)
        claimed = changed(db.session.execute(claim, execution_options={"synchronize_session": False}))
        db.session.commit()
        if claimed:
            return db.session.get(OutboxMessage, message_id, populate_existing=True)
    return None


def _deliver(message: OutboxMessage) -> bool:
    mail = _make(message)
    try:
        if mail is not None:
            _send(message.recipient, mail)
    except (OSError, smtplib.SMTPException) as error:
        dead = message.attempts >= MAX_ATTEMPTS
        message.state = "dead" if dead else "waiting"
        message.due_at = utcnow() + FIRST_RETRY * 2 ** (message.attempts - 1)
        # The server's words may quote the address; the kind of failure is enough.
        message.last_error = type(error).__name__
        db.session.commit()
        log.warning("mail_failed", outbox_id=message.id, attempts=message.attempts, dead=dead, error=message.last_error)
        return False
    message.state, message.sent_at = "sent", utcnow()
    db.session.commit()
    return mail is not None


def _make(message: OutboxMessage) -> Mail | None:
    template: Template = current_app.extensions["chatkit_mail"][message.template]
    return template(message.context)


def _send(recipient: str, mail: Mail) -> None:
    chosen = settings()
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = mail.subject, chosen.from_email, recipient
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    tls = ssl.create_default_context()
    host = chosen.smtp_host or ""
    if chosen.smtp_port == smtplib.SMTP_SSL_PORT:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, chosen.smtp_port, timeout=SMTP_TIMEOUT_SECONDS, context=tls)
    else:
        smtp = smtplib.SMTP(host, chosen.smtp_port, timeout=SMTP_TIMEOUT_SECONDS)
    with smtp:
        smtp.ehlo()
        if chosen.smtp_port != smtplib.SMTP_SSL_PORT and smtp.has_extn("starttls"):
            smtp.starttls(context=tls)
        if chosen.smtp_user:
            smtp.login(chosen.smtp_user, chosen.smtp_password or "")
        smtp.send_message(message)
