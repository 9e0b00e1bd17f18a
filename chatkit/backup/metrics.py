"""What the operator sees of the backups by the clock."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import Metric
from sqlalchemy import Connection

from chatkit import config
from chatkit.backup import schedule
from chatkit.observability.database_gauges import gauge


def read(connection: Connection) -> Iterator[Metric]:
    """Yield when the newest backup was made and how often one is due; nothing where none are made by the clock."""
    chosen = config.settings()
    if chosen.backup_folder is None:
        return
    newest = schedule.newest(Path(chosen.backup_folder))
    made = 0.0 if newest is None else newest.timestamp()
    yield gauge("chatkit_backup_newest_timestamp_seconds", "When the newest backup was made; 0 before the first.", made)
    yield gauge("chatkit_backup_interval_seconds", "How often a backup is due.", 3600.0 * chosen.backup_hours)
