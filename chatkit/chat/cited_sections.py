"""Which sections answered the questions of the last time, of the whole site and on each page.

What is counted are readers, each once for a section, and a section says what the site's author wrote: nothing that a
reader typed is shown to anybody else, and nobody raises a section by asking again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, current_app
from sqlalchemy import bindparam, select

from chatkit.answers.extractive import Outcome
from chatkit.chat.models import Message
from chatkit.database.cached import CachedRead
from chatkit.database.orm import db, table, utcnow
from chatkit.search.scope import ENDING

REFRESH_SECONDS = 300
# So many of the newest messages are looked at, none older than this.
NEWEST = 10_000
LOOKED_BACK = timedelta(days=30)
# So many readers must have been answered from a section, lest it tell of one of them.
MIN_READERS = 3
_MESSAGES = table(Message)


@dataclass(frozen=True)
class CitedSections:
    """The ids of the passages that answers rest on, most readers first: of all, and by the page of the question."""

    everywhere: tuple[str, ...] = ()
    by_page: dict[str, tuple[str, ...]] | None = None

    def on(self, page_url: str | None) -> tuple[str, ...]:
        """Return those that answered questions on a page."""
        return (self.by_page or {}).get(_place(page_url), ())


def init_app(app: Flask) -> None:
    """Count anew every five minutes, at the request that asks then."""
    app.extensions["chatkit_cited_sections"] = CachedRead(_read, CitedSections(), REFRESH_SECONDS)


def cited() -> CitedSections:
    """Return what was counted, five minutes ago at most."""
    return _cached().value()


def forget() -> None:
    """Have the next request count anew."""
    _cached().forget()


def _cached() -> CachedRead[CitedSections]:
    found: CachedRead[CitedSections] = current_app.extensions["chatkit_cited_sections"]
    return found


def _read() -> CitedSections:
    readers, on_page = defaultdict[str, set[str]](set), defaultdict[tuple[str, str], set[str]](set)
    # On a connection of its own, beside whatever the session is at.
    with db.engine.connect() as connection:
        rows = connection.execute(_ANSWERED, {"since": utcnow() - LOOKED_BACK}).all()
    for row in rows:
        reader = row.anonymous_session_id or str(row.user_id)
        for stable_id in row.citations:
            readers[stable_id].add(reader)
            on_page[_place(row.page_url), stable_id].add(reader)
    pages = defaultdict[str, Counter[str]](Counter)
    for (place, stable_id), who in on_page.items():
        pages[place][stable_id] = len(who)
    everywhere = Counter({stable_id: len(who) for stable_id, who in readers.items()})
    by_page = {place: ids for place, counts in pages.items() if place and (ids := _most(counts))}
    return CitedSections(_most(everywhere), by_page)


def _most(counts: Counter[str]) -> tuple[str, ...]:
    enough = [stable_id for stable_id, number in counts.items() if number >= MIN_READERS]
    return tuple(sorted(enough, key=lambda stable_id: (-counts[stable_id], stable_id)))


def _place(url: str | None) -> str:
    """Return what all spellings of a page's address share; empty for one that cannot be read."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return f"{parts.netloc.lower()}{ENDING.sub('', parts.path, count=1)}/" if url else ""


_NEWEST = (
    select(*(_MESSAGES.c[name] for name in ("citations", "outcome", "page_url", "anonymous_session_id", "user_id")))
    .where(_MESSAGES.c.created_at > bindparam("since"))
    .order_by(_MESSAGES.c.created_at.desc())
    .limit(NEWEST)
    .subquery()
)
_ANSWERED = select(_NEWEST).where(_NEWEST.c.outcome == Outcome.ANSWERED.value)
