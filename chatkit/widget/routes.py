"""Serves the built bundle, and the integration harness in test mode."""

from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_from_directory

from chatkit.auth import guard
from chatkit.config import settings
from chatkit.errors import NotFound, Unavailable
from chatkit.web.headers import page

STATIC = Path(__file__).parent / "static"
BUNDLE = "chatkit-widget.js"
# What a script says of this server, and what it says where that is otherwise: whether readers are offered to sign in,
# and by whom, whose name follows, see account.ts, and who writes the answers, see panel.ts.
CONTROLS = "chatkit-controls.js"
OFFER = (b"chatkit-sign-in:on", b"chatkit-sign-in:off")
PROVIDER = b"chatkit-provider:"
WRITER = (b"chatkit-model:off", b"chatkit-model:on")

bp = Blueprint("widget", __name__, template_folder="templates")


@bp.get("/widget/chatkit-<name>.js")
@guard.public
def bundle(name: str) -> Response:
    """Return the widget or a part of it, to any site: on one that is not allowed it can then say so."""
    if not (STATIC / BUNDLE).exists():
        raise Unavailable("The widget is not built. Run: make run, or npm run build in chatkit/widget.")
    script = f"chatkit-{name}.js"
    response = (
        _adapted(script)
        if script in (BUNDLE, CONTROLS)
        else send_from_directory(STATIC, script, mimetype="text/javascript", max_age=300)
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _adapted(name: str) -> Response:
    """Return a script with what it need not ask: whether readers may sign in, and who writes the answers."""
    chosen = settings()
    script = (STATIC / name).read_bytes()
    if not chosen.sign_in:
        script = script.replace(*OFFER)
    if (provider := chosen.readers_provider) is not None:
        script = script.replace(PROVIDER, PROVIDER + provider.encode())
    if chosen.llm_model:
        script = script.replace(*WRITER)
    response = Response(script, mimetype="text/javascript")
    response.cache_control.public, response.cache_control.max_age = True, 300
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.get("/widget/<path:name>")
@guard.public
def asset(name: str) -> Response:
    """Return what the server's own pages load."""
    return send_from_directory(STATIC, name, max_age=300)


@bp.get("/widget/integration")
@guard.public
@page
def integration() -> str:
    """Show the harness: the widget, nine checks and their live results; in test mode only."""
    if not settings().test_mode:
        raise NotFound()
    return render_template("integration.html")


@bp.get("/signin")
@guard.public
@page
def signin() -> str:
    """Show the page a mailed link opens; it does nothing until its button is pressed."""
    chosen = settings()
    return render_template("signin.html", origins=chosen.allowed_origins, offers=chosen.sign_in)
