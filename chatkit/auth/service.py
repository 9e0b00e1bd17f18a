"""Signing up and in: one mailed link, one session."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, delete, func, insert, select, update

from chatkit.auth import personal_data, profile, return_to, sessions, signin_mail
from chatkit.auth.events import AuthEvent, announce
from chatkit.auth.models import User, VerificationToken
from chatkit.auth.personal_data import Adopted
from chatkit.auth.sessions import Caller, IssuedToken
from chatkit.config import settings
from chatkit.database.orm import database_now, db, row_count, upsert
from chatkit.errors import Forbidden, Invalid, NotFound, OtherBrowser, SignInOff, Unauthorized
from chatkit.hashing import candidate_hashes, keyed_hash
from chatkit.mail import service as mail
from chatkit.mail.service import RenderedMail
from chatkit.web.payloads import EMAIL

LINK_LIFETIME = timedelta(minutes=10)
MAX_CODE_TRIES = 5
REQUEST_RETENTION = timedelta(hours=24)
SIGNIN_TEMPLATE = "signin"
# The id, which no browser has, of a request that is redeemed without one: the fixture of test mode.
ANY_BROWSER = ""
DISABLED = "This account was disabled by the owner of this site. If that is a mistake, write to them."


@dataclass(frozen=True)
class SignedIn:
    """What a verified link or code gives."""

    issued: IssuedToken
    profile: Mapping[str, str]
    adopted: Adopted


def require_sign_in_on() -> None:
    """Raise ``SignInOff`` where the owner has switched signing in off: no mail, no new account, no new session."""
    if not settings().sign_in:
        raise SignInOff


def sign_up(email: str, migrate_session: str | None, page: str | None, browser_id: str | None) -> None:
    """Queue a mail with a link that signs ``email`` in and leads back to ``page``, and commit.

    A known and an unknown address take the same path: the account is made only when the link is
    used. Raises ``Forbidden`` for a page of a site that is not allowed here, ``Invalid`` for one
    that might pass the link's token on.
    """
    require_sign_in_on()
    check_return_to(page)
    _request_sign_in(email, migrate_session, page, browser_id)
    announce(AuthEvent.SIGNUP)
    db.session.commit()


def check_return_to(page: str | None) -> None:
    """Raise ``Forbidden`` for a page of a site that is not allowed, ``Invalid`` for one that might pass a token on."""
    if page is not None and not return_to.is_on_allowed_site(page):
        raise Forbidden("This site is not allowed here. Its owner adds it to CORS_ORIGINS.", "origin_not_allowed")
    if page is not None and return_to.holds_address(page):
        raise Invalid({"return_to": ["The page's address holds another address. Leave its query and fragment out."]})


def resend(email: str, browser_id: str | None) -> None:
    """Queue again the mail that this very browser asked for in the last day, and commit.

    What another browser asked for is none of its business: neither that browser's page nor its
    conversation goes into the mail. Browsers without an id cannot be told from each other, so that
    their mail holds neither. Who asked for nothing gets nothing; yet the same rows are written,
    used up and naming nobody, so that neither the answer nor its time tells who asked.
    """
    require_sign_in_on()
    columns = select(VerificationToken.migrate_session, VerificationToken.return_to)
    asked = columns.where(VerificationToken.email == email).order_by(VerificationToken.id.desc()).limit(1)
    if browser_id is None:
        last = db.session.execute(asked.where(VerificationToken.browser_hash.is_(None))).one_or_none()
    else:
        last = db.session.execute(asked.where(_is_asked_by(browser_id))).one_or_none()
    if last is None:
        _request_sign_in("", None, None, browser_id, consumed_at=database_now())
    elif browser_id is None:
        _request_sign_in(email, None, None, None)
    else:
        _request_sign_in(email, last.migrate_session, last.return_to, browser_id)
    db.session.commit()


def render_signin_mail(context: Mapping[str, Any]) -> RenderedMail | None:
    """Make the mail with a fresh link and code, valid 10 minutes from now, that void earlier ones. Commits."""
    request = db.session.get(VerificationToken, context["verification_id"])
    if request is None or request.consumed_at is not None:
        return None
    token = secrets.token_urlsafe(32)
    earlier = update(VerificationToken).where(
        VerificationToken.email == request.email, VerificationToken.consumed_at.is_(None)
    )
    db.session.execute(
        earlier.values(token_hash=None, code_hash=None), execution_options={"synchronize_session": False}
    )
    code = f"{secrets.randbelow(10**6):06}" if request.browser_hash is not None else None
    fresh = update(VerificationToken).where(VerificationToken.id == request.id)
    db.session.execute(
        fresh.values(
            token_hash=keyed_hash(token),
            code_hash=keyed_hash(f"{request.id}:{code}") if code else None,
            code_tries=0,
            expires_at=database_now() + LINK_LIFETIME,
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()
    # The link leads to the server that was asked, also when a command on another port shows the mail.
    return signin_mail.render(context["base_url"], request.return_to, token, code, request.created_at, LINK_LIFETIME)


def verify(token: str, browser_id: str | None, confirmed: bool, device_name: str) -> SignedIn:
    """Turn a link's token into a session, making the account if there is none, and commit.

    The browser that asked for the link is signed in at once, and takes its conversation along.
    Any other might have been sent somebody else's link: ``OtherBrowser`` is raised, with the token
    still good, until the reader has confirmed, and then nothing is taken along. Raises
    ``Unauthorized`` (`invalid_token`) for a token that is wrong, used or expired. However many try
    at once, the conditional update admits one.
    """
    require_sign_in_on()
    link = (VerificationToken.token_hash.in_(candidate_hashes(token)), *_is_redeemable())
    consume = update(VerificationToken).where(*link)
    signed_in = _redeem(consume.where(_is_asked_by(browser_id or ANY_BROWSER)), device_name)
    if signed_in is None and confirmed:
        signed_in = _redeem(consume, device_name, adopts=False)
    if signed_in is not None:
        return signed_in
    email = db.session.scalar(select(VerificationToken.email).where(*link))
    if email is not None:
        raise OtherBrowser(_masked(email))
    message = "This link is wrong, was used already, or is older than 10 minutes. Ask for a new one."
    raise Unauthorized(message, "invalid_token")


def verify_code(code: str, browser_id: str, device_name: str) -> SignedIn:
    """Turn the code of a mail into a session for the browser that asked for it, and commit.

    Raises ``Unauthorized`` (`invalid_token`). Each try is counted before the code is looked at and
    stays counted, so that tries side by side are no more than five.
    """
    require_sign_in_on()
    # Every request of this browser is written to, live or not: the time of an answer must not tell
    # whether a mail was made for the address that was named.
    tried = update(VerificationToken).where(_is_asked_by(browser_id))
    tried = tried.values(code_tries=VerificationToken.code_tries + 1)
    tries = db.session.execute(
        tried.returning(VerificationToken.id, VerificationToken.code_tries),
        execution_options={"synchronize_session": False},
    ).all()
    db.session.commit()
    for request_id, count in tries:
        hashes = candidate_hashes(f"{request_id}:{code}") if count <= MAX_CODE_TRIES else ()
        consume = update(VerificationToken).where(
            VerificationToken.id == request_id, VerificationToken.code_hash.in_(hashes), *_is_redeemable()
        )
        signed_in = _redeem(consume, device_name)
        if signed_in is not None:
            return signed_in
    message = (
        "This code is wrong, used, older than 10 minutes or was tried too often. Look again, or ask for a new mail."
    )
    raise Unauthorized(message, "invalid_token")


def _is_redeemable() -> tuple[ColumnElement[bool], ...]:
    return VerificationToken.consumed_at.is_(None), VerificationToken.expires_at > database_now()


def _is_asked_by(browser_id: str) -> ColumnElement[bool]:
    return VerificationToken.browser_hash.in_(candidate_hashes(browser_id))


def _masked(email: str) -> str:
    """Return an address by which its owner knows it and nobody else learns it."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"


def _redeem(request_of: Update, device_name: str, adopts: bool = True) -> SignedIn | None:
    """Use up the request that ``request_of`` finds and sign in, or return None when it finds none."""
    consume = request_of.values(consumed_at=database_now()).returning(
        VerificationToken.email, VerificationToken.consent_at, VerificationToken.migrate_session
    )
    request = db.session.execute(consume, execution_options={"synchronize_session": False}).one_or_none()
    if request is None:
        db.session.rollback()
        return None
    user_id, tier, is_new = find_or_create_account(request.email, request.consent_at)
    issued = sessions.issue(user_id, device_name)
    adopted = Adopted()
    if adopts and request.migrate_session is not None:
        adopted = personal_data.adopt(request.migrate_session, user_id)
    announce(AuthEvent.EMAIL_VERIFIED, user_id, {"new_account": is_new})
    shown = profile.describe(user_id, request.email, tier)
    db.session.commit()
    return SignedIn(issued, shown, adopted)


def find_account(email: str) -> int | None:
    """Return the account of an address in lower case, or None."""
    return db.session.scalar(select(User.id).where(User.email == email))


def find_or_create_account(email: str, consent_at: Any) -> tuple[int, str, bool]:
    """Return the number and the tier of an account, and whether it is new; the caller commits.

    ``email`` is an address that has proved itself, or the name of an identity without one, see ``identities``.
    ``consent_at`` is None where nobody was asked here, and an earlier consent stays. Raises ``Forbidden`` for an
    account that the owner has disabled.
    """
    now = database_now()
    verified_at = now if EMAIL.fullmatch(email) else None
    values = {"email": email, "tier": "lightweight", "consent_at": consent_at, "verified_at": verified_at}
    row = upsert(User).values(values | {"created_at": now})
    created = db.session.execute(row.on_conflict_do_nothing(index_elements=["email"]).returning(User.id)).scalar()
    if created is not None:
        return created, "lightweight", True
    known = update(User).where(User.email == email)
    known = known.values(verified_at=func.coalesce(User.verified_at, verified_at))
    if consent_at is not None:
        known = known.values(consent_at=consent_at)
    found = db.session.execute(
        known.returning(User.id, User.tier, User.disabled_at), execution_options={"synchronize_session": False}
    ).one_or_none()
    if found is None:
        # It was deleted between the two statements.
        return find_or_create_account(email, consent_at)
    if found.disabled_at is not None:
        # Only who holds the mail reads this, so it tells nobody else that there is an account.
        raise Forbidden(DISABLED, "account_disabled")
    return found.id, found.tier, False


def migrate_session(caller: Caller, anonymous_id: str) -> int:
    """Move an anonymous transcript into the caller's saved chats and commit; return its messages.

    Raises ``NotFound`` (`session_not_found`) when there is no such transcript, or no longer.
    """
    moved = personal_data.adopt(anonymous_id, caller.account_id).messages
    if not moved:
        raise NotFound("There is no transcript under this session id, or it is older than a day.", "session_not_found")
    announce(AuthEvent.SESSION_MIGRATED, caller.account_id, {"messages": moved})
    db.session.commit()
    return moved


def log_out(caller: Caller) -> None:
    """End the caller's sign-in and commit."""
    sessions.revoke(caller.family_id)
    announce(AuthEvent.LOGOUT, caller.account_id)
    db.session.commit()


def log_out_everywhere(caller: Caller) -> None:
    """End every sign-in of the caller and commit."""
    sessions.revoke_all(caller.account_id)
    announce(AuthEvent.LOGOUT, caller.account_id, {"everywhere": True})
    db.session.commit()


def prune(limit: int) -> int:
    """Delete up to ``limit`` requests to sign in that are a day old. The caller commits."""
    old = (
        select(VerificationToken.id)
        .where(VerificationToken.created_at < database_now() - REQUEST_RETENTION)
        .limit(limit)
    )
    return row_count(db.session.execute(delete(VerificationToken).where(VerificationToken.id.in_(old))))


def _request_sign_in(
    email: str,
    migrate_session: str | None,
    page: str | None,
    browser_id: str | None,
    consumed_at: Any = None,
) -> None:
    now = database_now()
    browser_hash = keyed_hash(browser_id) if browser_id is not None else None
    asked = {"email": email, "migrate_session": migrate_session, "return_to": page, "browser_hash": browser_hash}
    values: dict[str, object] = {**asked, "consent_at": now, "created_at": now, "consumed_at": consumed_at}
    row = insert(VerificationToken).values(values).returning(VerificationToken.id)
    verification_id = db.session.execute(row).scalar_one()
    mail.queue(email, SIGNIN_TEMPLATE, {"verification_id": verification_id, "base_url": settings().base_url})
