"""Sessions: issued, checked, rotated, revoked.

A token is 256 random bits; the database holds its HMAC under SECRET_KEY, so neither a dump of the
database nor the key alone opens anything. Every time is the database's: a server whose clock is off
neither ends a session nor takes a token that was just renewed for stolen.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from chatkit.auth.models import Session, User
from chatkit.config import settings
from chatkit.database.orm import UtcDateTime, changed, database_now, db, table
from chatkit.database.raw_sql import Statement, reading
from chatkit.errors import NotFound, Unauthorized

log = structlog.get_logger()

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(hours=24)
LAST_SEEN_STEP = timedelta(minutes=5)
# A reply to a refresh can be lost, and two tabs can refresh at once: neither is theft.
ROTATION_GRACE = timedelta(seconds=30)
KEPT_AFTER_EXPIRY = timedelta(days=7)


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
class Issued:
    """A token, in the clear for the only time, and when it ends if it is not used."""

    token: str
    expires_at: datetime


_SESSIONS, _USERS = table(Session), table(User)
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


def hash_token(token: str) -> str:
    """Return the keyed hash under which a token is stored, 64 hexadecimal digits."""
    return _hash_under(settings().secret_key, token)


def possible_hashes(token: str) -> tuple[str, ...]:
    """Return the hashes a token may be stored under: by the key in use, then by each earlier key."""
    chosen = settings()
    return tuple(_hash_under(key, token) for key in (chosen.secret_key, *chosen.secret_key_fallbacks))


def issue(user_id: int, device_name: str) -> Issued:
    """Start a sign-in on a device; the caller commits."""
    now = database_now()
    return _add(user_id, secrets.token_hex(16), device_name, signed_in_at=now, expires_at=now + ABSOLUTE)


def authenticate(token: str, may_be_rotated: bool = False) -> Caller:
    """Return whose token this is.

    Raises ``Unauthorized``: `session_expired` once idle or absolute expiry has passed, else
    `unauthorized`. A rotated token is good for refreshing alone (``may_be_rotated``) and for
    30 seconds; presented later it is taken for stolen and its whole family is revoked.
    """
    row = _find(token)
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
    if row.now >= min(row.expires_at, row.last_seen_at + IDLE):
        raise Unauthorized("Your session has ended. Sign in again.", "session_expired")
    if row.now - row.last_seen_at > LAST_SEEN_STEP:
        _touch(row.id)
    return Caller(
        account_id=row.user_id,
        email=row.email,
        tier=row.tier,
        verified=row.verified_at is not None,
        family_id=row.family_id,
        token_id=row.id,
    )


def rotate(caller: Caller) -> Issued:
    """Replace the caller's token by a new one of the same sign-in, and commit.

    The old token's row is claimed first, so two refreshes at once give two tokens of one family
    and the grace period starts with the first.
    """
    claimed = update(Session).where(Session.id == caller.token_id, Session.revoked_at.is_(None))
    claimed = claimed.values(rotated_at=func.coalesce(Session.rotated_at, database_now()))
    old = db.session.execute(
        claimed.returning(
            Session.user_id, Session.family_id, Session.device_name, Session.signed_in_at, Session.expires_at
        )
    ).one_or_none()
    if old is None:
        raise Unauthorized("This session has ended. Sign in again.")
    issued = _add(old.user_id, old.family_id, old.device_name, old.signed_in_at, old.expires_at)
    db.session.commit()
    return issued


def revoke(family_id: str) -> None:
    """End a sign-in with all its tokens; the caller commits."""
    _revoke(Session.family_id == family_id)


def revoke_all(user_id: int) -> None:
    """End every sign-in of an account; the caller commits."""
    _revoke(Session.user_id == user_id)


def revoke_own(caller: Caller, family_id: str) -> None:
    """End one of the caller's sign-ins and commit; another's is ``NotFound``."""
    mine = select(Session.id).where(Session.family_id == family_id, Session.user_id == caller.account_id)
    if db.session.execute(mine.limit(1)).first() is None:
        raise NotFound("You have no such session.")
    revoke(family_id)
    db.session.commit()


def live(caller: Caller) -> list[dict[str, object]]:
    """Return the caller's sign-ins that still work, last used first."""
    now = database_now()
    rows = db.session.execute(
        select(
            Session.family_id,
            func.max(Session.device_name).label("device_name"),
            func.min(Session.signed_in_at).label("signed_in_at"),
            func.max(Session.last_seen_at).label("last_seen_at"),
        )
        .where(
            Session.user_id == caller.account_id,
            Session.revoked_at.is_(None),
            Session.expires_at > now,
            Session.last_seen_at > now - IDLE,
        )
        .group_by(Session.family_id)
        .order_by(func.max(Session.last_seen_at).desc())
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
    before = database_now() - KEPT_AFTER_EXPIRY
    ended = or_(Session.expires_at < before, Session.revoked_at < before, Session.last_seen_at < before - IDLE)
    old = select(Session.id).where(ended).limit(limit)
    return changed(db.session.execute(delete(Session).where(Session.id.in_(old))))


def _find(token: str) -> Any:
    with reading() as connection:
        for token_hash in possible_hashes(token):
            for row in connection.rows(_LOOKUP, {"token_hash": token_hash}):
                return row
    return None


def _hash_under(key: str, token: str) -> str:
    return hmac.new(key.encode(), token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _touch(token_id: int) -> None:
    """Note when a token was last seen; a reader goes on reading when nothing can be written."""
    try:
        db.session.execute(update(Session).where(Session.id == token_id).values(last_seen_at=database_now()))
        db.session.commit()
    except OperationalError:
        db.session.rollback()


def _revoke(mine: ColumnElement[bool]) -> None:
    """Revoke what is live, after any rotation under way: the lock waits for it, the update then sees its token."""
    live = (mine, Session.revoked_at.is_(None))
    db.session.execute(select(Session.id).where(*live).with_for_update())
    db.session.execute(update(Session).where(*live).values(revoked_at=database_now()))


def _add(user_id: int, family_id: str, device_name: str, signed_in_at: Any, expires_at: Any) -> Issued:
    token = secrets.token_urlsafe(32)
    row = insert(Session).values(
        user_id=user_id,
        family_id=family_id,
        token_hash=hash_token(token),
        device_name=device_name[:80],
        signed_in_at=signed_in_at,
        last_seen_at=database_now(),
        expires_at=expires_at,
    )
    added = db.session.execute(row.returning(Session.expires_at, Session.last_seen_at)).one()
    return Issued(token, min(added.expires_at, added.last_seen_at + IDLE))
