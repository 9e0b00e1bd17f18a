"""/signin/oidc: a reader's way to the provider of OpenID Connect, and back."""

from flask import Blueprint, Response, g, redirect, render_template, request

from chatkit import errors
from chatkit.auth import guard, openid_cookie, openid_service
from chatkit.auth.openid_service import ReaderRequest
from chatkit.config import settings
from chatkit.errors import ApiError, Unauthorized
from chatkit.ratelimit.limiter import limited
from chatkit.web import cookies
from chatkit.web.headers import scriptless_page

OTHER_BROWSER = (
    "This browser began no sign-in, or more than 10 minutes ago. Begin again on the page that you came from."
)

bp = Blueprint("openid", __name__, url_prefix="/signin/oidc", template_folder="templates")


@bp.get("")
@guard.public
@limited("identity")
@scriptless_page
def begin() -> Response:
    """Lead a reader who asked to sign in to the provider."""
    token = request.args.get("request", "")
    _find(token)
    from chatkit.auth import openid

    begun = openid.provider().begin(_callback())
    kept = {"request": token} | begun.kept
    response = _lead(begun.url)
    cookies.write(response, openid_cookie.NAME, openid_cookie.sign(kept), openid_cookie.SECONDS)
    return response


@bp.get("/callback")
@guard.public
@limited("identity")
@scriptless_page
def complete() -> Response:
    """Lead a reader back whom the provider has signed in."""
    openid_service.require_on()
    kept = openid_cookie.read(cookies.read(openid_cookie.NAME))
    if "request" not in kept:
        raise Unauthorized(OTHER_BROWSER, "invalid_token")
    asked = _find(kept["request"])
    from chatkit.auth import openid

    claims = openid.provider().complete(_callback(), kept, request.args)
    response = _lead(openid_service.complete(asked, claims))
    cookies.write(response, openid_cookie.NAME, "", 0)
    return response


@bp.errorhandler(ApiError)
def _render_error(error: ApiError) -> Response | tuple[str, int, dict[str, str]]:
    """Answer with a page that says what happened."""
    if settings().oidc_issuer is None:
        return errors.render(error)
    g.error_code = error.code
    headers = {name: value for name, value in error.headers().items() if name != "WWW-Authenticate"}
    page = render_template("openid_failed.html", message=error.message, page=g.get("page_to_return_to"))
    return page, error.status, headers


def _find(token: str) -> ReaderRequest:
    """Return the request of a token; from then on a page that says what went wrong leads back."""
    asked = openid_service.find(token)
    g.page_to_return_to = asked.return_to
    return asked


def _callback() -> str:
    return f"{settings().base_url}{openid_service.CALLBACK}"


def _lead(url: str) -> Response:
    response = redirect(url, 303)
    # A page's address that led here, and its query, are nobody's business there.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response  # type: ignore[return-value]  # Flask's response class is in use
