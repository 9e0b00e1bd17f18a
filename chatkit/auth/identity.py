"""Signing in by the word of the site that a reader reads: no mail, a signed token in its place."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from chatkit.auth import identities, profile, service, sessions
from chatkit.auth.events import AuthEvent, announce
from chatkit.auth.models import UsedToken
from chatkit.auth.personal_data import Adopted
from chatkit.auth.service import SignedIn
from chatkit.config import settings
from chatkit.database.orm import database_now, db, row_count, upsert
from chatkit.errors import NotFound, Unauthorized
from chatkit.hashing import keyed_hash

REUSED = "The site's word on who you are was used already. Each token signs in once: have the page make a new one."
# The database's clock, by which they are forgotten, may be ahead of that by which a token is taken.
RETENTION = timedelta(hours=1)
OFF = "Pages cannot sign readers in here. The owner of this site sets IDENTITY_ISSUER with a key."


def sign_in(token: str, device_name: str) -> SignedIn:
    """Turn the site's token into a session, making the account if there is none, and commit.

    Raises ``NotFound`` where no site may sign in here, ``Unauthorized`` (`invalid_token`) for a token that is not good
    or was used, ``Forbidden`` for an account that is disabled. However many try at once, one row admits one.
    """
    service.require_sign_in_on()
    if settings().identity_issuer is None:
        raise NotFound(OFF)
    # It needs what an extra brings.
    from chatkit.auth import identity_token

    said = identity_token.verify(token)
    used = {"digest": keyed_hash(f"{said.identity.issuer}\n{said.token_id}")}
    row = upsert(UsedToken).values(used | {"expires_at": datetime.fromtimestamp(said.expires_at, UTC)})
    row = row.on_conflict_do_nothing(index_elements=["digest"]).returning(UsedToken.digest)
    if db.session.execute(row).scalar() is None:
        db.session.rollback()
        raise Unauthorized(REUSED, "invalid_token")
    account = identities.account_of(said.identity, settings().identity_trust_email)
    issued = sessions.issue(account.id, device_name)
    announce(AuthEvent.IDENTIFIED, account.id, {"new_account": account.is_new})
    shown = profile.describe(account.id, account.email, account.tier)
    db.session.commit()
    return SignedIn(issued, shown, Adopted())


def prune(limit: int) -> int:
    """Delete up to ``limit`` tokens that were used and expired an hour ago. The caller commits."""
    old = select(UsedToken.digest).where(UsedToken.expires_at < database_now() - RETENTION).limit(limit)
    return row_count(db.session.execute(delete(UsedToken).where(UsedToken.digest.in_(old))))
