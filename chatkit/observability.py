"""What an operator sees: a request id, one JSON log line per request, metrics, health."""

import hmac
import ipaddress
import re
import sys
import time
import uuid
from collections.abc import MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, current_app, g, has_app_context, has_request_context, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import ValueClass
from sqlalchemy import text

from chatkit.config import Settings, settings
from chatkit.errors import Unauthorized
from chatkit.extensions import db
from chatkit.version import VERSION

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
SECRET_KEYS = re.compile(r"token|secret|password|authorization|cookie|email|message|content|database_url", re.I)
BEARER = re.compile(r"(?i)(bearer\s+|token=)[^\s\"'&]+")
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}

REQUESTS = Counter("chatkit_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("chatkit_request_seconds", "Time to the response's headers.", ["route"])
LIMITED = Counter("chatkit_rate_limited_total", "Requests refused by a limit.", ["action"])

log = structlog.get_logger()
bp = Blueprint("observability", __name__)


def init_app(app: Flask) -> None:
    """Give every request an id and a line, and serve /health and /metrics."""
    _configure_logging()
    app.extensions["chatkit_started"] = app.config["CHATKIT"].started_at or time.time()
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(bp)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    # The rule, never the path: what a client writes into an URL may be a secret.
    route = str(request.url_rule) if request.url_rule else "unmatched"
    response.headers["X-Request-ID"] = g.request_id
    REQUESTS.labels(request.method, route, response.status_code).inc()
    SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        method=request.method,
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


def _configure_logging() -> None:
    structlog.configure(
        processors=[
            _drop_below_level,
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.BoundLogger,
        logger_factory=_StdoutLogger,
        cache_logger_on_first_use=True,
    )


class _StdoutLogger:
    """Writes a line to whatever standard output is now, whole lines also from several threads."""

    def __init__(self, *args: object) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = msg


Event = MutableMapping[str, Any]


def _drop_below_level(logger: object, method: str, event: Event) -> Event:
    threshold = settings().log_level.lower() if has_app_context() else "info"
    if LEVELS[method] < LEVELS[threshold]:
        raise structlog.DropEvent
    return event


def _add_request_id(logger: object, method: str, event: Event) -> Event:
    if has_request_context() and "request_id" in g:
        event.setdefault("request_id", g.request_id)
    return event


def redact(logger: object, method: str, event: Event) -> Event:
    """Blank what must not be logged, by the name it stands under and by what it is."""
    secrets = _secret_values(settings()) if has_app_context() else ()
    for key, value in event.items():
        if _names_a_secret(key):
            event[key] = "[redacted]"
        elif isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, "[redacted]")
            event[key] = BEARER.sub(r"\1[redacted]", value)
    return event


@lru_cache(maxsize=1000)
def _names_a_secret(key: str) -> bool:
    return SECRET_KEYS.search(key) is not None


def _secret_values(chosen: Settings) -> tuple[str, ...]:
    known = (chosen.secret_key, chosen.smtp_password, chosen.metrics_token, chosen.openai_api_key)
    return tuple(secret for secret in known if secret)
