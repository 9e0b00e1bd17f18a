"""Gauges that the database knows: read when somebody scrapes, within seconds, and kept for some.

A scrape while the database is away shows the rest, and that it is away.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic

import structlog
from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from chatkit.database import deadline, engine
from chatkit.database.lease import Lease, is_current

# Each worker reads at most so often, however many scrape.
FRESH_SECONDS = 10.0
# What one statement may wait, and after how long no further one is begun.
WAIT_SECONDS, TOTAL_SECONDS = 0.5, 2.0
SIZE_STATEMENTS = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}

# Yields the gauges that one domain reads from the database.
Reading = Callable[[Connection], Iterable[Metric]]

log = structlog.get_logger()


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """Return a gauge without labels."""
    return GaugeMetricFamily(name, meaning, value=value)


class DatabaseGauges(Collector):
    """What the database knows, by a connection of its own, since those of the pool may all be waiting."""

    def __init__(self, app: Flask, readings: Sequence[Reading]) -> None:
        self._app = app
        self._readings = (_read_size, _read_leases, *readings)
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._metrics: list[Metric] = []
        self._known_until = 0.0

    def collect(self) -> list[Metric]:
        """Return the gauges, some seconds old at most."""
        with self._lock:
            if monotonic() > self._known_until:
                self._metrics = list(self._read())
                self._known_until = monotonic() + FRESH_SECONDS
            return self._metrics

    def _read(self) -> Iterator[Metric]:
        began, is_up = monotonic(), 0.0
        deadline.shorten(deadline.ANSWER_SECONDS - WAIT_SECONDS)
        try:
            if self._engine is None:
                self._engine = engine.make_single(self._app)
            with self._app.app_context(), self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
                is_up = 1.0
                for reading in self._readings:
                    if monotonic() > began + TOTAL_SECONDS:
                        break
                    yield from reading(connection)
        except SQLAlchemyError as error:
            log.warning("metrics_without_database", error=type(error).__name__)
        finally:
            deadline.reset()
        yield gauge("chatkit_database_up", "Whether the database answered this scrape.", is_up)


def _read_size(connection: Connection) -> Iterator[Metric]:
    size = connection.scalar(text(SIZE_STATEMENTS[connection.dialect.name]))
    yield gauge("chatkit_database_size_bytes", "The database, its index and its free pages included.", size or 0)


def _read_leases(connection: Connection) -> Iterator[Metric]:
    held = GaugeMetricFamily(
        "chatkit_lease_held_since_timestamp_seconds",
        "Since when a process, named as host:process, holds a lease.",
        labels=["lease", "holder"],
    )
    for row in connection.execute(select(Lease.name, Lease.holder, Lease.since).where(*is_current())):
        held.add_metric([row.name, row.holder.rpartition(":")[0]], row.since)
    yield held
