"""Records acts, in the transaction of what was done; lists them, and forgets them after a year.

audit.record(AuditAction.ACCOUNT_TIER, "account", account_id=5, tier="full")
db.session.commit()
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import click
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from chatkit import config
from chatkit.audit.models import AuditEntry
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages
from chatkit.database.orm import database_now, db, row_count, utcnow

AUDIT_RETENTION = timedelta(days=365)
SERVER = "server"
# How many entries are read at once: the list is as long as a year.
PAGE = 500


class AuditAction(StrEnum):
    """Every act that the audit log knows; docs/operations.md explains each."""

    ACCOUNT_TIER = "account_tier"
    ACCOUNT_EXPORTED = "account_exported"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    SESSIONS_ENDED = "sessions_ended"
    BANNED = "banned"
    UNBANNED = "unbanned"
    LIMITS_RESET = "limits_reset"
    READ_ONLY_ON = "read_only_on"
    READ_ONLY_OFF = "read_only_off"
    BACKUP_MADE = "backup_made"
    DATABASE_RESTORED = "database_restored"
    DATABASE_MOVED = "database_moved"
    PRUNED = "pruned"
    TEST_USERS_ADDED = "test_users_added"
    TEST_USERS_REMOVED = "test_users_removed"
    MAIL_LINKS_SHOWN = "mail_links_shown"
    MAIL_REQUEUED = "mail_requeued"
    REINDEX_REQUESTED = "reindex_requested"
    PAGES_REMOVED = "pages_removed"
    OWNER_LINK_SHOWN = "owner_link_shown"
    OWNER_SIGNED_IN = "owner_signed_in"
    OWNER_SIGNED_OUT = "owner_signed_out"
    INDEX_SCHEDULED = "index_scheduled"
    CONVERSATIONS_EXPORTED = "conversations_exported"
    RECOMMENDATION_PINNED = "recommendation_pinned"
    RECOMMENDATION_EXCLUDED = "recommendation_excluded"
    RECOMMENDATION_RESET = "recommendation_reset"
    GAP_STATE = "gap_state"
    GAP_VERIFIED = "gap_verified"
    GAP_FAILED = "gap_failed"
    ANSWER_CURATED = "answer_curated"
    ANSWER_CONFIRMED = "answer_confirmed"
    ANSWER_REMOVED = "answer_removed"
    ANSWER_REVIEWED = "answer_reviewed"
    TESTS_CHANGED = "tests_changed"


def record(
    action: AuditAction, subject: str, *, actor: str | None = None, account_id: int | None = None, **data: object
) -> None:
    """Add an act to the log; the caller commits, together with what was done.

    ``subject`` and ``data`` hold nothing about a person, since they outlive the account; whose account it was is said
    by ``account_id`` alone. ``actor`` is whoever runs the command, or the server, unless it is given: the address of
    an owner.
    """
    entry = AuditEntry(action=action.value, subject=subject, account_id=account_id, data=data)
    entry.actor, entry.at = actor or _actor(), database_now()
    db.session.add(entry)


def record_in(session: Session, action: AuditAction, subject: str) -> None:
    """Add an act that was done to another database than the application's, in that one; the caller commits."""
    session.add(AuditEntry(action=action.value, subject=subject, actor=_actor(), at=utcnow(), data={}))


def entries(since: datetime, action: AuditAction | None = None) -> Iterator[AuditEntry]:
    """Yield the acts since then, oldest first, and never more than ``PAGE`` of them at once in memory."""
    last = 0
    while True:
        rows = select(AuditEntry).where(AuditEntry.at >= since, AuditEntry.id > last).order_by(AuditEntry.id)
        if action is not None:
            rows = rows.where(AuditEntry.action == action.value)
        page = db.session.scalars(rows.limit(PAGE)).all()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].id
        db.session.expunge_all()


def latest_actors(actions: Iterable[AuditAction], subjects: Iterable[str]) -> dict[str, str]:
    """Return who did one of these acts last, by its subject, as far as the log still knows."""
    done = (AuditEntry.action.in_([action.value for action in actions]), AuditEntry.subject.in_(subjects))
    latest = select(func.max(AuditEntry.id)).where(*done).group_by(AuditEntry.subject)
    found = select(AuditEntry.subject, AuditEntry.actor).where(AuditEntry.id.in_(latest))
    return {row.subject: row.actor for row in db.session.execute(found)}


def export(account_id: int) -> Iterator[dict[str, object]]:
    """Yield what was done with an account, oldest first, without who did it."""
    columns = (AuditEntry.at, AuditEntry.action, AuditEntry.subject, AuditEntry.data)
    for row in in_pages(columns, AuditEntry.id, AuditEntry.account_id == account_id, EXPORT_PAGE_SIZE):
        yield {"at": row.at, "action": row.action, "subject": row.subject, "data": row.data}


def prune(limit: int) -> int:
    """Delete up to ``limit`` acts older than a year; return how many. The caller commits."""
    old = select(AuditEntry.id).where(AuditEntry.at < database_now() - AUDIT_RETENTION).limit(limit)
    return row_count(db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_(old))))


def _actor() -> str:
    """Return who does it: the user of the system that runs a command, or the server."""
    if click.get_current_context(silent=True) is None:
        return SERVER
    return f"os:{config.operator_name()}"
