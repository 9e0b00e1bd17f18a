"""Recording events, and forgetting them after 90 days."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, true

from chatkit.analytics.models import AnalyticsEvent
from chatkit.auth.events import AuthEvent
from chatkit.auth.sessions import Caller
from chatkit.config import settings
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, prune_beyond
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.errors import Invalid, TooLarge

EVENT_RETENTION = timedelta(days=90)
MAX_DATA_BYTES = 4096
# Events the server vouches for. A client that could send them could forge what they count.
SERVER_EVENTS = frozenset(AuthEvent) | {"chat", "save_chat", "personalize", "mcp_search", "mcp_fetch", "mcp_ask"}
# Made once: making a statement takes longer than the database does.
_EVENTS = table(AnalyticsEvent)
_ADD = insert(_EVENTS).returning(_EVENTS.c.id)


@dataclass(frozen=True)
class LoggedEvent:
    """An event as stored."""

    event_id: int
    logged_at: datetime


def record(event_type: str, user_id: int | None = None, data: dict[str, Any] | None = None) -> LoggedEvent:
    """Store an event in the caller's transaction; the caller commits."""
    now = utcnow()
    values = {"event_type": event_type, "event_data": data or {}, "user_id": user_id, "logged_at": now}
    return LoggedEvent(db.session.execute(_ADD, values).scalar_one(), now)


def record_from_client(event_type: str, user_id: int | None, data: dict[str, Any]) -> LoggedEvent:
    """Store an event a client reports, and commit.

    Raises ``Invalid`` for one of the server's own, ``TooLarge`` for data of more than 4 KiB as JSON.
    """
    if len(json.dumps(data)) > MAX_DATA_BYTES:
        raise TooLarge(f"Event data may hold at most {MAX_DATA_BYTES} bytes of JSON.")
    if event_type in SERVER_EVENTS:
        raise Invalid({"event_type": ["The server records this event itself; a client cannot send it."]})
    logged = record(event_type, user_id, data)
    db.session.commit()
    return logged


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield every event of a person, oldest first."""
    columns = (_EVENTS.c.id, _EVENTS.c.event_type, _EVENTS.c.event_data, _EVENTS.c.logged_at)
    for row in in_pages(columns, _EVENTS.c.id, _EVENTS.c.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {
            "event_id": row.id,
            "event_type": row.event_type,
            "event_data": row.event_data,
            "logged_at": row.logged_at,
        }


def prune(limit: int) -> int:
    """Delete up to ``limit`` events older than 90 days, or beyond what the site keeps; return how many.

    The caller commits.
    """
    old = select(AnalyticsEvent.id).where(AnalyticsEvent.logged_at < utcnow() - EVENT_RETENTION).limit(limit)
    gone = row_count(db.session.execute(delete(AnalyticsEvent).where(AnalyticsEvent.id.in_(old))))
    return gone or prune_beyond(_EVENTS, true(), settings().storage_site_rows, limit)


def delete_all() -> None:
    """Delete every event; for test mode, which starts from nothing. The caller commits."""
    db.session.execute(delete(AnalyticsEvent))
