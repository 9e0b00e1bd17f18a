"""/auth: signing up, in and out."""

from typing import Any

from flask import request

from chatkit.auth import guard, service, sessions
from chatkit.auth.device_name import device_name
from chatkit.auth.guard import caller
from chatkit.auth.schemas import (
    CodeSchema,
    EmailSchema,
    MigratedSchema,
    MigrateSchema,
    RefreshedSchema,
    SessionCheckSchema,
    SessionsSchema,
    SignedInSchema,
    SignupSchema,
    StatusSchema,
    TokenSchema,
    VerifiedSchema,
)
from chatkit.ratelimit.limiter import limited, unlimited
from chatkit.web.payloads import Blueprint

bp = Blueprint(
    "auth", __name__, url_prefix="/api/v1/auth", description="Accounts and sessions", template_folder="templates"
)


@bp.post("/signup")
@guard.public
@limited("signup")
@bp.arguments(SignupSchema)
@bp.response(200, StatusSchema)
def signup(body: dict[str, Any]) -> dict[str, str]:
    """Ask for a link by mail

    Signs a new or a known address in. The answer is the same for both. A `browser_id`, a UUID that
    the browser makes and shows nobody, lets that browser use the mail's code.
    """
    service.sign_up(body["email"], body["migrate_session"], body["return_to"], body["browser_id"])
    return {"status": "verification_sent"}


@bp.post("/resend-verification")
@guard.public
@limited("resend")
@bp.arguments(EmailSchema)
@bp.response(200, StatusSchema)
def resend_verification(body: dict[str, Any]) -> dict[str, str]:
    """Ask for the mail again"""
    service.resend(body["email"], body["browser_id"])
    return {"status": "verification_sent"}


@bp.post("/verify")
@guard.public
@limited("verify")
@bp.arguments(TokenSchema)
@bp.response(200, SignedInSchema)
def verify(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a mailed link's token into a session

    A token works once, for 10 minutes, however many try at once.
    """
    return _signed_in(service.verify(body["token"], device_name(request.user_agent.string)))


@bp.post("/verify-code")
@guard.public
@limited("verify_code")
@bp.arguments(CodeSchema)
@bp.response(200, SignedInSchema)
def verify_code(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a mailed code into a session

    For a reader whose mail is on another device. The code works once, for 10 minutes and five
    tries, and only with the `browser_id` that the mail was asked with.
    """
    return _signed_in(service.verify_code(body["code"], body["browser_id"], device_name(request.user_agent.string)))


@bp.get("/session-check")
@guard.account_required
@bp.response(200, SessionCheckSchema)
def session_check() -> dict[str, Any]:
    """Tell whose session this is"""
    return {"valid": True, "user": {"email": caller().email, "tier": caller().tier}}


@bp.get("/verification-status")
@guard.account_required
@bp.response(200, VerifiedSchema)
def verification_status() -> dict[str, bool]:
    """Tell whether the caller's address is verified"""
    return {"verified": caller().verified}


@bp.post("/refresh-token")
@guard.rotated_allowed
@limited("refresh")
@bp.response(200, RefreshedSchema)
def refresh_token() -> dict[str, Any]:
    """Replace the token

    The old one stops. For 30 seconds it may still call this, for a reply that was lost; used
    later, it is taken for stolen and the whole sign-in ends.
    """
    issued = sessions.rotate(caller())
    return {"token": issued.token, "expires_at": issued.expires_at}


@bp.post("/migrate-session")
@guard.account_required
@limited("edit")
@bp.arguments(MigrateSchema)
@bp.response(200, MigratedSchema)
def migrate_session(body: dict[str, Any]) -> dict[str, int]:
    """Move an anonymous transcript into the account"""
    return {"migrated_messages": service.migrate_session(caller(), body["anon_id"])}


@bp.post("/logout")
@guard.account_required
@unlimited
@bp.response(204)
def logout() -> None:
    """End this session on the server"""
    service.log_out(caller())


@bp.post("/logout-all")
@guard.account_required
@unlimited
@bp.response(204)
def logout_all() -> None:
    """End every session of the account"""
    service.log_out_everywhere(caller())


@bp.get("/sessions")
@guard.account_required
@bp.response(200, SessionsSchema)
def list_sessions() -> dict[str, Any]:
    """List where the account is signed in"""
    return {"sessions": sessions.list_active(caller())}


@bp.delete("/sessions/<session_id>")
@guard.account_required
@limited("edit")
@bp.response(204)
def revoke_session(session_id: str) -> None:
    """End one of one's sessions"""
    sessions.revoke_own(caller(), session_id)


def _signed_in(signed_in: service.SignedIn) -> dict[str, Any]:
    return {
        "session_token": signed_in.issued.token,
        "expires_at": signed_in.issued.expires_at,
        "user_profile": {"email": signed_in.email, "tier": signed_in.tier},
    }
