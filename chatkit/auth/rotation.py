"""Rotation: a token is replaced by its one successor.

A reply to a refresh can be lost, and two tabs can refresh at once: a replaced token that asks again is given the same
successor, which is therefore derived from it and kept nowhere. Once the successor has been used, its holder got the
reply, and so did the other tabs of that browser, which refresh under one lock. A replaced token that asks after that
is another's copy, so the sign-in ends for both.
"""

import secrets

from sqlalchemy import func, select, update

from chatkit.auth import sessions
from chatkit.auth.models import SessionToken
from chatkit.auth.sessions import Caller, IssuedToken
from chatkit.database.orm import database_now, db
from chatkit.errors import Unauthorized
from chatkit.hashing import candidate_hashes, derived_tokens


def rotate(caller: Caller, token: str) -> IssuedToken:
    """Replace the caller's token by its successor, and commit.

    The token's row is claimed first, so that of two refreshes at once the second finds the successor
    of the first, and the grace period starts with the first. Raises ``Unauthorized``, and ends the
    sign-in, when the successor was used already.
    """
    fresh = secrets.token_hex(16)
    claimed = update(SessionToken).where(SessionToken.id == caller.token_id, SessionToken.revoked_at.is_(None))
    claimed = claimed.values(
        rotated_at=func.coalesce(SessionToken.rotated_at, database_now()),
        successor_salt=func.coalesce(SessionToken.successor_salt, fresh),
        is_used=True,
    )
    columns = (SessionToken.user_id, SessionToken.family_id, SessionToken.device_name, SessionToken.signed_in_at)
    state = (SessionToken.expires_at, SessionToken.rotated_at, SessionToken.successor_salt)
    old = db.session.execute(
        claimed.returning(*columns, *state), execution_options={"synchronize_session": False}
    ).one_or_none()
    if old is None:
        raise Unauthorized("This session has ended. Sign in again.")
    successors = derived_tokens(token, old.successor_salt)
    if old.successor_salt == fresh:
        values = {"user_id": old.user_id, "family_id": old.family_id, "device_name": old.device_name}
        times = {"signed_in_at": old.signed_in_at, "expires_at": old.expires_at}
        issued = sessions.insert_token(successors[0], **values, **times, is_used=False)
    else:
        newer = (SessionToken.family_id == old.family_id, SessionToken.id > caller.token_id)
        used = select(SessionToken.id).where(*newer, SessionToken.is_used).limit(1)
        if db.session.scalar(used) is not None:
            sessions.end_stolen(old.family_id, old.user_id)
        issued = _find(successors)
    db.session.commit()
    return issued


def _find(successors: tuple[str, ...]) -> IssuedToken:
    """Return which of the tokens there is: the key may have been replaced since it was made."""
    by_hash = {digest: token for token in successors for digest in candidate_hashes(token)}
    columns = (SessionToken.token_hash, SessionToken.expires_at, SessionToken.last_seen_at)
    found = db.session.execute(select(*columns).where(SessionToken.token_hash.in_(by_hash))).one_or_none()
    if found is None:
        raise Unauthorized("This token was replaced by a newer one.")
    return IssuedToken(by_hash[found.token_hash], sessions.expiry(found.expires_at, found.last_seen_at))
