"""/owner/sign-in: the door of the room, and what its pages load."""

from pathlib import Path

from flask import Response, make_response, request, send_from_directory

from chatkit.auth.guard import public
from chatkit.config import settings
from chatkit.errors import Unauthorized
from chatkit.owner import fields, guard, sessions
from chatkit.ratelimit.limiter import limited, unlimited
from chatkit.web import cookies
from chatkit.web.headers import scriptless_page

bp = guard.make_blueprint("sign_in", __name__)


@bp.get("/sign-in")
@public
@scriptless_page
def sign_in() -> Response:
    """Show the form that asks for a link; who is signed in is led on."""
    try:
        sessions.authenticate(cookies.read(guard.SESSION_COOKIE))
    except Unauthorized:
        return _page("sign_in.html")
    return guard.back_to("owner_overview.index")


@bp.post("/sign-in")
@public
@scriptless_page
@limited("owner_sign_in")
def ask_for_link() -> Response:
    """Send a link to an address that may enter; the answer is the same for any other."""
    guard.check_form(sessions.form_token(guard.browser_secret()))
    email = fields.text(guard.form(), "email", 254, required=True).lower()
    sessions.request_sign_in(email, guard.browser_secret())
    return _page("sign_in_sent.html")


@bp.get("/sign-in/link")
@public
@scriptless_page
def open_link() -> Response:
    """Show the button that signs in: a mail's scanner that follows the link uses nothing up."""
    return _page("sign_in_link.html", token=request.args.get("token", ""))


@bp.post("/sign-in/link")
@public
@scriptless_page
@limited("verify")
def redeem() -> Response:
    """Sign in by a link, in the browser that asked for it."""
    guard.check_form(sessions.form_token(guard.browser_secret()))
    token = sessions.redeem(fields.text(guard.form(), "token", 256), guard.browser_secret())
    return guard.set_cookie(guard.back_to("owner_overview.index"), token)


@bp.post("/log-out")
@guard.any_role
@guard.page
@unlimited
def log_out() -> Response:
    """End the session."""
    sessions.log_out(guard.owner())
    return guard.delete_cookie(guard.back_to("owner_sign_in.sign_in"))


@bp.get("/static/<path:name>")
@public
def asset(name: str) -> Response:
    """Return what the pages load."""
    return send_from_directory(Path(__file__).parent / "static", name, max_age=300)


def _page(template: str, token: str = "") -> Response:
    """Return a page whose form only this browser can send."""
    secret = guard.browser_secret()
    form_token = guard.form_field(sessions.form_token(secret))
    body = guard.render(template, form_token=form_token, token=token, provider=settings().owners_provider)
    return guard.set_browser_cookie(make_response(body), secret)
