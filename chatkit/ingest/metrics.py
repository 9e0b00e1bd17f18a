"""What the operator sees of the index."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection, func, select

from chatkit.ingest.models import IndexSchedule
from chatkit.search.models import Corpus, ScopeRow, Source


def read(connection: Connection) -> Iterator[Metric]:
    """Yield how much is indexed, since when, and of how many sources the last indexing failed; nothing is counted."""
    pages = connection.scalar(select(func.sum(ScopeRow.pages))) or 0
    passages = connection.scalar(select(func.sum(Corpus.passages))) or 0
    sources, oldest, newest = connection.execute(
        select(func.count(), func.min(Source.indexed_at), func.max(Source.indexed_at))
    ).one()
    failed = connection.scalar(select(func.count()).where(IndexSchedule.failed)) or 0
    yield GaugeMetricFamily("chatkit_index_sources", "Sources that are indexed.", value=sources)
    yield GaugeMetricFamily("chatkit_index_pages", "Pages that are indexed.", value=pages)
    yield GaugeMetricFamily("chatkit_index_passages", "Passages that are indexed.", value=passages)
    yield GaugeMetricFamily(
        "chatkit_index_failed_sources", "Scheduled sources whose last indexing failed.", value=failed
    )
    for name, meaning, when in (
        ("oldest", "When the source was indexed that waits longest.", oldest),
        ("newest", "When a source was indexed last.", newest),
    ):
        if when is not None:
            yield GaugeMetricFamily(f"chatkit_index_{name}_timestamp_seconds", meaning, value=when.timestamp())
