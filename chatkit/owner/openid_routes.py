"""/owner/sign-in/oidc: an owner's way into the room by the provider of OpenID Connect."""

from flask import Response, redirect, request

from chatkit.auth import openid_cookie
from chatkit.auth.guard import public
from chatkit.config import settings
from chatkit.errors import Forbidden, NotFound, ReadOnly, Unauthorized
from chatkit.owner import guard, openid_claims, sessions
from chatkit.ratelimit.limiter import limited
from chatkit.web import cookies, read_only
from chatkit.web.headers import scriptless_page

CALLBACK = "/owner/sign-in/oidc/callback"
OTHER_BROWSER = "This browser began no sign-in, or more than 10 minutes ago. Begin again."

bp = guard.make_blueprint("openid", __name__, "/sign-in/oidc")


@bp.get("")
@public
@limited("identity")
@scriptless_page
def begin() -> Response:
    """Lead an owner to the provider."""
    _require_on()
    from chatkit.auth import openid

    begun = openid.provider().begin(_callback())
    kept = {"owner": "1"} | begun.kept
    response: Response = redirect(begun.url, 303)  # type: ignore[assignment]  # Flask's response class is in use
    cookies.write(response, openid_cookie.NAME, openid_cookie.sign(kept), openid_cookie.SECONDS)
    return response


@bp.get("/callback")
@public
@limited("identity")
@scriptless_page
def complete() -> Response:
    """Sign an owner in whom the provider has signed in, and who has the claim that is asked for."""
    _require_on()
    kept = openid_cookie.read(cookies.read(openid_cookie.NAME))
    if "owner" not in kept:
        raise Forbidden(OTHER_BROWSER, "invalid_token")
    from chatkit.auth import openid

    try:
        claims = openid.provider().complete(_callback(), kept, request.args)
    except Unauthorized as error:
        # What is unauthorized leads to the door without a word.
        raise Forbidden(error.message, error.code) from None
    if (email := openid_claims.owners_address(claims, str(settings().oidc_owner_claim))) is None:
        raise Forbidden(openid_claims.NOT_AN_OWNER)
    response = guard.set_cookie(guard.back_to("owner_overview.index"), sessions.open_session(email))
    cookies.write(response, openid_cookie.NAME, "", 0)
    return response


def _require_on() -> None:
    if settings().owners_provider is None:
        raise NotFound
    if read_only.is_on():
        raise ReadOnly


def _callback() -> str:
    return f"{settings().base_url}{CALLBACK}"
