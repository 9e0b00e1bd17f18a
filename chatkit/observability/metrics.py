"""The metrics of this server, and /metrics, which shows them to its operator."""

import hmac
import ipaddress

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from chatkit.config import counts_in_files, metrics_folder, settings
from chatkit.errors import Unauthorized
from chatkit.observability import metric_files

REQUESTS = Counter("chatkit_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("chatkit_request_seconds", "Time to the response's headers.", ["route"])
UNAVAILABLE = Counter("chatkit_unavailable_total", "Requests answered with 503, by their error.", ["error"])
LIMITED = Counter("chatkit_rate_limited_total", "Requests refused by a limit.", ["action"])

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def metrics() -> Response:
    """Return Prometheus text summed over all workers, to loopback or to the bearer of METRICS_TOKEN."""
    if not _may_read():
        raise Unauthorized("Metrics are for this machine or for the bearer of METRICS_TOKEN.")
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """Return the sum over the processes of a server, or what this process counted where it is the only one."""
    if not counts_in_files():
        return REGISTRY
    metric_files.write_rest()
    registry = CollectorRegistry()
    # The folder cannot be made where there is no room, and is gone where somebody emptied the temp directory.
    if metrics_folder().is_dir():
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _may_read() -> bool:
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
