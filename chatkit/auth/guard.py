"""Who is asking: the bearer token, resolved once, before limits and views."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from chatkit.auth import sessions
from chatkit.auth.sessions import Caller
from chatkit.errors import Unauthorized
from chatkit.ratelimit.identifiers import Requester
from chatkit.web.json_body import json_value
from chatkit.web.payloads import SESSION_HEADER, SESSION_ID

View = TypeVar("View", bound=Callable[..., Any])


def _decision(name: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.auth_decision = name  # type: ignore[attr-defined]
        return view

    return mark


# Every view declares one of these, or belongs to the owner's room; the suite fails for a view that does not.
account_required = _decision("required")
account_optional = _decision("optional")
public = _decision("public")
# The one view that a rotated token may still call, for the reply that was lost.
rotated_allowed = _decision("rotated")
# Nobody's bearer token opens these: `chatkit/owner/guard.py` says who may.
owner_required = _decision("owner")


def init_app(app: Flask) -> None:
    """Resolve the caller before each request."""
    app.before_request(_resolve)


def caller() -> Caller:
    """Return who is signed in; only for views that require an account."""
    found: Caller = g.caller
    return found


def bearer_token() -> str:
    """Return the token that the request came with; raise ``Unauthorized`` for a header that holds none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("The Authorization header must be: Bearer, then the token.")
    return token.strip()


def caller_id() -> int | None:
    """Return the account of the caller, or None when anonymous."""
    return g.caller.account_id if g.get("caller") else None


def requester() -> Requester:
    """Return whom the current request counts against."""
    found: Caller | None = g.get("caller")
    if found is not None:
        return Requester(account=found.email, tier=found.tier)
    if request.method != "POST":
        # What has no body names its session in a header.
        return Requester(session_id=_session_id(request.headers.get(SESSION_HEADER)))
    # A question's session stands in its context.
    session_id, email = json_value("context", "session_id") or json_value("session_id"), json_value("email")
    return Requester(session_id=_session_id(session_id), recipient=email if isinstance(email, str) else None)


def _session_id(given: object) -> str | None:
    """Return the id of an anonymous session as it is counted; None for what is none."""
    return given.lower() if isinstance(given, str) and SESSION_ID.fullmatch(given) else None


def _resolve() -> None:
    g.caller = None
    decision = getattr(current_app.view_functions.get(request.endpoint or ""), "auth_decision", "public")
    if decision in {"public", "owner"} or request.method == "OPTIONS":
        return
    if "Authorization" not in request.headers:
        if decision != "optional":
            raise Unauthorized()
        return
    g.caller = sessions.authenticate(bearer_token(), may_be_rotated=decision == "rotated")
