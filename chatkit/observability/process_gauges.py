"""Gauges of each worker's process, summed over those that live: looked at every few seconds, at no request's cost."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask
from prometheus_client import Gauge
from sqlalchemy.pool import QueuePool

from chatkit.database.engine import POOL_OVERFLOW, POOL_SIZE
from chatkit.database.orm import db

SAMPLE_SECONDS = 2.0
EXTENSION = "chatkit_samplers"

# Sets the gauges of one domain to what is true of this process now.
Sampler = Callable[[Flask], None]

WORKERS = Gauge("chatkit_workers", "Worker processes that live.", multiprocess_mode="livesum")
THREADS = Gauge("chatkit_threads", "Threads of the workers.", multiprocess_mode="livesum")
CONNECTIONS = Gauge(
    "chatkit_database_connections_in_use", "Connections to the database at work.", multiprocess_mode="livesum"
)
CONNECTIONS_LIMIT = Gauge(
    "chatkit_database_connections_limit", "Connections to the database at most.", multiprocess_mode="livesum"
)


def init_app(app: Flask, samplers: Sequence[Sampler]) -> None:
    """Hand over what looks at this process."""
    app.extensions[EXTENSION] = (_sample_process, *samplers)


def sample(app: Flask) -> None:
    """Set every gauge of this process to what is true now."""
    for sampler in app.extensions[EXTENSION]:
        sampler(app)


def start(app: Flask) -> None:
    """Sample in a thread of this process, since a scrape reaches one worker and shows what all of them wrote."""
    threading.Thread(target=_sample_on, args=(app,), name="gauges", daemon=True).start()


def _sample_on(app: Flask) -> None:
    ticks = threading.Event()
    while True:
        sample(app)
        ticks.wait(SAMPLE_SECONDS)


def _sample_process(app: Flask) -> None:
    WORKERS.set(1)
    THREADS.set(threading.active_count())
    with app.app_context():
        pool = db.engine.pool
    CONNECTIONS.set(pool.checkedout() if isinstance(pool, QueuePool) else 0)
    CONNECTIONS_LIMIT.set(POOL_SIZE + POOL_OVERFLOW)
