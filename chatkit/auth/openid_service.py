"""Readers who sign in at a provider of OpenID Connect, and come back as from a mailed link."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import insert, select, update

from chatkit.auth import identities, service
from chatkit.auth.identities import Identity
from chatkit.auth.models import VerificationToken
from chatkit.config import settings
from chatkit.database.orm import database_now, db
from chatkit.errors import NotFound, ReadOnly, Unauthorized
from chatkit.hashing import candidate_hashes, keyed_hash
from chatkit.web import read_only

CALLBACK = "/signin/oidc/callback"
# How long the request may take at the provider, and the token then on the way back.
REQUEST_LIFETIME, TOKEN_LIFETIME = timedelta(minutes=10), timedelta(minutes=2)
OFF = "Nobody signs in by a provider here."
TOO_LATE = "This sign-in is older than 10 minutes, or was used. Begin again on the page that you came from."


@dataclass(frozen=True)
class ReaderRequest:
    """What a reader asked for who is to come back."""

    id: int
    return_to: str | None


def require_on() -> None:
    """Raise ``NotFound`` where readers have no provider, ``SignInOff`` or ``ReadOnly`` where nobody may sign in now."""
    if settings().oidc_issuer is None or not settings().oidc_readers:
        raise NotFound(OFF)
    service.require_sign_in_on()
    if read_only.is_on():
        raise ReadOnly


def ask(browser_id: str, migrate_session: str | None, page: str | None) -> str:
    """Note that a browser asks to sign in at the provider, and return the address where it begins; commits.

    Raises ``Forbidden`` and ``Invalid`` for a page to return to as a sign-up by mail does.
    """
    require_on()
    service.check_return_to(page)
    token, now = secrets.token_urlsafe(32), database_now()
    # Without an end it is good for nothing but to begin: what signs in is made when the reader comes back.
    values = {"email": "", "token_hash": keyed_hash(token), "browser_hash": keyed_hash(browser_id), "expires_at": None}
    asked = {"migrate_session": migrate_session, "return_to": page, "consent_at": now, "created_at": now}
    db.session.execute(insert(VerificationToken).values(values | asked))
    db.session.commit()
    return f"{settings().base_url}/signin/oidc?request={token}"


def find(token: str) -> ReaderRequest:
    """Return the request of a token; raises ``Unauthorized`` (`invalid_token`) for one that is too old or was used."""
    require_on()
    begun = VerificationToken.created_at > database_now() - REQUEST_LIFETIME
    own = (VerificationToken.token_hash.in_(candidate_hashes(token)), VerificationToken.expires_at.is_(None), begun)
    rows = select(VerificationToken.id, VerificationToken.return_to).where(*own, VerificationToken.email == "")
    found = db.session.execute(rows).one_or_none()
    # Nobody who waits for the provider holds a connection.
    db.session.rollback()
    if found is None:
        raise Unauthorized(TOO_LATE, "invalid_token")
    return ReaderRequest(found.id, found.return_to)


def complete(asked: ReaderRequest, claims: Mapping[str, Any]) -> str:
    """Return where a reader goes whom the provider has signed in: back, with a token as of a mailed link; commits.

    The token is bound to the browser that asked, as a mailed one is. Raises ``Forbidden`` for a disabled account.
    """
    chosen = settings()
    who = Identity.of_claims(str(chosen.oidc_issuer), str(claims["sub"]), claims)
    account = identities.account_of(who, chosen.oidc_trust_email)
    token = secrets.token_urlsafe(32)
    own = update(VerificationToken).where(VerificationToken.id == asked.id, VerificationToken.email == "")
    values = {"email": account.email, "token_hash": keyed_hash(token), "expires_at": database_now() + TOKEN_LIFETIME}
    done = db.session.execute(
        own.values(values).returning(VerificationToken.id), execution_options={"synchronize_session": False}
    )
    if done.scalar() is None:
        db.session.rollback()
        raise Unauthorized(TOO_LATE, "invalid_token")
    db.session.commit()
    return back(asked.return_to, token)


def back(page: str | None, token: str) -> str:
    """Return the page that a reader came from, with the token in its fragment, as the page of a mailed link does."""
    url = page or f"{settings().base_url}/"
    before, _, anchor = url.partition("#")
    parameter = f"chatkit-token={quote(token, safe='')}"
    if anchor.startswith(("/", "!/")):
        return f"{before}#{anchor}{'&' if '?' in anchor else '?'}{parameter}"
    return f"{before}#{parameter}&anchor={quote(anchor, safe='')}" if anchor else f"{before}#{parameter}"
