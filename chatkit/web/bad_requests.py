"""What gunicorn cannot read, answered as everything else is: the one envelope, the headers, one log line.

Left alone, gunicorn answers in HTML and quotes what it got, to the client and in its log.
"""

import socket
from typing import TYPE_CHECKING

import structlog
from flask import Flask, abort, request
from gunicorn import util  # type: ignore[import-untyped]  # gunicorn carries no types
from gunicorn.http import errors  # type: ignore[import-untyped]
from werkzeug.test import create_environ, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = structlog.get_logger()

# Where the WSGI environment keeps the status and the error; no header of a request can become this key.
REFUSAL = "chatkit.refusal"
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.LimitRequestLine, 414),
    (errors.LimitRequestHeaders, 431),
    (errors.UnsupportedTransferCoding, 501),
    (errors.ExpectationFailed, 417),
    (errors.InvalidResponseHeader, 500),
    (errors.InvalidResponseHeaderName, 500),
    (errors.ParseException, 400),
)


def init_app(app: Flask) -> None:
    """Let the application render what the server refuses."""
    app.before_request(_raise_refusal)


def refuse(application: "WSGIApplication", client: socket.socket, address: object, error: Exception) -> None:
    """Answer a request that gunicorn could not read, on its connection, by way of the application."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    host, port = address if isinstance(address, tuple) else ("", 0)
    base = {REFUSAL: (status, error), "REMOTE_ADDR": host, "REMOTE_PORT": port}
    body, line, headers = run_wsgi_app(application, create_environ(environ_base=base), buffered=True)
    content = b"".join(body)
    head = [f"HTTP/1.1 {line}", "Connection: close", *(f"{name}: {value}" for name, value in headers)]
    try:
        util.write_nonblock(client, "\r\n".join([*head, "", ""]).encode("latin-1") + content)
    except OSError:
        log.debug("refused_client_gone")


def _raise_refusal() -> None:
    refused = request.environ.get(REFUSAL)
    if refused is None:
        return
    status, error = refused
    if status == 500:
        raise error
    log.warning("request_unreadable", reason=type(error).__name__)
    abort(status)
