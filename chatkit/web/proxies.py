"""What stands in front of the server: reverse proxies that are believed, and the path that readers find it below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog
from flask import Flask, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from chatkit.config import BASE_PATH, Settings
from chatkit.web.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

# Anything else would make links of it that lead elsewhere, such as `//evil.example`.
PREFIX = re.compile(BASE_PATH)


def init_app(app: Flask) -> None:
    """Believe as many proxies as TRUSTED_PROXIES says, and answer below the path of BASE_URL as at the root."""
    chosen: Settings = app.config["CHATKIT"]
    # Doubled slashes would be redirected, to whatever host the request names.
    app.url_map.merge_slashes = False
    app.wsgi_app = BelowPath(app.wsgi_app, chosen.base_path)  # type: ignore[method-assign]
    if hops := chosen.trusted_proxies:
        app.wsgi_app = PlainAddress(app.wsgi_app)  # type: ignore[method-assign]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_prefix=hops)  # type: ignore[method-assign]
    else:
        app.before_request(_warn_of_untrusted_proxy)


class BelowPath:
    """WSGI middleware: links begin with the path that the proxy serves, whether or not it takes that off.

    What a believed proxy calls `X-Forwarded-Prefix`, or what mounts the application, has been taken off already.
    Otherwise the path is that of BASE_URL, and is taken off here where it stands.
    """

    def __init__(self, app: WSGIApplication, path: str) -> None:
        self._app = app
        self._path = path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        prefix, path = environ.get("SCRIPT_NAME", "").rstrip("/"), environ.get("PATH_INFO", "")
        if not PREFIX.fullmatch(prefix):
            prefix = self._path
            if path == prefix or path.startswith(f"{prefix}/"):
                path = path[len(prefix) :]
        # An absent path would be redirected, to whatever host the request names.
        environ |= {"SCRIPT_NAME": prefix, "PATH_INFO": path or "/"}
        return self._app(environ, start_response)


class PlainAddress:
    """WSGI middleware: the address that a believed proxy tells is one, without port and brackets.

    What is none, such as `unknown`, counts as one reader's; the log says so once.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told = environ.get("REMOTE_ADDR", "")
        parsed = parse_address(told)
        environ["REMOTE_ADDR"] = str(parsed or "unknown")
        if told and parsed is None and not self._warned:
            self._warned = True
            log.warning("forwarded_address_unreadable", remedy="Let the proxy put addresses into X-Forwarded-For.")
        return self._app(environ, start_response)


def _warn_of_untrusted_proxy() -> None:
    if "X-Forwarded-For" not in request.headers or "chatkit_forwarded_warned" in current_app.extensions:
        return
    current_app.extensions["chatkit_forwarded_warned"] = True
    log.warning("forwarded_header_ignored", remedy="Set TRUSTED_PROXIES to the number of your reverse proxies.")
