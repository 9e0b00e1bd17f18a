"""Sessions: issued, checked, revoked. How a token is replaced, `rotation` says.

A session is one sign-in on one device. It has a family of tokens: each rotation adds one, and revoking ends them all.
A token is 256 random bits, stored as ``hashing`` says. Every time is the database's: a server whose clock is off
neither ends a session nor takes a token that was just rotated for stolen.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn

import structlog
from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from chatkit.auth.models import SessionToken
from chatkit.database import raw_sql
from chatkit.database.orm import database_now, db, row_count
from chatkit.database.raw_sql import utc
from chatkit.errors import NotFound, Unauthorized
from chatkit.hashing import candidate_hashes, keyed_hash
from chatkit.web import read_only

log = structlog.get_logger()

ABSOLUTE_TIMEOUT = timedelta(days=30)
IDLE_TIMEOUT = timedelta(hours=24)
LAST_SEEN_INTERVAL = timedelta(minutes=5)
# A reply to a refresh can be lost: asking again is no theft.
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


class _Found(NamedTuple):
    """A token with its account, in the order of the look-up's columns."""

    token_id: int
    family_id: str
    account_id: int
    email: str
    tier: str
    is_verified: bool
    is_revoked: bool
    now: datetime
    expires_at: datetime
    last_seen_at: datetime
    rotated_at: datetime | None
    is_disabled: bool
    is_used: bool


# Every request with a token runs this.
_LOOK_UP = """SELECT sessions.id, family_id, user_id, email, tier, verified_at IS NOT NULL, revoked_at IS NOT NULL,
    CURRENT_TIMESTAMP, expires_at, last_seen_at, rotated_at, disabled_at IS NOT NULL, is_used
FROM sessions JOIN users ON users.id = user_id
WHERE token_hash = :token_hash AND deleted_at IS NULL"""


def issue(user_id: int, device_name: str) -> IssuedToken:
    """Start a sign-in on a device; the caller commits."""
    now = database_now()
    values = {"user_id": user_id, "family_id": secrets.token_hex(16), "device_name": device_name[:80]}
    return insert_token(secrets.token_urlsafe(32), **values, signed_in_at=now, expires_at=now + ABSOLUTE_TIMEOUT)


def insert_token(token: str, **values: object) -> IssuedToken:
    """Add a token to a sign-in; the caller commits."""
    row = insert(SessionToken).values(token_hash=keyed_hash(token), last_seen_at=database_now(), **values)
    added = db.session.execute(row.returning(SessionToken.expires_at, SessionToken.last_seen_at)).one()
    return IssuedToken(token, expiry(added.expires_at, added.last_seen_at))


def expiry(expires_at: datetime, last_seen_at: datetime) -> datetime:
    """Return when a token ends if it is not used again."""
    return min(expires_at, last_seen_at + IDLE_TIMEOUT)


def authenticate(token: str, may_be_rotated: bool = False) -> Caller:
    """Return whose token this is.

    Raises ``Unauthorized``: `session_expired` once idle or absolute expiry has passed, else
    `unauthorized`. A rotated token is good for refreshing alone (``may_be_rotated``) and for
    30 seconds; presented later it is taken for stolen and its whole family is revoked.
    """
    found = _look_up(token)
    if found is None or found.is_revoked or found.is_disabled:
        raise Unauthorized("This session is not known here. Sign in again.")
    if found.rotated_at is not None:
        if found.now - found.rotated_at > ROTATION_GRACE:
            end_stolen(found.family_id, found.account_id)
        if not may_be_rotated:
            raise Unauthorized("This token was replaced by a newer one.")
    if found.now >= expiry(found.expires_at, found.last_seen_at):
        raise Unauthorized("Your session has ended. Sign in again.", "session_expired")
    if not found.is_used or found.now - found.last_seen_at > LAST_SEEN_INTERVAL:
        _update_last_seen(found.token_id)
    return Caller(
        account_id=found.account_id,
        email=found.email,
        tier=found.tier,
        verified=found.is_verified,
        family_id=found.family_id,
        token_id=found.token_id,
    )


def end_stolen(family_id: str, account_id: int) -> NoReturn:
    """End a sign-in whose replaced token was used again, commit, and raise ``Unauthorized``."""
    revoke(family_id)
    db.session.commit()
    log.warning("replaced_session_used_again", account_id=account_id)
    raise Unauthorized("This session was replaced and used again, so it was ended. Sign in again.")


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
    return row_count(db.session.execute(delete(SessionToken).where(SessionToken.id.in_(old))))


def _look_up(token: str) -> _Found | None:
    with raw_sql.autocommit() as connection:
        for token_hash in candidate_hashes(token):
            for row in connection.fetch(_LOOK_UP, {"token_hash": token_hash}):
                found = _Found(*row)
                return found._replace(
                    now=utc(found.now),
                    expires_at=utc(found.expires_at),
                    last_seen_at=utc(found.last_seen_at),
                    rotated_at=found.rotated_at and utc(found.rotated_at),
                )
    return None


def _update_last_seen(token_id: int) -> None:
    """Write when a token was last seen; a reader goes on reading when nothing can be written."""
    if read_only.is_on():
        return
    try:
        seen = update(SessionToken).where(SessionToken.id == token_id)
        db.session.execute(seen.values(last_seen_at=database_now(), is_used=True))
        db.session.commit()
    except OperationalError:
        db.session.rollback()


def _revoke(mine: ColumnElement[bool]) -> None:
    """Revoke what is active, after any rotation under way: the lock waits for it, the update then sees its token."""
    active = (mine, SessionToken.revoked_at.is_(None))
    db.session.execute(select(SessionToken.id).where(*active).with_for_update())
    db.session.execute(update(SessionToken).where(*active).values(revoked_at=database_now()))
