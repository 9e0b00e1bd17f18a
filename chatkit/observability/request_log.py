"""What every request leaves behind: an id in its answer, one line in the log, a count in the metrics."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from chatkit.observability import logs, metrics, redaction

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# Any word may be sent as a method: it would be logged, and each would be a series of its own in the metrics.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Configure the log of this process, and give every request an id and a line."""
    logs.configure(app.config["CHATKIT"])
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    # The request itself; `request` is a proxy that is empty once the request has ended.
    redaction.bind_request(request.environ["werkzeug.request"])


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    # The rule, never the path: what a client writes into an URL may be a secret.
    route = str(request.url_rule) if request.url_rule else "unmatched"
    method = request.method if request.method in METHODS else "other"
    response.headers["X-Request-ID"] = g.request_id
    metrics.REQUESTS.labels(method, route, response.status_code).inc()
    code = g.get("error_code")
    if response.status_code == 503 and code:
        metrics.UNAVAILABLE.labels(code).inc()
    metrics.SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 2),
        **({"error": code} if code else {}),
    )
    return response
