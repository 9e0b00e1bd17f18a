"""Sessions: issued, checked, rotated, revoked.

A session is one sign-in on one device. It has a family of tokens: each rotation adds one, and revoking ends them all.
A token is 256 random bits, stored as ``hashing`` says. Every time is the database's: a server whose clock is off
neither ends a session nor takes a token that was just rotated for stolen.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from chatkit.auth.hashing import candidate_hashes, keyed_hash
from chatkit.auth.models import SessionToken, User
from chatkit.database.orm import UtcDateTime, changed, database_now, db, table
from chatkit.database.raw_sql import Statement, reading
from chatkit.errors import NotFound, Unauthorized

log = structlog.get_logger()

ABSOLUTE_TIMEOUT = timedelta(days=30)
IDLE_TIMEOUT = timedelta(hours=24)
LAST_SEEN_INTERVAL = timedelta(minutes=5)
# A reply to a refresh can be lost, and two tabs can refresh at once: neither is theft.
ROTATION_GRACE = timedelta(seconds=30)
RETENTION_AFTER_END = timedelta(days=7)


@dataclass(frozen=True)
class Caller:
    """A signed-in person and the token they came with."""

    account_id: int
    email: str
    tier: str
    verified: bool
    family_id: str
    token_id: int


@dataclass(frozen=True)
class IssuedToken:
    """A token, in the clear for the only time, and when it expires if it is not used."""

    token: str
    expires_at: datetime


_SESSIONS, _USERS = table(SessionToken), table(User)
_LOOKUP = Statement(
    select(
        _SESSIONS.c.id,
        _SESSIONS.c.family_id,
        _SESSIONS.c.last_seen_at,
        _SESSIONS.c.expires_at,
        _SESSIONS.c.rotated_at,
        _SESSIONS.c.revoked_at,
        _SESSIONS.c.user_id,
        _USERS.c.email,
        _USERS.c.tier,
        _USERS.c.verified_at,
        func.current_timestamp(type_=UtcDateTime()).label("now"),
    )
    .join_from(_SESSIONS, _USERS)
    .where(_SESSIONS.c.token_hash == bindparam("token_hash"))
)


def issue(user_id: int, device_name: str) -> IssuedToken:
    """Start a sign-in on a device; the caller commits."""
    now = database_now()
    return _insert_token(
        user_id, secrets.token_hex(16), device_name, signed_in_at=now, expires_at=now + ABSOLUTE_TIMEOUT
    )


def authenticate(token: str, may_be_rotated: bool = False) -> Caller:
    """Return whose token this is.

    Raises ``Unauthorized``: `session_expired` once idle or absolute expiry has passed, else
    `unauthorized`. A rotated token is good for refreshing alone (``may_be_rotated``) and for
    30 seconds; presented later it is taken for stolen and its whole family is revoked.
    """
    row = _look_up(token)
    if row is None or row.revoked_at is not None:
        raise Unauthorized("This session is not known here. Sign in again.")
    if row.rotated_at is not None:
        if row.now - row.rotated_at > ROTATION_GRACE:
            revoke(row.family_id)
            db.session.commit()
            log.warning("replaced_session_used_again", account_id=row.user_id)
            raise Unauthorized("This session was replaced and used again, so it was ended. Sign in again.")
        if not may_be_rotated:
            raise Unauthorized("This token was replaced by a newer one.")
    if row.now >= min(row.expires_at, row.last_seen_at + IDLE_TIMEOUT):
        raise Unauthorized("Your session has ended. Sign in again.", "session_expired")
    if row.now - row.last_seen_at > LAST_SEEN_INTERVAL:
        _update_last_seen(row.id)
    return Caller(
        account_id=row.user_id,
        email=row.email,
        tier=row.tier,
        verified=row.verified_at is not None,
        family_id=row.family_id,
        token_id=row.id,
    )


def rotate(caller: Caller) -> IssuedToken:
    """Replace the caller's token by a new one of the same sign-in, and commit.

    The old token's row is claimed first, so two refreshes at once give two tokens of one family
    and the grace period starts with the first.
    """
    claimed = update(SessionToken).where(SessionToken.id == caller.token_id, SessionToken.revoked_at.is_(None))
    claimed = claimed.values(rotated_at=func.coalesce(SessionToken.rotated_at, database_now()))
    old = db.session.execute(
        claimed.returning(
            SessionToken.user_id,
            SessionToken.family_id,
            SessionToken.device_name,
            SessionToken.signed_in_at,
            SessionToken.expires_at,
        )
    ).one_or_none()
    if old is None:
        raise Unauthorized("This session has ended. Sign in again.")
    issued = _insert_token(old.user_id, old.family_id, old.device_name, old.signed_in_at, old.expires_at)
    db.session.commit()
    return issued


def revoke(family_id: str) -> None:
    """End a sign-in with all its tokens; the caller commits."""
    _revoke(SessionToken.family_id == family_id)


def revoke_all(user_id: int) -> None:
    """End every sign-in of an account; the caller commits."""
    _revoke(SessionToken.user_id == user_id)


def revoke_own(caller: Caller, family_id: str) -> None:
    """End one of the caller's sign-ins and commit; another's is ``NotFound``."""
    mine = select(SessionToken.id).where(SessionToken.family_id == family_id, SessionToken.user_id == caller.account_id)
    if db.session.execute(mine.limit(1)).first() is None:
        raise NotFound("You have no such session.")
    revoke(family_id)
    db.session.commit()


def list_active(caller: Caller) -> list[dict[str, object]]:
    """Return the caller's sign-ins that still work, last used first."""
    now = database_now()
    rows = db.session.execute(
        select(
            SessionToken.family_id,
            func.max(SessionToken.device_name).label("device_name"),
            func.min(SessionToken.signed_in_at).label("signed_in_at"),
            func.max(SessionToken.last_seen_at).label("last_seen_at"),
        )
        .where(
            SessionToken.user_id == caller.account_id,
            SessionToken.revoked_at.is_(None),
            SessionToken.expires_at > now,
            SessionToken.last_seen_at > now - IDLE_TIMEOUT,
        )
        .group_by(SessionToken.family_id)
        .order_by(func.max(SessionToken.last_seen_at).desc())
    )
    return [
        {
            "id": row.family_id,
            "device_name": row.device_name,
            "created_at": row.signed_in_at,
            "last_seen_at": row.last_seen_at,
            "current": row.family_id == caller.family_id,
        }
        for row in rows
    ]


def prune(limit: int) -> int:
    """Delete up to ``limit`` tokens that ended a week ago; return how many. The caller commits."""
    before = database_now() - RETENTION_AFTER_END
    ended = or_(
        SessionToken.expires_at < before,
        SessionToken.revoked_at < before,
        SessionToken.last_seen_at < before - IDLE_TIMEOUT,
    )
    old = select(SessionToken.id).where(ended).limit(limit)
    return changed(db.session.execute(delete(SessionToken).where(SessionToken.id.in_(old))))


def _look_up(token: str) -> Any:
    with reading() as connection:
        for token_hash in candidate_hashes(token):
            for row in connection.rows(_LOOKUP, {"token_hash": token_hash}):
                return row
    return None


def _update_last_seen(token_id: int) -> None:
    """Write when a token was last seen; a reader goes on reading when nothing can be written."""
    try:
        db.session.execute(update(SessionToken).where(SessionToken.id == token_id).values(last_seen_at=database_now()))
        db.session.commit()
    except OperationalError:
        db.session.rollback()


def _revoke(mine: ColumnElement[bool]) -> None:
    """Revoke what is active, after any rotation under way: the lock waits for it, the update then sees its token."""
    active = (mine, SessionToken.revoked_at.is_(None))
    db.session.execute(select(SessionToken.id).where(*active).with_for_update())
    db.session.execute(update(SessionToken).where(*active).values(revoked_at=database_now()))


def _insert_token(user_id: int, family_id: str, device_name: str, signed_in_at: Any, expires_at: Any) -> IssuedToken:
    token = secrets.token_urlsafe(32)
    row = insert(SessionToken).values(
        user_id=user_id,
        family_id=family_id,
        token_hash=keyed_hash(token),
        device_name=device_name[:80],
        signed_in_at=signed_in_at,
        last_seen_at=database_now(),
        expires_at=expires_at,
    )
    added = db.session.execute(row.returning(SessionToken.expires_at, SessionToken.last_seen_at)).one()
    return IssuedToken(token, min(added.expires_at, added.last_seen_at + IDLE_TIMEOUT))
