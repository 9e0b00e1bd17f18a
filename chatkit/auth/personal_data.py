"""Everything about a person: out as one document, deleted from every table, or adopted when they sign in.

Each domain declares what it keeps about people in one ``PersonalData``; `create_app` hands the list to ``init_app``.
This module declares what `auth` keeps, and what the packages below it do, which know no accounts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import delete, select

from chatkit.audit import service as audit
from chatkit.audit.models import AuditEntry
from chatkit.auth.events import AuthEvent, announce
from chatkit.auth.models import SessionToken, User, VerificationToken
from chatkit.auth.sessions import Caller
from chatkit.database.orm import Model, db
from chatkit.mail import service as mail
from chatkit.mail.models import OutboxMessage
from chatkit.ratelimit import bans, limiter
from chatkit.ratelimit.identifiers import Requester, identifiers_of
from chatkit.ratelimit.models import Ban, RateLimit


@dataclass(frozen=True)
class Section:
    """One key of the exported document: the person's rows of a table, or their one row (``many=False``)."""

    table: type[Model]
    export: Callable[[Caller], object]
    many: bool = True


def goes_with_the_account(caller: Caller) -> None:
    """Delete nothing: the foreign keys of these tables delete their rows with the account."""


def nothing_to_adopt(session_id: str, account_id: int) -> int:
    """Adopt nothing: no row here belongs to an anonymous session."""
    return 0


@dataclass(frozen=True)
class PersonalData:
    """What one domain keeps about a person.

    ``export`` maps the keys of the exported document to its sections. ``erase`` deletes the person's rows; the caller
    commits. ``adopt`` gives the account what an anonymous session left, and returns how many messages that is; the
    caller commits. ``anonymous`` are the tables whose rows point to anonymous sessions alone and end with them.
    """

    export: Mapping[str, Section]
    erase: Callable[[Caller], None] = goes_with_the_account
    adopt: Callable[[str, int], int] = nothing_to_adopt
    anonymous: tuple[type[Model], ...] = ()


def init_app(app: Flask, declarations: Sequence[PersonalData]) -> None:
    """Make known what every domain keeps, in the order of the exported document."""
    app.extensions["chatkit_personal_data"] = tuple(declarations)


def declared() -> tuple[PersonalData, ...]:
    """Return what every domain of the current application keeps about people."""
    found: tuple[PersonalData, ...] = current_app.extensions["chatkit_personal_data"]
    return found


def export(caller: Caller) -> dict[str, object]:
    """Return every row about the person, without what only a browser may know: tokens, codes and session ids."""
    return {key: section.export(caller) for data in declared() for key, section in data.export.items()}


def erase(caller: Caller) -> None:
    """Delete the account and every row about the person, and commit."""
    # Last declared, first erased: the account's own row goes last, and what finds the other rows before it.
    for data in reversed(declared()):
        data.erase(caller)
    announce(AuthEvent.ACCOUNT_DELETED)
    db.session.commit()


def adopt(session_id: str, account_id: int) -> int:
    """Give an account what an anonymous session left; return how many messages that is. The caller commits."""
    return sum(data.adopt(session_id, account_id) for data in declared())


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


def _export_sessions(caller: Caller) -> list[dict[str, object]]:
    rows = select(SessionToken).where(SessionToken.user_id == caller.account_id).order_by(SessionToken.id)
    return [
        {
            "id": row.family_id,
            "device_name": row.device_name,
            "created_at": row.signed_in_at,
            "last_seen_at": row.last_seen_at,
            "expires_at": row.expires_at,
            "rotated_at": row.rotated_at,
            "revoked_at": row.revoked_at,
        }
        for row in db.session.scalars(rows)
    ]


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


def _erase_account(caller: Caller) -> None:
    db.session.execute(delete(VerificationToken).where(VerificationToken.email == caller.email))
    db.session.execute(delete(User).where(User.id == caller.account_id))


ACCOUNT = PersonalData(
    {
        "user": Section(User, _export_user, many=False),
        "sessions": Section(SessionToken, _export_sessions),
        "sign_in_requests": Section(VerificationToken, _export_sign_in_requests),
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


def _erase_rate_limits(caller: Caller) -> None:
    limiter.clear(_limit_keys(caller))


def _limit_keys(caller: Caller) -> list[str]:
    """Return what a person is counted by, also as the anonymous readers they were when they asked to sign in."""
    before = select(VerificationToken.migrate_session).where(VerificationToken.email == caller.email).distinct()
    readers = [Requester(session_id=session_id) for session_id in db.session.scalars(before)]
    signed_in = Requester(account_id=caller.account_id, recipient=caller.email)
    return [key for requester in (signed_in, *readers) for key in identifiers_of(requester)]


RATE_LIMITS = PersonalData({"rate_limits": Section(RateLimit, _export_rate_limits)}, erase=_erase_rate_limits)


def _export_bans(caller: Caller) -> list[dict[str, object]]:
    return bans.export(caller.account_id)


BANS = PersonalData({"bans": Section(Ban, _export_bans)})


def _export_audit_log(caller: Caller) -> list[dict[str, object]]:
    return audit.export(caller.account_id)


# An act outlives the account without saying whose it was: the foreign key forgets it.
AUDIT_LOG = PersonalData({"audit_log": Section(AuditEntry, _export_audit_log)})
