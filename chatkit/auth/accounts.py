"""What an owner does with accounts: each act commits, together with its line in the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth import personal_data, sessions
from chatkit.auth.models import User
from chatkit.auth.sessions import Caller
from chatkit.database.orm import database_now, db

# How many accounts are read at once; there may be any number of them.
PAGE = 500


@dataclass(frozen=True)
class Account:
    """An account as its owner sees it."""

    id: int
    email: str
    tier: str
    created_at: datetime
    disabled_at: datetime | None

    def as_caller(self) -> Caller:
        """Return the person as a request of theirs would have it, of no session."""
        return Caller(self.id, self.email, self.tier, verified=True, family_id="", token_id=0)


_COLUMNS = (User.id, User.email, User.tier, User.created_at, User.disabled_at)


def find(email: str) -> Account | None:
    """Return the account of an address in lower case, or None."""
    row = db.session.execute(select(*_COLUMNS).where(User.email == email)).one_or_none()
    return None if row is None else Account(*row)


def list_all(tier: str | None = None, disabled: bool = False) -> Iterator[Account]:
    """Yield the accounts in the order in which they were made, and never more than ``PAGE`` of them in memory."""
    # One that is being deleted, batch by batch, is nobody's any more.
    rows = select(*_COLUMNS).where(User.deleted_at.is_(None)).order_by(User.id).limit(PAGE)
    if tier is not None:
        rows = rows.where(User.tier == tier)
    if disabled:
        rows = rows.where(User.disabled_at.is_not(None))
    last = 0
    while page := db.session.execute(rows.where(User.id > last)).all():
        yield from (Account(*row) for row in page)
        last = page[-1].id


def count_live_sessions(account: Account) -> int:
    """Return on how many devices the person is signed in."""
    return len(sessions.list_active(account.as_caller()))


def count_rows(account: Account) -> dict[str, int]:
    """Return how many rows each table has that points to the account by a foreign key, those without any left out."""
    counts = {}
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == User.__tablename__:
                count = db.session.scalar(select(func.count()).select_from(table).where(key.parent == account.id))
                if count:
                    counts[table.name] = count
    return counts


def record(action: AuditAction, account: Account, **data: str) -> None:
    """Note an act in the audit log, and commit."""
    audit.record(action, "account", account_id=account.id, **data)
    db.session.commit()


def set_tier(account: Account, tier: str) -> None:
    """Give the account a tier."""
    db.session.execute(update(User).where(User.id == account.id).values(tier=tier))
    record(AuditAction.ACCOUNT_TIER, account, before=account.tier, tier=tier)


def end_sessions(account: Account) -> None:
    """End every sign-in of the account."""
    sessions.revoke_all(account.id)
    record(AuditAction.SESSIONS_ENDED, account)


def disable(account: Account) -> None:
    """End every sign-in, and let no link or code sign in."""
    db.session.execute(update(User).where(User.id == account.id).values(disabled_at=database_now()))
    sessions.revoke_all(account.id)
    record(AuditAction.ACCOUNT_DISABLED, account)


def enable(account: Account) -> None:
    """Let the account sign in again."""
    db.session.execute(update(User).where(User.id == account.id).values(disabled_at=None))
    record(AuditAction.ACCOUNT_ENABLED, account)


def delete(account: Account) -> None:
    """Delete the account and every row about the person; the log says that it was done, and not whose it was."""
    audit.record(AuditAction.ACCOUNT_DELETED, "account")
    personal_data.erase(account.as_caller())
