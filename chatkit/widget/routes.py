"""Serves the built bundle, and the integration harness in test mode."""

from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

from chatkit.auth import guard
from chatkit.config import settings
from chatkit.errors import NotFound, Unavailable
from chatkit.web.headers import page

STATIC = Path(__file__).parent / "static"
BUNDLE = "chatkit-widget.js"
DIALOGS = "chatkit-dialogs.js"

bp = Blueprint("widget", __name__, template_folder="templates")


@bp.get(f"/widget/{DIALOGS}", defaults={"name": DIALOGS})
@bp.get(f"/widget/{BUNDLE}", defaults={"name": BUNDLE})
@guard.public
def bundle(name: str) -> Response:
    """Return the widget, to any site: on one that is not allowed it can then say so."""
    if not (STATIC / name).exists():
        raise Unavailable("The widget is not built. Run: make run, or npm run build in chatkit/widget.")
    response = send_from_directory(STATIC, name, mimetype="text/javascript", max_age=300)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
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
    return render_template("signin.html", origins=[*chosen.cors_origins, chosen.base_origin])
