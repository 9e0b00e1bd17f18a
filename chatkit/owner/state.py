"""How the server stands, and the act beside each part of it: what `flask limits`, `mail`, `content` and `backup` do.

Each act commits, together with its line in the audit log, whose actor is the address of the owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.backup import schedule as backups
from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.errors import ContentError, Invalid, NotFound, duration_text
from chatkit.ingest import inventory
from chatkit.ingest import schedule as indexing
from chatkit.ingest.inventory import SourceStatus
from chatkit.mail import service as outbox
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit import bans, limiter, targets
from chatkit.ratelimit.models import Ban
from chatkit.ratelimit.policies import POLICIES
from chatkit.search import embedding
from chatkit.search.embedding import EmbeddingStatus
from chatkit.web import read_only

# How often a source may be indexed again, by the hours that a form sends; none for only when it is asked for.
INTERVALS = {
    "0": "only when asked for",
    "1": "every hour",
    "6": "every 6 hours",
    "24": "every day",
    "168": "every week",
}
# How long somebody may be shut out, in hours; none for ever.
BAN_TIMES = {"1": "an hour", "24": "a day", "168": "a week", "720": "30 days", "0": "for ever"}
# How many mails that were given up and how many bans are listed; how many there are is said beside them.
MOST_LISTED = 100


@dataclass(frozen=True)
class Limit:
    """A limit of the policy table."""

    action: str
    scope: str
    limit: int
    window: str
    setting: str


@dataclass(frozen=True)
class Backup:
    """How often a backup is due, when the newest was made, and whether it is late."""

    hours: int
    newest: datetime | None
    is_late: bool


@dataclass(frozen=True)
class State:
    """What there is to see; ``backup`` is None where the server makes none by the clock."""

    sources: Sequence[SourceStatus]
    vectors: EmbeddingStatus | None
    sends_mail: bool
    waiting_mails: int
    oldest_waiting: datetime | None
    given_up: int
    dead_mails: Sequence[OutboxMessage]
    shut_out: int
    bans: Sequence[Ban]
    limits: Sequence[Limit]
    backup: Backup | None
    read_only_since: datetime | None
    stores_transcripts: bool


def state() -> State:
    """Return how the server stands."""
    chosen = settings()
    waiting = select(func.count(), func.min(OutboxMessage.created_at)).where(OutboxMessage.state == "waiting")
    waiting_mails, oldest = db.session.execute(waiting).one()
    dead = select(func.count()).where(OutboxMessage.state == "dead")
    return State(
        inventory.status(),
        embedding.status(),
        chosen.smtp_host is not None and not chosen.test_mode,
        waiting_mails,
        oldest,
        db.session.scalar(dead) or 0,
        outbox.list_dead(MOST_LISTED),
        bans.count_bans(),
        bans.list_bans(MOST_LISTED),
        [
            Limit(each.action, each.scope, each.limit(chosen), duration_text(each.window(chosen)), each.setting)
            for each in POLICIES
            if each.scope != "network"
        ],
        _backup(),
        read_only.since(),
        chosen.store_transcripts,
    )


def requeue(message_id: int | None, actor: str) -> None:
    """Let a mail that was given up, or all of them for None, be tried anew."""
    number = outbox.requeue(None if message_id is None else [message_id])
    if not number:
        raise NotFound("No such mail was given up, or it was tried again meanwhile.")
    audit.record(AuditAction.MAIL_REQUEUED, "outbox", actor=actor, count=number)
    db.session.commit()


def reindex(name: str, actor: str) -> None:
    """Have a source, or all of them for no name, indexed again as soon as can be."""
    sources = _sources(name)
    audit.record(AuditAction.REINDEX_REQUESTED, name[:200] or "all", actor=actor, sources=len(sources))
    indexing.request(sources)


def repeat(name: str, hours: int, actor: str) -> None:
    """Have a source indexed again every so many hours; 0 for only when it is asked for."""
    sources = _sources(name)
    audit.record(AuditAction.INDEX_SCHEDULED, name[:200], actor=actor, hours=hours)
    indexing.repeat(sources, timedelta(hours=hours) if hours else None)


def ban(who: str, hours: int, actor: str) -> None:
    """Shut a network or the account of an e-mail address out, for so many hours; 0 for ever."""
    try:
        whom = targets.find_network_or_account(who)
        row = bans.ban(whom, timedelta(hours=hours) if hours else None)
    except ValueError as error:
        raise Invalid({"who": [str(error)]}) from None
    except (IntegrityError, DataError):
        db.session.rollback()
        raise Invalid({"who": [f"No account has the number of {who}."]}) from None
    seconds = hours * 3600 or None
    audit.record(AuditAction.BANNED, f"ban {row.id}", actor=actor, account_id=row.account_id, seconds=seconds)
    db.session.commit()
    bans.forget()


def lift(ban_id: int, actor: str) -> None:
    """Let in again whom a ban shuts out."""
    row = db.session.get(Ban, ban_id)
    if row is None:
        raise NotFound("This ban has ended, or was lifted already.")
    audit.record(AuditAction.UNBANNED, f"ban {row.id}", actor=actor, account_id=row.account_id)
    db.session.delete(row)
    db.session.commit()
    bans.forget()


def reset(key: str, actor: str) -> int:
    """Forget what is counted under an address, a session or a key, so that its limits begin again; return how many."""
    try:
        gone = limiter.clear(targets.find_identifiers(key))
    except ValueError as error:
        raise Invalid({"key": [str(error)]}) from None
    audit.record(AuditAction.LIMITS_RESET, "windows", actor=actor, count=gone)
    db.session.commit()
    return gone


def _sources(name: str) -> list[indexing.KnownSource]:
    try:
        return indexing.find_sources([name] if name else [])
    except ContentError as error:
        raise Invalid({"source": [str(error)]}) from None


def _backup() -> Backup | None:
    chosen = settings()
    if chosen.backup_folder is None:
        return None
    newest = backups.newest(Path(chosen.backup_folder))
    # One more hour, which it may take to be made.
    due = timedelta(hours=chosen.backup_hours + 1)
    return Backup(chosen.backup_hours, newest, newest is None or utcnow() - newest > due)
