"""What the owner looks for answers by, and the figures that follow from them: one narrow row an answer.

It goes with its answer; the daily counts, to which it was added, stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from chatkit.auth.sessions import Caller
from chatkit.chat import daily_counts
from chatkit.chat.daily_counts import Counts, Measure
from chatkit.chat.models import AnswerFacts, Message
from chatkit.chat.redaction import indexable, redact_page
from chatkit.chat.reply import Reply, cited_pages
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.search.query import Query

_FACTS = table(AnswerFacts)
_ADD = insert(_FACTS)
# What the export of a person holds of it.
EXPORTED = ("asked_at", "outcome", "page", "site", "language", "rating", "is_counted")


@dataclass(frozen=True)
class Asked:
    """Where a question was asked, as far as is known, and whether it is in the figures."""

    page: str = ""
    site: str = ""
    language: str = ""
    is_counted: bool = True


class Added(NamedTuple):
    """The row of an answer that was added to a transcript."""

    id: int
    conversation_id: str
    created_at: datetime


class Counted(NamedTuple):
    """Whether an answer is in the figures, and of which day they are; neither ever changes."""

    is_in_figures: bool
    day: date


def asked_of(query: Query | None, page_url: str | None, is_counted: bool) -> Asked:
    """Return where a question was asked; it has a site where all pages that may answer it are of one.

    A greeting has no query, and so neither site nor language.
    """
    page = indexable(redact_page(page_url))
    if query is None:
        return Asked(page, is_counted=is_counted)
    sites = {scope.site for scope in query.scopes()}
    site = next(iter(sites)) if len(sites) == 1 else ""
    return Asked(page, site, query.language, is_counted)


def add(added: Added, reply: Reply, asked: Asked) -> None:
    """Keep the facts of an answer, and count it; the last thing before the caller commits.

    One that is being written counts by the outcome that it has meanwhile, and by the rest when it has ended.
    """
    values = {"answer_id": added.id, "conversation_id": added.conversation_id, "asked_at": added.created_at}
    values |= {"outcome": reply.outcome.value, **vars(asked), "rating": None}
    db.session.execute(_ADD, values)
    if asked.is_counted:
        counts: Counts = {(Measure.OUTCOME, reply.outcome.value): 1}
        daily_counts.add(added.created_at.date(), counts if reply.running else {**counts, **_ended(reply)})


def finish(answer_id: int, ended: Reply) -> None:
    """Say of an answer how it ended; the last thing before the caller commits, who has ended it in its own row."""
    columns = (_FACTS.c.outcome, _FACTS.c.is_counted, _FACTS.c.asked_at, _FACTS.c.rating)
    # Locked: a rating that comes meanwhile is either seen here, or sees the pages that the answer ends with.
    facts = select(*columns).where(_FACTS.c.answer_id == answer_id).with_for_update()
    before = db.session.execute(facts).one_or_none()
    if before is None:
        return
    ends = update(_FACTS).where(_FACTS.c.answer_id == answer_id)
    db.session.execute(ends.values(outcome=ended.outcome.value))
    if before.is_counted:
        counts = _moved(Measure.OUTCOME, before.outcome, ended.outcome.value)
        if before.rating == "down":
            counts |= _cited_down(ended.sources, ended.citations, 1)
        daily_counts.add(before.asked_at.date(), {**counts, **_ended(ended)})


def count_unkept(reply: Reply) -> None:
    """Count an answer that has ended and of which nothing else is kept; the last thing before the caller commits."""
    daily_counts.add(utcnow().date(), {(Measure.OUTCOME, reply.outcome.value): 1, **_ended(reply)})


def counted_on(answer_id: int) -> Counted | None:
    """Return whether an answer is in the figures, and of which day; None for one from before there were any."""
    facts = select(_FACTS.c.is_counted, _FACTS.c.asked_at).where(_FACTS.c.answer_id == answer_id)
    found = db.session.execute(facts).one_or_none()
    return Counted(found.is_counted, found.asked_at.date()) if found is not None else None


def rate(answer_id: int, counted: Counted | None, before: str | None, rating: str) -> None:
    """Say how an answer is rated, which was rated ``before``; the last thing before the caller commits."""
    rated = update(_FACTS).where(_FACTS.c.answer_id == answer_id).values(rating=rating)
    is_there = row_count(db.session.execute(rated))
    if not is_there or counted is None or not counted.is_in_figures or before == rating:
        return
    counts = _moved(Measure.RATING, before, rating)
    change = (rating == "down") - (before == "down")
    if change:
        # Read now that `finish` is over or waits; an answer that is being written cites nothing yet.
        answer = db.session.execute(select(Message.sources, Message.citations).where(Message.id == answer_id)).one()
        counts |= _cited_down(answer.sources, answer.citations, change)
    daily_counts.add(counted.day, counts)


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the facts of a person's answers, oldest first."""
    columns = [_FACTS.c[name] for name in EXPORTED]
    mine = (Message.user_id == caller.account_id) & (Message.id == _FACTS.c.answer_id)
    for row in in_pages(columns, Message.id, mine, EXPORT_PAGE_SIZE):
        yield {name: row._mapping[name] for name in EXPORTED}


def _moved(measure: Measure, before: str | None, after: str) -> Counts:
    """Return what takes one from the label under which it was counted, if it was, to another."""
    if before == after:
        return {}
    return {(measure, after): 1} if before is None else {(measure, before): -1, (measure, after): 1}


def _ended(reply: Reply) -> Counts:
    """Return what is counted of an answer beside its outcome once it has ended."""
    counts: Counts = {(Measure.CITED, page): 1 for page in cited_pages(reply.sources, reply.citations)}
    if reply.outcome != "greeting":
        counts[Measure.LATENCY, daily_counts.latency_label(reply.metadata["total_time_ms"])] = 1
    return counts


def _cited_down(sources: Sequence[dict[str, Any]], citations: Sequence[str], change: int) -> Counts:
    """Return what ``change`` more ratings down of an answer add to the pages that it rests on."""
    return {(Measure.CITED_DOWN, page): change for page in cited_pages(sources, citations)}
