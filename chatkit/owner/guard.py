"""Who is in the owner's room, and what each of its pages needs: the session, the role, the protection of its forms.

A view is marked ``page`` or ``act``; before any of them runs, `_resolve` has found out who asks.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from chatkit.auth import guard as readers_guard
from chatkit.auth.guard import owner_required
from chatkit.config import settings
from chatkit.errors import Forbidden, NotFound
from chatkit.owner import figures, labels, navigation, prose, sessions
from chatkit.owner.sessions import Owner
from chatkit.ratelimit.identifiers import Requester
from chatkit.ratelimit.limiter import limited
from chatkit.version import VERSION
from chatkit.web import cookies
from chatkit.web.headers import scriptless_page
from chatkit.web.json_body import read_body

View = TypeVar("View", bound=Callable[..., Any])

PATH, API_PATH = "/owner", "/api/v1/owner"
SESSION_COOKIE, BROWSER_COOKIE = "chatkit-owner", "chatkit-owner-browser"
FORM_FIELD = "form_token"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
# How the templates of the room write figures, times and answers.
FILTERS: Mapping[str, Callable[..., str]] = {
    "grouped": figures.count,
    "percent": figures.percent,
    "share": figures.share,
    "plural": figures.plural,
    "day": figures.day,
    "minute": figures.minute,
    "prose": prose.render,
    "plain": prose.plain,
}
STALE_FORM = "This page is too old to act from, or was not opened here. Go back, reload it and try again."
FOREIGN = (
    "This is taken from pages of this server alone. A program sends the server's own address in the header Origin."
)
ONLY_OWNERS = "You may look at everything here, and change nothing: your role is reader. Ask an owner."


def page(view: View) -> View:
    """Mark a page for whoever is signed in."""
    return owner_required(scriptless_page(view))


def act(view: View) -> View:
    """Mark a view that changes something: for owners alone, from a form of this room."""
    return page(limited("owner")(view))


def any_role(view: View) -> View:
    """Let readers do this, too."""
    view.any_owner_role = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Resolve who is in the room before each request to it, and teach templates how the room writes."""
    app.before_request(_resolve)
    app.jinja_env.filters.update(FILTERS)


def make_blueprint(name: str, import_name: str, path: str = "") -> Blueprint:
    """Return a blueprint for pages at `/owner` and ``path``."""
    bp = Blueprint(f"owner_{name}", import_name, url_prefix=f"{PATH}{path}", template_folder="templates")
    bp.context_processor(words)
    return bp


def owner() -> Owner:
    """Return who is signed in."""
    found: Owner = g.owner
    return found


def requester() -> Requester:
    """Return whom the current request counts against: who is in the room, or else whoever the readers' guard says."""
    if g.get("owner") is not None:
        return Requester(account=owner().email, tier="owner")
    if request.blueprint == "owner_sign_in":
        return Requester()
    return readers_guard.requester()


def form() -> MultiDict[str, str]:
    """Return what the form of this request sent; raises what ``read_body`` does."""
    read_body(request)
    return request.form


def query() -> MultiDict[str, str]:
    """Return what stands in the query of this request's address."""
    return request.args


def render(template: str, done_sentences: Mapping[str, str] | None = None, **values: Any) -> str:
    """Render a template of the room; after an act it shows the sentence of what was done."""
    notice = (done_sentences or {}).get(request.args.get("done", ""))
    return render_template(f"owner/{template}", notice=notice, **values)


def back_to(endpoint: str, **values: Any) -> Response:
    """Lead the browser to a page after an act, so that reloading it repeats nothing."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]  # Flask's response class is in use


def browser_secret() -> str:
    """Return what this browser alone knows, new where it knows nothing yet."""
    return cookies.read(BROWSER_COOKIE) or secrets.token_urlsafe(32)


def set_cookie(response: Response, session_token: str) -> Response:
    """Hand the token of a session to the browser."""
    cookies.write(response, SESSION_COOKIE, session_token, int(sessions.ABSOLUTE_TIMEOUT.total_seconds()))
    return response


def set_browser_cookie(response: Response, secret: str) -> Response:
    """Hand the browser what it shows again when it opens a mailed link."""
    cookies.write(response, BROWSER_COOKIE, secret, int(sessions.REQUEST_RETENTION.total_seconds()))
    return response


def delete_cookie(response: Response) -> Response:
    """Have the browser forget its session."""
    cookies.write(response, SESSION_COOKIE, "", 0)
    return response


def form_field(token: str) -> Markup:
    """Return the hidden field by which a form holds a token."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, token)


def check_form(secret_token: str) -> None:
    """Raise ``Forbidden`` unless the request comes from a form of this server that holds this token."""
    given = form().get(FORM_FIELD, "")
    if not is_own_origin() or not hmac.compare_digest(given.encode(), secret_token.encode()):
        raise Forbidden(STALE_FORM, "form_refused")


def is_own_origin() -> bool:
    """Tell whether the request comes from a page of this server, as browsers say and other sites cannot."""
    own = {settings().base_origin, f"{request.scheme}://{request.host}"}
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return site == "same-origin" if site else origin in own


def find_owner() -> None:
    """Find out who is signed in to the room; raise ``Unauthorized`` where nobody is."""
    g.owner = sessions.authenticate(cookies.read(SESSION_COOKIE))


def was_signed_in() -> bool:
    """Tell whether the request is of somebody whose sign-in to the room has ended by itself, and not long ago."""
    return sessions.was_opened(cookies.read(SESSION_COOKIE))


def words() -> dict[str, Any]:
    """Return what every template of the room knows."""
    found: Owner | None = g.get("owner")
    return {
        "owner": found,
        "may_act": found is not None and found.role == "owner",
        "form_token": form_field(found.form_token) if found else "",
        "menu": navigation.ENTRIES,
        "outcomes": labels.OUTCOMES,
        "ratings": labels.RATINGS,
        "version": VERSION,
        "server": urlsplit(settings().base_url).netloc,
    }


def _resolve() -> None:
    if not f"{request.path}/".startswith((f"{PATH}/", f"{API_PATH}/")):
        return
    if not settings().owners:
        raise NotFound()
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "auth_decision", "public") != "owner":
        return
    find_owner()
    if request.method in READS:
        return
    if not request.path.startswith(API_PATH):
        check_form(owner().form_token)
    elif not is_own_origin():
        raise Forbidden(FOREIGN, "origin_not_allowed")
    if owner().role != "owner" and not hasattr(view, "any_owner_role"):
        raise Forbidden(ONLY_OWNERS)
