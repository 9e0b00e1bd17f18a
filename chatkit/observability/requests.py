"""What an operator sees: a request id, one JSON log line per request, metrics, health."""

import hmac
import ipaddress
import re
import time
import uuid
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import ValueClass
from sqlalchemy import text

from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.errors import Unauthorized
from chatkit.observability import logs, redaction
from chatkit.version import VERSION

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# Any word may be sent as a method: it would be logged, and each would be a series of its own in the metrics.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("chatkit_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("chatkit_request_seconds", "Time to the response's headers.", ["route"])
LIMITED = Counter("chatkit_rate_limited_total", "Requests refused by a limit.", ["action"])

log = structlog.get_logger()
bp = Blueprint("observability", __name__)


def init_app(app: Flask) -> None:
    """Give every request an id and a line, and serve /health and /metrics."""
    logs.configure(app.config["CHATKIT"])
    app.extensions["chatkit_started"] = app.config["CHATKIT"].started_at or time.time()
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(bp)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    redaction.bind_request()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    # The rule, never the path: what a client writes into an URL may be a secret.
    route = str(request.url_rule) if request.url_rule else "unmatched"
    method = request.method if request.method in METHODS else "other"
    response.headers["X-Request-ID"] = g.request_id
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 2),
    )
    return response


@bp.get("/health")
def health() -> tuple[Response, int]:
    """Tell whether this server and its database answer."""
    db.session.execute(text("SELECT 1"))
    started = current_app.extensions["chatkit_started"]
    body = {
        "status": "ok",
        "database": "connected",
        "started_at": datetime.fromtimestamp(started, UTC),
        "uptime_seconds": round(time.time() - started, 3),
        "version": VERSION,
    }
    return jsonify(body), 200


@bp.get("/metrics")
def metrics() -> Response:
    """Return Prometheus text summed over all workers, to loopback or to the bearer of METRICS_TOKEN."""
    if not _may_read_metrics():
        raise Unauthorized("Metrics are for this machine or for the bearer of METRICS_TOKEN.")
    registry = PROCESS_REGISTRY
    if ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics() -> bool:
    wanted = settings().metrics_token
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if wanted and hmac.compare_digest(bearer.encode(), wanted.encode()):
        return True
    # Behind a proxy that is not trusted, every reader seems to come from loopback.
    if settings().trusted_proxies == 0 and "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
