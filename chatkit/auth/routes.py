"""/auth: signing up, in and out."""

from typing import Any

from flask import request

from chatkit.auth import guard, identity, openid_service, profile, rotation, service, sessions
from chatkit.auth.device_name import device_name
from chatkit.auth.guard import caller
from chatkit.auth.return_to import asking_page
from chatkit.auth.schemas import (
    CodeSchema,
    EmailSchema,
    IdentitySchema,
    MigratedSchema,
    MigrateSchema,
    ProviderAddressSchema,
    ProviderRequestSchema,
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
    the browser makes and shows nobody, lets that browser use the mail: its link without a question,
    and its code. Without `return_to` the link leads back to the page that the request names as its
    own, when that is of an allowed site.
    """
    page = body["return_to"] or asking_page(request.referrer, request.origin)
    service.sign_up(body["email"], body["migrate_session"], page, body["browser_id"])
    return {"status": "verification_sent"}


@bp.post("/resend-verification")
@guard.public
@limited("resend")
@bp.arguments(EmailSchema)
@bp.response(200, StatusSchema)
def resend_verification(body: dict[str, Any]) -> dict[str, str]:
    """Ask for the mail again

    Repeats what the same `browser_id` asked for in the last day.
    """
    service.resend(body["email"], body["browser_id"])
    return {"status": "verification_sent"}


@bp.post("/verify")
@guard.public
@limited("verify")
@bp.arguments(TokenSchema)
@bp.response(200, SignedInSchema)
def verify(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a mailed link's token into a session

    A token works once, for 10 minutes, however many try at once. Without the `browser_id` that
    asked for the link the answer is 409 `other_browser`, with the masked `email`, and the token
    stays good: ask the reader, and send it again with `confirmed`. Nothing is adopted then.
    """
    device = device_name(request.user_agent.string)
    return _signed_in(service.verify(body["token"], body["browser_id"], body["confirmed"], device))


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


@bp.post("/identity")
@guard.public
@limited("identity")
@bp.arguments(IdentitySchema)
@bp.response(200, SignedInSchema)
def identify(body: dict[str, Any]) -> dict[str, Any]:
    """Turn the site's own word on who a reader is into a session

    For a site that knows its readers. The token is a JWT that the site's server signs: `iss`, `aud`, `sub`, `iat`,
    `exp`, minutes later, and `jti` are required, `name`, `email` and `email_verified` are not. It signs in once.
    """
    return _signed_in(identity.sign_in(body["token"], device_name(request.user_agent.string)))


@bp.post("/oidc")
@guard.public
@limited("oidc")
@bp.arguments(ProviderRequestSchema)
@bp.response(200, ProviderAddressSchema)
def ask_provider(body: dict[str, Any]) -> dict[str, str]:
    """Ask to sign in at the provider of OpenID Connect

    The browser goes to the `url` and comes back to `return_to` as from a mailed link: with a token in the fragment, for
    `verify` with the same `browser_id`, good for 2 minutes.
    """
    page = body["return_to"] or asking_page(request.referrer, request.origin)
    return {"url": openid_service.ask(body["browser_id"], body["migrate_session"], page)}


@bp.get("/session-check")
@guard.account_required
@bp.response(200, SessionCheckSchema)
def session_check() -> dict[str, Any]:
    """Tell whose session this is"""
    return {"valid": True, "user": profile.describe(caller().account_id, caller().email, caller().tier)}


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

    The old one stops. For 30 seconds it may still call this, for a reply that was lost, and gets
    the same token again. Used later, or after the new one was used, it is taken for stolen and the
    whole sign-in ends.
    """
    issued = rotation.rotate(caller(), guard.bearer_token())
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
        "user_profile": signed_in.profile,
        "migrated_messages": signed_in.adopted.messages,
        "chat_ids": signed_in.adopted.chat_ids,
    }
