"""The headers of every response: Talisman, CORS, caching and cross-origin isolation."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request
from flask_cors import CORS
from flask_talisman import Talisman
from werkzeug.exceptions import RequestEntityTooLarge

from chatkit.config import Settings
from chatkit.errors import NotFound
from chatkit.web.json_body import MAX_BODY_BYTES

CSP = {"default-src": "'self'"}
CSP_TEXT = "default-src 'self'"
# Only scripts that the page names with its nonce run, and what those load themselves: a file or an answer of
# this very server is no script, whoever points to it.
THIRD_PARTY_PAGE_CSP = CSP | {
    "script-src": "'strict-dynamic'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
# And no text becomes markup or script, which our own scripts never ask for.
PAGE_CSP = THIRD_PARTY_PAGE_CSP | {"require-trusted-types-for": "'script'", "trusted-types": "'none'"}
# A page without any script, which shows what strangers wrote: nothing but our own style, pictures and forms.
SCRIPTLESS_PAGE_CSP = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
SCRIPTLESS_TEXT = "; ".join(f"{name} {value}" for name, value in SCRIPTLESS_PAGE_CSP.items())
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
HSTS_SECONDS = 31_536_000
# The last three are those of an MCP client in a page.
ALLOWED_HEADERS = [
    *("Authorization", "Content-Type", "X-Request-ID", "Last-Event-ID", "X-Session-ID"),
    *("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"),
]
EXPOSED_HEADERS = ["X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"]

# Marks views; it is bound to no application, since one keeps its options on itself.
view_options = Talisman()

View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Set the headers of the contract on every response, whatever its status."""
    chosen: Settings = app.config["CHATKIT"]
    # A body without a length is cut at this many bytes: one too many tells that it was longer.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    app.before_request(_refuse_nul)
    app.before_request(_refuse_large_body)
    app.after_request(_set_cache_and_isolation)
    # Talisman keeps its options on itself, so each application needs its own.
    # force_https would redirect preflights and trust the Host header: the proxy redirects.
    Talisman(
        app,
        force_https=False,
        content_security_policy=CSP,
        frame_options="DENY",
        permissions_policy=PERMISSIONS_POLICY,
        referrer_policy="strict-origin-when-cross-origin",
        session_cookie_secure=False,
        # Talisman believes X-Forwarded-Proto from anybody; the header is set below instead.
        strict_transport_security=False,
        x_xss_protection=True,
    )
    CORS(
        app,
        # The owner's room and its calls are for this origin alone.
        resources=r"/(?!owner(/|$)|api/v1/owner(/|$)).*",
        # As text an origin would be compared without case, and one with brackets taken for a pattern.
        origins=[re.compile(rf"{re.escape(origin)}\Z") for origin in chosen.cors_origins],
        always_send=False,
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        methods=["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
        max_age=600,
    )


def page(view: View) -> View:
    """Mark a view that answers with an HTML page; its scripts carry ``csp_nonce()``."""
    return _with_csp(view, PAGE_CSP, "script-src")


def third_party_page(view: View) -> View:
    """Mark a page whose scripts are not ours and write markup."""
    return _with_csp(view, THIRD_PARTY_PAGE_CSP, "script-src")


def scriptless_page(view: View) -> View:
    """Mark a page that runs nothing at all."""
    return _with_csp(view, SCRIPTLESS_PAGE_CSP)


def _with_csp(view: View, policy: dict[str, str], *with_nonce: str) -> View:
    """Mark a page with its policy, whose directives ``with_nonce`` admit what carries the nonce."""
    mark = view_options(content_security_policy=policy, content_security_policy_nonce_in=list(with_nonce))
    marked: View = mark(view)
    return marked


def _refuse_nul() -> None:
    """Answer a path with NUL as the unknown address it is; PostgreSQL cannot even compare with it."""
    if "\x00" in request.path:
        raise NotFound()


def _refuse_large_body() -> None:
    """Refuse by the announced length, also where no view would read the body."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge()


def _set_cache_and_isolation(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
    if response.mimetype == "text/html":
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if response.status_code >= 400:
            # No view chose a policy for the page of an error.
            headers["Content-Security-Policy"] = SCRIPTLESS_TEXT
    else:
        # Also where a page was not found, which is answered in JSON.
        headers["Content-Security-Policy"] = CSP_TEXT
    # What is left of such a body is not read, so no other request can follow on this connection.
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if response.status_code == 413 or (chunked and response.status_code >= 400):
        headers["Connection"] = "close"
    # Flask-Cors says so only to origins it knows; a cache must tell the others apart too.
    if "Vary" not in headers and headers.get("Access-Control-Allow-Origin") != "*":
        headers["Vary"] = "Origin"
    return response
