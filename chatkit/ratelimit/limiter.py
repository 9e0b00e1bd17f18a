"""The limiter: counts hits in the `rate_limits` table, and refuses a request before its view runs.

One statement counts a request against every policy that applies and returns the counts. A
request that any policy refuses is rolled back: it counts nowhere, extends no window and writes
nothing, so refused requests cannot use up what an address shares with its neighbours, and
exactly `limit` requests are admitted however many processes ask at once. Where one policy alone
applies, the statement itself compares with its limit and leaves a full window as it is: nothing
is to be rolled back, and PostgreSQL commits it in the round trip that it takes anyway. Time is
the database's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy import Label, delete, literal_column, select, text
from sqlalchemy.exc import SQLAlchemyError

from chatkit.config import settings
from chatkit.database import raw_sql
from chatkit.database.orm import db, on_sqlite, row_count
from chatkit.errors import RateLimited, StorageFull, duration_text
from chatkit.observability.metrics import LIMITED
from chatkit.ratelimit.identifiers import Requester, identifier
from chatkit.ratelimit.models import RateLimit
from chatkit.ratelimit.policies import ACTIONS, POLICIES, Policy

# The most that a limit can be compared with on both databases; an owner may set more.
MOST_INTEGER = 2**63 - 1
# Lets the commit of its transaction return before the disk has it.
RELAXED = "set_config('synchronous_commit', 'off', true)"

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Window:
    """The hits of one identifier for one action in its window; one that ended has no seconds left."""

    identifier: str
    action: str
    hits: int
    seconds_left: float


class Hit(NamedTuple):
    """One hit that was counted: against whom, by which policy, and when the window it is in ends."""

    identifier: str
    policy: Policy
    window_end_ms: int


class _Count(NamedTuple):
    """One row that the statement which counts returns."""

    identifier: str
    action: str
    hits: int
    window_end_ms: int
    now_ms: int


def limited(action: str) -> Callable[[View], View]:
    """Declare the action that a view's requests are hits of; it is one of the policy table's."""
    if action not in ACTIONS:
        raise ValueError(f"no policy limits {action!r}")

    def mark(view: View) -> View:
        view.limited_action = action  # type: ignore[attr-defined]
        return view

    return mark


def unlimited(view: View) -> View:
    """Declare that a view that changes something is deliberately not limited."""
    view.limited_action = None  # type: ignore[attr-defined]
    return view


def init_app(app: Flask, who: Callable[[], Requester]) -> None:
    """Refuse what is over a limit before any view runs; ``who`` returns who makes the current request."""
    app.before_request(partial(_limit_request, who))
    app.after_request(_take_back)


def hit(action: str, requester: Requester, address: str | None) -> list[Hit]:
    """Count one request and return its hits, or raise ``RateLimited`` and count nothing. Commits."""
    config = settings()
    applicable = [
        (whom, policy)
        for policy in POLICIES
        if policy.action == action and requester.tier in policy.tiers
        if (whom := identifier(policy.scope, requester, address)) is not None
    ]
    if not applicable:
        return []
    # One order for all: two requests never lock the same rows the other way round. The row that
    # everybody shares comes last, so it is locked the shortest.
    applicable.sort(key=lambda pair: (pair[0], pair[1].counter))
    parameters: dict[str, object] = {}
    for place, (whom, policy) in enumerate(applicable):
        window_ms = policy.window(config) * 1000
        parameters |= {f"key{place}": whom, f"action{place}": policy.counter, f"window{place}": window_ms}
    alone = len(applicable) == 1
    if alone:
        parameters["limit"] = min(applicable[0][1].limit(config), MOST_INTEGER)
    try:
        with raw_sql.relaxed_commit(one_statement=alone) as connection:
            rows = connection.fetch(_hit_statement(len(applicable), connection.on_sqlite), parameters)
            # Not counted: the window is full, unless it was pruned or began anew since.
            while not rows:
                rows = connection.fetch(_full_statement(connection.on_sqlite), parameters)
                rows = rows or connection.fetch(_hit_statement(1, connection.on_sqlite), parameters)
            counts = {(row[0], row[1]): _Count(*row[:5]) for row in rows}
            refusals = []
            for whom, policy in applicable:
                count = counts[whom, policy.counter]
                limit, window_seconds = policy.limit(config), policy.window(config)
                if count.hits > limit:
                    # A clock set back would make the wait longer than any window is.
                    wait = min((count.window_end_ms - count.now_ms) / 1000, window_seconds)
                    if policy.stores:
                        # The exception rolls the count back.
                        raise StorageFull(_full(policy, limit, wait))
                    refusals.append(RateLimited(policy.counter, policy.noun, limit, window_seconds, wait))
            if refusals:
                # The exception rolls the count back.
                raise max(refusals, key=lambda refusal: refusal.retry_after)
    except (RateLimited, StorageFull):
        LIMITED.labels(action).inc()
        raise
    return [Hit(whom, policy, counts[whom, policy.counter].window_end_ms) for whom, policy in applicable]


def take_back(hits: list[Hit]) -> None:
    """Uncount hits in the windows they were counted in, as far as these are open. Commits."""
    with raw_sql.relaxed_commit() as connection:
        for each in hits:
            parameters = {"key": each.identifier, "action": each.policy.counter, "window_end_ms": each.window_end_ms}
            connection.fetch(_take_back_statement(connection.on_sqlite), parameters)


def clear(identifiers: list[str]) -> int:
    """Delete every window of these identifiers; return how many. The caller commits."""
    return row_count(db.session.execute(delete(RateLimit).where(RateLimit.key.in_(identifiers))))


def list_windows(identifiers: list[str]) -> list[Window]:
    """Return the windows of these identifiers, those that ended and are not pruned yet included."""
    now: Label[int] = literal_column(_now_ms(on_sqlite())).label("now_ms")
    rows = select(RateLimit, now).where(RateLimit.key.in_(identifiers)).order_by(RateLimit.key, RateLimit.action)
    found = db.session.execute(rows)
    return [Window(row.key, row.action, row.hits, (row.window_end_ms - now_ms) / 1000) for row, now_ms in found]


def prune(limit: int) -> int:
    """Delete up to ``limit`` windows that ended; return how many. The caller commits."""
    # Asked first: no index answers a comparison with a clock that runs on.
    now = db.session.scalar(text(f"SELECT {_now_ms(on_sqlite())}"))
    # A window that is being counted in is left alone: it begins anew, and waiting for it could be a deadlock.
    unlocked = "" if on_sqlite() else "FOR UPDATE SKIP LOCKED"
    ended = f"SELECT key, action FROM rate_limits WHERE window_end_ms < :now LIMIT :limit {unlocked}"
    statement = text(f"DELETE FROM rate_limits WHERE (key, action) IN ({ended})")
    return row_count(db.session.execute(statement, {"now": now, "limit": limit}))


def _limit_request(who: Callable[[], Requester]) -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    action = getattr(view, "limited_action", None)
    if action is not None and request.method != "OPTIONS":
        g.limiter_hits = hit(action, who(), request.remote_addr)


def _take_back(response: Response) -> Response:
    """Uncount what is limited only when it succeeds, or when it fails."""
    unkept = [each for each in g.pop("limiter_hits", ()) if not each.policy.keeps(response.status_code)]
    if unkept:
        # What failed is not committed, and would keep this from being written.
        db.session.rollback()
        try:
            take_back(unkept)
        except SQLAlchemyError as error:
            # One count too many is no reason to lose the answer.
            log.warning("hits_not_taken_back", error=type(error).__name__)
    return response


def _full(policy: Policy, limit: int, wait_seconds: float) -> str:
    return f"Only {limit} {policy.noun} are kept. Nothing more is stored for {duration_text(math.ceil(wait_seconds))}."


def _now_ms(sqlite: bool) -> str:
    if sqlite:
        return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"


@cache
def _hit_statement(rows: int, sqlite: bool) -> str:
    """Return the statement that counts a hit in ``rows`` windows and returns each as a ``_Count``.

    A window is reset only forward: it needs a clock that has passed its end. A single window that
    is full stays as it is, and no row is returned. On PostgreSQL the statement also lets this
    transaction's commit return before the disk has it, since a counter lost with the machine harms
    nobody; also that of a window that is full, whose row was locked to tell.
    """
    now = _now_ms(sqlite)
    values = ", ".join(f"(:key{row}, :action{row}, 1, {now} + :window{row})" for row in range(rows))
    relaxed = "" if sqlite else f" OR {RELAXED} IS NULL"
    room = f"WHERE rate_limits.window_end_ms <= {now} OR rate_limits.hits < :limit{relaxed}" if rows == 1 else ""
    return f"""INSERT INTO rate_limits (key, action, hits, window_end_ms) VALUES {values}
        ON CONFLICT (key, action) DO UPDATE SET
          hits = CASE WHEN rate_limits.window_end_ms <= {now} THEN 1 ELSE rate_limits.hits + 1 END,
          window_end_ms = CASE WHEN rate_limits.window_end_ms <= {now}
            THEN excluded.window_end_ms ELSE rate_limits.window_end_ms END
        {room}
        RETURNING key, action, hits, window_end_ms, {now} AS now_ms{_relaxed(sqlite)}"""


@cache
def _full_statement(sqlite: bool) -> str:
    """Return the statement that reads a full window as a ``_Count`` of the hit that it has no room for."""
    return f"""SELECT key, action, hits + 1, window_end_ms, {_now_ms(sqlite)} AS now_ms FROM rate_limits
        WHERE key = :key0 AND action = :action0 AND hits >= :limit"""


@cache
def _take_back_statement(sqlite: bool) -> str:
    return f"""UPDATE rate_limits SET hits = hits - 1
        WHERE key = :key AND action = :action AND window_end_ms = :window_end_ms AND hits > 0
        RETURNING hits{_relaxed(sqlite)}"""


def _relaxed(sqlite: bool) -> str:
    return "" if sqlite else f", {RELAXED}"
