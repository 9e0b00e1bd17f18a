"""The metrics of this server, and /metrics, which shows them to its operator."""

import hmac
import ipaddress
import platform
import re
from collections.abc import Sequence
from functools import partial

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from chatkit.config import counts_in_files, metrics_folder, settings
from chatkit.errors import Unauthorized
from chatkit.observability import metric_files, process_gauges
from chatkit.observability.database_gauges import DatabaseGauges, Reading, gauge
from chatkit.observability.process_gauges import Sampler
from chatkit.version import VERSION

REQUESTS = Counter("chatkit_requests_total", "Requests answered.", ["method", "route", "status"])
# A stream may take LLM_TOTAL_SECONDS, and that 15 minutes.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 900)

UNAVAILABLE = Counter("chatkit_unavailable_total", "Requests answered with 503, by their error.", ["error"])
SECONDS = Histogram(
    "chatkit_request_seconds", "Time to the end of the response, of a stream too.", ["route"], buckets=BUCKETS
)
LIMITED = Counter("chatkit_rate_limited_total", "Requests refused by a limit.", ["action"])

EXTENSION = "chatkit_gauges"
# Under load it must be read most of all.
OUTSIDE_QUEUE = frozenset({"metrics.metrics"})
# The marks that proxies, load balancers and networks of caches leave on what they pass on.
FORWARDED = re.compile(
    r"x-forwarded(-.+)?|forwarded(-.+)?|via|x-real-(ip|port)|x-original-.+|(x-|true-|fastly-)?client-ip|x-client-.+"
    r"|x-cluster-client-ip|x-proxyuser-ip|x-remote-(ip|addr)|x-envoy-.+|x-amzn-trace-id|x-amz-cf-id|x-azure-.+"
    r"|x-arr-.+|x-cloud-trace-context|x-appengine-.+|cf-.+|cdn-loop|fly-.+|x-varnish|x-(http-)?via|max-forwards",
    re.IGNORECASE,
)

bp = Blueprint("metrics", __name__)


def init_app(app: Flask, samplers: Sequence[Sampler], readings: Sequence[Reading]) -> None:
    """Serve /metrics, with what ``samplers`` see of each process and ``readings`` in the database."""
    process_gauges.init_app(app, samplers)
    # One registry for the application: the one of prometheus-client belongs to the process.
    registry = CollectorRegistry()
    registry.register(DatabaseGauges(app, readings))
    registry.register(_Server(app))
    app.extensions[EXTENSION] = partial(process_gauges.sample, app), registry
    app.register_blueprint(bp)


class _Server(Collector):
    """What is fixed for as long as the server runs."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> list[Metric]:
        build = GaugeMetricFamily("chatkit_build_info", "Always 1.", labels=["version", "python"])
        build.add_metric([VERSION, platform.python_version()], 1)
        started = self._app.extensions["chatkit_started"]
        return [build, gauge("chatkit_start_timestamp_seconds", "When the server started.", started)]


@bp.get("/metrics")
def metrics() -> Response:
    """Return Prometheus text summed over all workers, to loopback or to the bearer of METRICS_TOKEN."""
    if not _may_read():
        raise Unauthorized("Metrics are for this machine or for the bearer of METRICS_TOKEN.")
    sample, registry = current_app.extensions[EXTENSION]
    sample()
    shown = generate_latest(_registry()) + generate_latest(registry)
    return Response(shown, content_type=CONTENT_TYPE_LATEST)


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
    # Behind a proxy of this machine, whether trusted or not, a reader may seem to come from loopback.
    if any(FORWARDED.fullmatch(name) for name, _ in request.headers):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
