"""What every request leaves behind: an id in its answer, one line in the log, a count in the metrics."""

import re
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, request

from chatkit import tracing
from chatkit.observability import logs, metrics, redaction

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# Any word may be sent as a method: it would be logged, and each would be a series of its own in the metrics.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

if TYPE_CHECKING:
    from opentelemetry.trace import Span

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Configure the log of this process, and give every request an id and a line."""
    logs.configure(app.config["CHATKIT"])
    app.before_request(partial(_begin, app))
    app.after_request(partial(_end, app))
    app.teardown_request(_leave)


def _begin(app: Flask) -> None:
    g.began = time.perf_counter()
    g.span = tracing.start(app, "request")
    g.span_token = tracing.enter(g.span)
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    # The request itself; `request` is a proxy that is empty once the request has ended.
    redaction.bind_request(request.environ["werkzeug.request"])


def _end(app: Flask, response: Response) -> Response:
    # The rule, never the path: what a client writes into an URL may be a secret.
    route = str(request.url_rule) if request.url_rule else "unmatched"
    method = request.method if request.method in METHODS else "other"
    response.headers["X-Request-ID"] = g.request_id
    record = partial(_record, method, route, response.status_code, g.began, g.request_id, g.get("error_code"), g.span)
    if response.is_streamed:
        # It is over when its last piece was sent, or its reader is gone; the request's context is gone by then, too.
        response.call_on_close(partial(_record_in, app, record))
    else:
        record()
    return response


def _leave(error: BaseException | None) -> None:
    tracing.leave(g.pop("span_token", None))


def _record_in(app: Flask, record: Callable[[], None]) -> None:
    with app.app_context():
        record()


def _record(
    method: str, route: str, status: int, began: float, request_id: str, code: str | None, span: "Span | None"
) -> None:
    seconds = time.perf_counter() - began
    metrics.REQUESTS.labels(method, route, status).inc()
    if status == 503 and code:
        metrics.UNAVAILABLE.labels(code).inc()
    metrics.SECONDS.labels(route).observe(seconds)
    tracing.end(
        span,
        f"{method} {route}",
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "chatkit.request_id": request_id,
        },
    )
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        request_id=request_id,
        **({"error": code} if code else {}),
    )
