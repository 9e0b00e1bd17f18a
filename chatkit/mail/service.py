"""Mail is queued in the transaction of its cause and delivered later, over real SMTP."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from chatkit.config import settings
from chatkit.database.orm import database_now, db, row_count
from chatkit.errors import RetryLater
from chatkit.mail import smtp
from chatkit.mail.models import OutboxMessage
from chatkit.mail.smtp import MailServer

log = structlog.get_logger()

# Longer than a mail may take to be sent.
CLAIM_DURATION = timedelta(minutes=2)
# The waits between tries double; with ten tries they are an hour and a half together.
INITIAL_BACKOFF = timedelta(seconds=10)
MAX_ATTEMPTS = 10
MARK_SENT_RETRY_SECONDS = 1.0
MESSAGE_RETENTION = timedelta(hours=24)


@dataclass(frozen=True)
class RenderedMail:
    """What a template makes: the same words as text and as a page.

    ``link`` and ``code``, which not every mail has, are what the operator is shown when no mail leaves.
    """

    subject: str
    text: str
    html: str
    link: str
    code: str | None = None


Template = Callable[[Mapping[str, Any]], RenderedMail | None]


def register_template(app: Flask, name: str, template: Template) -> None:
    """Make ``template`` known to an application.

    A template is called when the mail is sent or shown, so that what it makes is fresh. It returns
    None when there is nothing left to say, and commits what it stores.
    """
    app.extensions.setdefault("chatkit_mail", {})[name] = template


def queue(recipient: str, template: str, context: Mapping[str, Any]) -> None:
    """Queue a mail in the caller's transaction; the caller commits."""
    now = database_now()
    values = {"recipient": recipient, "template": template, "context": dict(context), "created_at": now, "due_at": now}
    db.session.execute(insert(OutboxMessage).values(values))


def deliver_due() -> int:
    """Send what is due; return how many left. Without SMTP_HOST, or in test mode, none does.

    Raises ``RetryLater`` when the mail server cannot be used.
    """
    sent = 0
    while (left := deliver_next()) is not None:
        sent += left
    return sent


def deliver_next() -> bool | None:
    """Send the mail that has been due for longest; tell whether it left, None when none is due. Commits.

    A mail that the server refuses is tried again later, or set aside when it is refused for good or
    too often. Raises ``RetryLater`` when the server cannot be used; the mail then stays as it was.
    """
    if settings().smtp_host is None or settings().test_mode:
        return None
    message = claim_next()
    if message is None:
        return None
    try:
        if message.attempts > MAX_ATTEMPTS:
            raise smtp.MailRejected("The process ended at each try.", permanent=True)
        mail = _render(message)
        if mail is not None:
            smtp.send(_build_message(message.recipient, mail), MailServer.configured(settings()))
    except RetryLater as error:
        _update_claimed(message, attempts=message.attempts - 1, due_at=database_now(), last_error=str(error))
        raise
    except smtp.MailRejected as rejection:
        _reschedule(message, str(rejection), rejection.permanent)
        return False
    except Exception as error:
        db.session.rollback()
        log.error("mail_not_made", outbox_id=message.id, exc_info=error)
        _reschedule(message, f"The mail could not be made ({type(error).__name__}).", permanent=False)
        return False
    _mark_sent(message)
    return mail is not None


def render_waiting() -> list[tuple[OutboxMessage, RenderedMail]]:
    """Return the waiting messages, each with a mail made now; its link replaces earlier ones."""
    waiting = select(OutboxMessage).where(OutboxMessage.state == "waiting").order_by(OutboxMessage.id)
    messages = db.session.scalars(waiting).all()
    latest = {(message.recipient, message.template): message for message in messages}
    made = [(message, _render(message)) for message in latest.values()]
    return [(message, mail) for message, mail in made if mail is not None]


def list_dead(limit: int | None = None) -> list[OutboxMessage]:
    """Return the messages that were given up, oldest first, up to ``limit`` of them."""
    given_up = select(OutboxMessage).where(OutboxMessage.state == "dead").order_by(OutboxMessage.id).limit(limit)
    return list(db.session.scalars(given_up))


def requeue(message_ids: Collection[int] | None) -> int:
    """Let messages that were given up be tried anew, all of them for None; return how many. Commits."""
    again = update(OutboxMessage).where(OutboxMessage.state == "dead")
    if message_ids is not None:
        again = again.where(OutboxMessage.id.in_(message_ids))
    number = row_count(db.session.execute(again.values(state="waiting", attempts=0, due_at=database_now())))
    db.session.commit()
    return number


def export(recipient: str) -> list[dict[str, object]]:
    """Return what the outbox holds for an address."""
    rows = select(OutboxMessage).where(OutboxMessage.recipient == recipient).order_by(OutboxMessage.id)
    return [
        {"template": row.template, "state": row.state, "created_at": row.created_at, "sent_at": row.sent_at}
        for row in db.session.scalars(rows)
    ]


def erase(recipient: str) -> None:
    """Delete every message to an address; the caller commits."""
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.recipient == recipient))


def erase_domain(domain: str) -> None:
    """Delete every message to the addresses that end with ``domain``; the caller commits."""
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.recipient.endswith(domain)))


def prune(limit: int) -> int:
    """Delete up to ``limit`` messages older than a day; return how many. The caller commits.

    What still waits after a day is of no use: the person has long asked again.
    """
    old = select(OutboxMessage.id).where(OutboxMessage.created_at < database_now() - MESSAGE_RETENTION).limit(limit)
    return row_count(db.session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(old))))


def claim_next() -> OutboxMessage | None:
    """Claim one due message for two minutes, so that several deliverers never send it twice.

    A mail of yesterday, such as a restored backup may hold, is not sent any more. A clock that was
    set back must not hold one up: none waits longer than the longest wait.
    """
    now, longest = database_now(), INITIAL_BACKOFF * 2**MAX_ATTEMPTS
    is_due = (
        OutboxMessage.state == "waiting",
        or_(OutboxMessage.due_at <= now, OutboxMessage.due_at > now + longest),
        OutboxMessage.created_at > now - MESSAGE_RETENTION,
    )
    candidates = select(OutboxMessage.id).where(*is_due).order_by(OutboxMessage.due_at).limit(10)
    for message_id in db.session.scalars(candidates).all():
        claim = update(OutboxMessage).where(OutboxMessage.id == message_id, *is_due)
        claim = claim.values(due_at=now + CLAIM_DURATION, attempts=OutboxMessage.attempts + 1)
        claimed = row_count(db.session.execute(claim, execution_options={"synchronize_session": False}))
        db.session.commit()
        if claimed:
            return db.session.get(OutboxMessage, message_id, populate_existing=True)
    return None


def _mark_sent(message: OutboxMessage) -> None:
    """Mark a mail as sent, however long the database is away: unmarked it would be sent again."""
    while True:
        try:
            _update_claimed(message, state="sent", sent_at=database_now(), last_error="")
            return
        except OperationalError as error:
            db.session.rollback()
            log.warning("mail_not_marked", outbox_id=message.id, error=type(error).__name__)
            time.sleep(MARK_SENT_RETRY_SECONDS)


def _reschedule(message: OutboxMessage, reason: str, permanent: bool) -> None:
    given_up = permanent or message.attempts >= MAX_ATTEMPTS
    wait = INITIAL_BACKOFF * 2 ** (message.attempts - 1)
    _update_claimed(message, state="dead" if given_up else "waiting", due_at=database_now() + wait, last_error=reason)
    log.warning("mail_failed", outbox_id=message.id, attempts=message.attempts, given_up=given_up, reason=reason)


def _update_claimed(message: OutboxMessage, **values: object) -> None:
    """Change a claimed message; one that was sent meanwhile, by whoever claimed it too late, stays sent."""
    mine = update(OutboxMessage).where(OutboxMessage.id == message.id, OutboxMessage.state == "waiting")
    db.session.execute(mine.values(values), execution_options={"synchronize_session": False})
    db.session.commit()


def _render(message: OutboxMessage) -> RenderedMail | None:
    template: Template = current_app.extensions["chatkit_mail"][message.template]
    return template(message.context)


def _build_message(recipient: str, mail: RenderedMail) -> EmailMessage:
    message = EmailMessage()
    sender = settings().from_email or ""
    message["Subject"], message["From"], message["To"] = mail.subject, sender, recipient
    message["Date"], message["Message-ID"] = localtime(), make_msgid(domain=sender.rpartition("@")[2])
    # Nobody's machine that is on holiday need answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
