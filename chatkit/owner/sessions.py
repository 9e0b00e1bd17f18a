"""Signing in to the owner's room: one mailed link, one session, both apart from those of readers.

A link is good only in the browser that asked for it, for 10 minutes, once; one that a command on the server shows, in
any browser. A session ends after 12 hours without a
request, after 7 days, when its owner logs out, and as soon as `OWNERS` names its address no more.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, insert, select, update

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth.sessions import Caller
from chatkit.config import OwnerRole, settings
from chatkit.database.orm import database_now, db, row_count
from chatkit.errors import Forbidden, Unauthorized
from chatkit.hashing import candidate_hashes, keyed_hash
from chatkit.mail import service as mail
from chatkit.mail.service import RenderedMail
from chatkit.owner.models import OwnerSession, OwnerSignIn
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester
from chatkit.web import read_only

TEMPLATE = "owner_signin"
LINK_LIFETIME = timedelta(minutes=10)
IDLE_TIMEOUT, ABSOLUTE_TIMEOUT = timedelta(hours=12), timedelta(days=7)
LAST_SEEN_INTERVAL = timedelta(minutes=5)
REQUEST_RETENTION = timedelta(hours=24)
# What stands for the browser in a request that no browser made; no hash is empty.
ANY_BROWSER = ""
BAD_LINK = (
    "This link is wrong, was used already, is older than 10 minutes, or was asked for in another browser. "
    "Ask for a new one here, and open it here."
)


@dataclass(frozen=True)
class Owner:
    """Who is signed in to the room; ``form_token`` is what each form of theirs must hold."""

    email: str
    role: OwnerRole
    session_id: int
    form_token: str


def request_sign_in(email: str, browser: str) -> None:
    """Queue a mail with a link for an address that `OWNERS` names, good in this ``browser`` alone, and commit.

    For any other the same rows are written, naming nobody, so that neither the answer nor its time tells which it is.
    Raises ``RateLimited`` for an address that links were asked for too often.
    """
    limiter.hit("owner_mail", Requester(recipient=email), None)
    now = database_now()
    known = email if email in settings().owners else ""
    values = {"email": known, "browser_hash": keyed_hash(browser), "created_at": now}
    row = insert(OwnerSignIn).values(values | {"consumed_at": None if known else now}).returning(OwnerSignIn.id)
    request_id = db.session.execute(row).scalar_one()
    mail.queue(known, TEMPLATE, {"sign_in_id": request_id, "base_url": settings().base_url})
    db.session.commit()


def render_mail(context: Mapping[str, Any]) -> RenderedMail | None:
    """Make the mail with a fresh link, good for 10 minutes, that voids earlier ones of the same browser. Commits."""
    request = db.session.get(OwnerSignIn, context["sign_in_id"])
    if request is None or request.consumed_at is not None or request.email not in settings().owners:
        return None
    link = _fresh_link(request, context["base_url"])
    words = {"link": link, "minutes": int(LINK_LIFETIME.total_seconds() // 60), "server": context["base_url"]}
    text, html = (
        current_app.jinja_env.get_template(f"owner/signin_mail.{kind}").render(words) for kind in ("txt", "html")
    )
    return RenderedMail("Sign in to the owner's room", text, html, link)


def make_link(email: str) -> str:
    """Return a link that signs an owner in from any browser, for whoever runs commands on the server; commits.

    It voids an earlier one for the same address. Raises ``Forbidden`` for an address that `OWNERS` does not name.
    """
    _require_owner(email)
    request = OwnerSignIn(email=email, browser_hash=ANY_BROWSER, created_at=database_now())
    db.session.add(request)
    db.session.flush()
    audit.record(AuditAction.OWNER_LINK_SHOWN, f"sign-in {request.id}")
    return _fresh_link(request, settings().base_url)


def redeem(token: str, browser: str) -> str:
    """Use a link up in a browser that it is good in and return the token of a new session; commits.

    Raises ``Unauthorized`` (`invalid_token`). However many try at once, the conditional update admits one.
    """
    use = update(OwnerSignIn).where(
        OwnerSignIn.token_hash.in_(candidate_hashes(token)),
        OwnerSignIn.browser_hash.in_([*candidate_hashes(browser), ANY_BROWSER]),
        OwnerSignIn.consumed_at.is_(None),
        OwnerSignIn.expires_at > database_now(),
    )
    used = use.values(consumed_at=database_now()).returning(OwnerSignIn.id, OwnerSignIn.email)
    found = db.session.execute(used, execution_options={"synchronize_session": False}).one_or_none()
    if found is None:
        db.session.rollback()
        raise Unauthorized(BAD_LINK, "invalid_token")
    return open_session(found.email, f"sign-in {found.id}")


def open_session(email: str, verified_by: str = "owner") -> str:
    """Sign in an address that was verified, and return the token of its session; commits.

    ``verified_by`` is the subject in the audit log. Raises ``Forbidden`` for an address that `OWNERS` does not name.
    """
    _require_owner(email)
    token, now = secrets.token_urlsafe(32), database_now()
    values = {"email": email, "signed_in_at": now, "last_seen_at": now, "expires_at": now + ABSOLUTE_TIMEOUT}
    db.session.execute(insert(OwnerSession).values(values | {"token_hash": keyed_hash(token)}))
    audit.record(AuditAction.OWNER_SIGNED_IN, verified_by, actor=email)
    db.session.commit()
    return token


def authenticate(token: str) -> Owner:
    """Return whose session this is; raise ``Unauthorized`` for one that is unknown or has ended."""
    now = database_now()
    live = (
        OwnerSession.token_hash.in_(candidate_hashes(token)),
        OwnerSession.expires_at > now,
        OwnerSession.last_seen_at > now - IDLE_TIMEOUT,
    )
    is_old = (OwnerSession.last_seen_at < now - LAST_SEEN_INTERVAL).label("is_old")
    found = db.session.execute(select(OwnerSession.id, OwnerSession.email, is_old).where(*live)).one_or_none()
    role = settings().owners.get(found.email) if found is not None else None
    if found is None or role is None:
        raise Unauthorized("You are not signed in here, or no more. Sign in again.")
    if found.is_old and not read_only.is_on():
        db.session.execute(update(OwnerSession).where(OwnerSession.id == found.id).values(last_seen_at=now))
        db.session.commit()
    return Owner(found.email, role, found.id, form_token(token))


def was_opened(token: str) -> bool:
    """Tell whether a token is that of an owner's session, also one that has ended by itself and is not pruned yet."""
    email = db.session.scalar(select(OwnerSession.email).where(OwnerSession.token_hash.in_(candidate_hashes(token))))
    return email in settings().owners


def form_token(secret: str) -> str:
    """Return what a form must hold that is sent by whoever holds a secret: a session's, or a browser's."""
    return keyed_hash(f"owner-form:{secret}")


def log_out(owner: Owner) -> None:
    """End a session and commit."""
    db.session.execute(delete(OwnerSession).where(OwnerSession.id == owner.session_id))
    audit.record(AuditAction.OWNER_SIGNED_OUT, "owner", actor=owner.email)
    db.session.commit()


def prune_sign_ins(limit: int) -> int:
    """Delete up to ``limit`` requests to sign in that are a day old. The caller commits."""
    old = select(OwnerSignIn.id).where(OwnerSignIn.created_at < database_now() - REQUEST_RETENTION).limit(limit)
    return row_count(db.session.execute(delete(OwnerSignIn).where(OwnerSignIn.id.in_(old))))


def prune(limit: int) -> int:
    """Delete up to ``limit`` sessions that have ended by age. The caller commits."""
    old = select(OwnerSession.id).where(OwnerSession.expires_at < database_now()).limit(limit)
    return row_count(db.session.execute(delete(OwnerSession).where(OwnerSession.id.in_(old))))


def export_sessions(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the sessions of a person's address, oldest first."""
    own = select(OwnerSession).where(OwnerSession.email == caller.email).order_by(OwnerSession.id)
    for row in db.session.scalars(own):
        yield {"signed_in_at": row.signed_in_at, "last_seen_at": row.last_seen_at, "expires_at": row.expires_at}


def export_sign_ins(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the requests to sign in of a person's address, oldest first."""
    own = select(OwnerSignIn).where(OwnerSignIn.email == caller.email).order_by(OwnerSignIn.id)
    for row in db.session.scalars(own):
        yield {"created_at": row.created_at, "expires_at": row.expires_at, "consumed_at": row.consumed_at}


def erase(caller: Caller) -> None:
    """Delete what there is of a person's address; whoever calls this commits."""
    db.session.execute(delete(OwnerSession).where(OwnerSession.email == caller.email))
    db.session.execute(delete(OwnerSignIn).where(OwnerSignIn.email == caller.email))


def _require_owner(email: str) -> None:
    if email not in settings().owners:
        raise Forbidden("This address may not enter. The setting OWNERS names those that may.")


def _fresh_link(request: OwnerSignIn, base_url: str) -> str:
    """Return a fresh link, good for 10 minutes, that voids earlier ones of the same browser. Commits."""
    token = secrets.token_urlsafe(32)
    # Not those of other browsers: whoever asks in an owner's name would void what the owner asked for.
    own = (OwnerSignIn.email == request.email, OwnerSignIn.browser_hash == request.browser_hash)
    earlier = update(OwnerSignIn).where(*own, OwnerSignIn.consumed_at.is_(None))
    db.session.execute(earlier.values(token_hash=None), execution_options={"synchronize_session": False})
    fresh = update(OwnerSignIn).where(OwnerSignIn.id == request.id)
    values = {"token_hash": keyed_hash(token), "expires_at": database_now() + LINK_LIFETIME}
    db.session.execute(fresh.values(values), execution_options={"synchronize_session": False})
    db.session.commit()
    return f"{base_url}/owner/sign-in/link?token={token}"
