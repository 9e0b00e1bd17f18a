"""Everything about a person: out as one document, deleted from every table, or adopted when they sign in.

Each domain declares what it keeps about people in one ``PersonalData``; `create_app` hands the list to ``init_app``.
This module declares what `auth` keeps, and what the packages below it do, which know no accounts.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatkit.audit import service as audit
from chatkit.audit.models import AuditEntry
from chatkit.auth.events import AuthEvent, announce
from chatkit.auth.models import ReaderIdentity, SessionToken, User, VerificationToken
from chatkit.auth.sessions import Caller
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages
from chatkit.database.orm import Model, database_now, db, row_count, table
from chatkit.mail import service as mail
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit import bans, limiter
from chatkit.ratelimit.identifiers import Requester, identifiers_of
from chatkit.ratelimit.models import Ban, RateLimit

log = structlog.get_logger()

# How much of the exported document is put together before it is sent.
PIECE_CHARACTERS = 32_768
# How long a request deletes the rows of an account, and how many of a table in one transaction.
ERASE_SECONDS, ERASE_BATCH = 20.0, 500


@dataclass(frozen=True)
class Section:
    """One key of the exported document: the person's rows of a table, or their one row (``many=False``).

    ``export`` returns the row, or yields the rows and keeps few of them in memory.
    """

    table: type[Model]
    export: Callable[[Caller], Mapping[str, object] | Iterable[Mapping[str, object]]]
    many: bool = True


@dataclass(frozen=True)
class Adopted:
    """What an account was given of an anonymous session: so many messages, and their saved chats, newest first."""

    messages: int = 0
    chat_ids: tuple[str, ...] = ()


def goes_with_the_account(caller: Caller) -> None:
    """Delete nothing: these rows point to the account by a foreign key, and are deleted in batches before it."""


def nothing_to_adopt(session_id: str, account_id: int) -> Adopted:
    """Adopt nothing: no row here belongs to an anonymous session."""
    return Adopted()


@dataclass(frozen=True)
class PersonalData:
    """What one domain keeps about a person.

    ``export`` maps the keys of the exported document to its sections. ``erase`` deletes the few rows that do not point
    to the account by a foreign key; the caller commits. ``adopt`` gives the account what an anonymous session left, and
    returns what that is; the caller commits. ``anonymous`` are the tables whose rows point to anonymous sessions alone
    and end with them. ``counts`` says how much there is of what a person would call theirs, each by its name.
    """

    export: Mapping[str, Section]
    erase: Callable[[Caller], None] = goes_with_the_account
    adopt: Callable[[str, int], Adopted] = nothing_to_adopt
    anonymous: tuple[type[Model], ...] = ()
    counts: Mapping[str, Callable[[Caller], int]] = field(default_factory=dict)


def init_app(app: Flask, declarations: Sequence[PersonalData]) -> None:
    """Make known what every domain keeps, in the order of the exported document."""
    app.extensions["chatkit_personal_data"] = tuple(declarations)


def declared() -> tuple[PersonalData, ...]:
    """Return what every domain of the current application keeps about people."""
    found: tuple[PersonalData, ...] = current_app.extensions["chatkit_personal_data"]
    return found


def export(caller: Caller) -> Iterator[str]:
    """Yield, as pieces of one JSON document, every row about the person; never much of it is in memory.

    Left out is what only a browser may know: tokens, codes and session ids. An error ends the document early, so that
    what came is no JSON. No transaction is open between two pieces.
    """
    written, size = list[str](), 0
    for part in _document(caller):
        written.append(part)
        size += len(part)
        if size >= PIECE_CHARACTERS:
            db.session.rollback()
            yield "".join(written)
            written, size = [], 0
    db.session.rollback()
    yield "".join(written)


def _document(caller: Caller) -> Iterator[str]:
    opening = "{"
    for data in declared():
        for key, section in data.export.items():
            yield f"{opening}{json.dumps(key)}:"
            found, opening = section.export(caller), ","
            if isinstance(found, Mapping):
                yield current_app.json.dumps(found)
                continue
            before = "["
            for row in found:
                yield before + current_app.json.dumps(row)
                before = ","
            yield "[]" if before == "[" else "]"
    yield "}"


def erase(caller: Caller) -> None:
    """Delete the account and every row about the person. Commits, and from its first commit on nobody is signed in.

    However many rows there are, each transaction deletes few. What is not deleted in ``ERASE_SECONDS``, or before the
    database went away, ``prune_deleted`` deletes.
    """
    # Last declared, first erased: the account's own row goes last, and what finds the other rows before it.
    for data in reversed(declared()):
        data.erase(caller)
    announce(AuthEvent.ACCOUNT_DELETED)
    db.session.commit()
    until = time.monotonic() + ERASE_SECONDS
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            if not _erase_batch(caller.account_id, ERASE_BATCH):
                return
            # Half of the time belongs to whoever waits to write.
            time.sleep(time.monotonic() - began)
    except (DBAPIError, PoolTimeout) as error:
        db.session.rollback()
        log.warning("account_deletion_postponed", error=type(error).__name__)


def prune_deleted(limit: int) -> int:
    """Delete up to ``limit`` rows of each table of an account that was deleted; return how many, it among them."""
    account_id = db.session.scalar(select(User.id).where(User.deleted_at <= database_now()).limit(1))
    return _erase_batch(account_id, limit) if account_id is not None else 0


def _erase_batch(account_id: int, limit: int) -> int:
    """Delete up to ``limit`` rows of each table, then the account; return how many, 0 for an account that is gone.

    Commits after each table.
    """
    gone = 0
    for rows, owner in _owned():
        key = next(iter(rows.primary_key))
        batch = select(key).where(owner == account_id).limit(limit)
        gone += row_count(db.session.execute(delete(rows).where(key.in_(batch))))
        db.session.commit()
    if not gone:
        gone = row_count(db.session.execute(delete(table(User)).where(table(User).c.id == account_id)))
        db.session.commit()
    return gone


def _owned() -> list[tuple[Table, Column[Any]]]:
    """Return the tables whose rows go with an account, and the column that says whose they are."""
    tables = [table(section.table) for data in declared() for section in data.export.values()]
    return [
        (rows, key.parent)
        for rows in tables
        for key in rows.foreign_keys
        if key.column.table is table(User) and key.ondelete == "CASCADE"
    ]


def adopt(session_id: str, account_id: int) -> Adopted:
    """Give an account what an anonymous session left, and return what that is. The caller commits."""
    found = [data.adopt(session_id, account_id) for data in declared()]
    chat_ids = tuple(chat_id for adopted in found for chat_id in adopted.chat_ids)
    return Adopted(sum(adopted.messages for adopted in found), chat_ids)


def counts(caller: Caller) -> dict[str, int]:
    """Return how much is kept of what a person would call theirs."""
    return {name: count(caller) for data in declared() for name, count in data.counts.items()}


def _export_user(caller: Caller) -> dict[str, object]:
    user = db.session.get_one(User, caller.account_id)
    return {
        "email": user.email,
        "tier": user.tier,
        "consent_at": user.consent_at,
        "verified_at": user.verified_at,
        "disabled_at": user.disabled_at,
        "created_at": user.created_at,
    }


def _export_sessions(caller: Caller) -> Iterator[dict[str, object]]:
    tokens = table(SessionToken).c
    for row in in_pages(list(tokens), tokens.id, tokens.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {
            "id": row.family_id,
            "device_name": row.device_name,
            "created_at": row.signed_in_at,
            "last_seen_at": row.last_seen_at,
            "expires_at": row.expires_at,
            "rotated_at": row.rotated_at,
            "revoked_at": row.revoked_at,
        }


def _export_sign_in_requests(caller: Caller) -> list[dict[str, object]]:
    rows = select(VerificationToken).where(VerificationToken.email == caller.email).order_by(VerificationToken.id)
    return [
        {
            "created_at": row.created_at,
            "consent_at": row.consent_at,
            "return_to": row.return_to,
            "expires_at": row.expires_at,
            "consumed_at": row.consumed_at,
        }
        for row in db.session.scalars(rows)
    ]


def _export_identities(caller: Caller) -> Iterator[dict[str, object]]:
    own = select(ReaderIdentity).where(ReaderIdentity.user_id == caller.account_id).order_by(ReaderIdentity.id)
    for row in db.session.scalars(own):
        yield {"issuer": row.issuer, "subject": row.subject, "name": row.name, "created_at": row.created_at}


def _erase_account(caller: Caller) -> None:
    # Whoever vouched for the person makes a new account the next time.
    db.session.execute(delete(ReaderIdentity).where(ReaderIdentity.user_id == caller.account_id))
    db.session.execute(delete(VerificationToken).where(VerificationToken.email == caller.email))
    # The address is free for another account at once, and no token or link finds this one any more.
    gone = {"email": f"deleted:{caller.account_id}", "deleted_at": database_now()}
    db.session.execute(update(table(User)).where(table(User).c.id == caller.account_id).values(gone))


ACCOUNT = PersonalData(
    {
        "user": Section(User, _export_user, many=False),
        "sessions": Section(SessionToken, _export_sessions),
        "sign_in_requests": Section(VerificationToken, _export_sign_in_requests),
        "identities": Section(ReaderIdentity, _export_identities),
    },
    erase=_erase_account,
)


def _export_mails(caller: Caller) -> list[dict[str, object]]:
    return mail.export(caller.email)


def _erase_mails(caller: Caller) -> None:
    mail.erase(caller.email)


MAILS = PersonalData({"mails": Section(OutboxMessage, _export_mails)}, erase=_erase_mails)


def _export_rate_limits(caller: Caller) -> list[dict[str, object]]:
    return [{"action": window.action, "hits": window.hits} for window in limiter.list_windows(_limit_keys(caller))]


def _limit_keys(caller: Caller) -> list[str]:
    """Return what a person is counted by, also as the anonymous readers they were when they asked to sign in."""
    before = select(VerificationToken.migrate_session).where(VerificationToken.email == caller.email).distinct()
    readers = [Requester(session_id=session_id) for session_id in db.session.scalars(before)]
    signed_in = Requester(account=caller.email, recipient=caller.email)
    return [key for requester in (signed_in, *readers) for key in identifiers_of(requester)]


# Counted by a hash of the mailbox until a window ends, or an account made anew would have all its limits again.
RATE_LIMITS = PersonalData({"rate_limits": Section(RateLimit, _export_rate_limits)})


def _export_bans(caller: Caller) -> list[dict[str, object]]:
    return bans.export(caller.account_id)


BANS = PersonalData({"bans": Section(Ban, _export_bans)})


def _export_audit_log(caller: Caller) -> Iterator[dict[str, object]]:
    return audit.export(caller.account_id)


# An act outlives the account without saying whose it was: the foreign key forgets it.
AUDIT_LOG = PersonalData({"audit_log": Section(AuditEntry, _export_audit_log)})
