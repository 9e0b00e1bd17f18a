"""Limits: the `rate_limits` table, and the hook that applies the policies before a view runs.

One statement counts a request against every policy that applies and returns the counts. A
request that any policy refuses is rolled back: it counts nowhere, extends no window and writes
nothing, so refused requests cannot use up what an address shares with its neighbours, and
exactly `limit` requests are admitted however many processes ask at once. Time is the database's.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from sqlalchemy import BigInteger, Label, String, delete, literal_column, select, text
from sqlalchemy.orm import Mapped, mapped_column

from chatkit.config import Settings, settings
from chatkit.database.orm import Model, changed, db, on_sqlite
from chatkit.database.raw_sql import Statement, counting
from chatkit.errors import RateLimited
from chatkit.observability.metrics import LIMITED
from chatkit.ratelimit.policies import ACTIONS, POLICIES, Policy

View = TypeVar("View", bound=Callable[..., Any])


class RateLimit(Model):
    """The window one key has open for one action."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    action: Mapped[str] = mapped_column(String(32), primary_key=True)
    hits: Mapped[int]
    # Milliseconds since 1970 on the database's clock: one arithmetic on both databases.
    window_end_ms: Mapped[int] = mapped_column(BigInteger, index=True)


@dataclass(frozen=True)
class Requester:
    """Whom a request counts against: an account with its tier, or an anonymous session.

    ``recipient`` is the e-mail address a request would send mail to, known or not.
    """

    account_id: int | None = None
    tier: str | None = None
    session_id: str | None = None
    recipient: str | None = None


@dataclass(frozen=True)
class Window:
    """What one key did of one action in its window; one that ended has no seconds left."""

    key: str
    action: str
    hits: int
    seconds_left: float


def limited(action: str) -> Callable[[View], View]:
    """Declare the action a view counts as; ``action`` is one of the policy table's."""
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
    """Refuse what is over a limit before any view runs; ``who`` tells who is asking."""
    app.before_request(partial(_check, who))


def _check(who: Callable[[], Requester]) -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    action = getattr(view, "limited_action", None)
    if action is not None and request.method != "OPTIONS":
        hit(action, who(), request.remote_addr)
    return None


def hit(action: str, requester: Requester, address: str | None) -> None:
    """Count one request, or raise ``RateLimited`` and count nothing. Commits."""
    chosen = settings()
    keyed = [
        (key, policy)
        for policy in POLICIES
        if policy.action == action and requester.tier in policy.tiers
        if (key := _key(policy.scope, requester, address)) is not None
    ]
    if not keyed:
        return
    # One order for all: two requests never lock the same rows the other way round. The row that
    # everybody shares comes last, so it is locked the shortest.
    keyed.sort(key=lambda pair: (pair[0], pair[1].counter))
    parameters: dict[str, object] = {}
    for place, (key, policy) in enumerate(keyed):
        parameters |= {f"key{place}": key, f"action{place}": policy.counter}
        parameters[f"window{place}"] = _window_seconds(policy, chosen) * 1000
    statement = _statement(len(keyed), on_sqlite())
    try:
        with counting() as connection:
            counted = {(row.key, row.action): row for row in connection.rows(statement, parameters)}
            refusals = []
            for key, policy in keyed:
                row = counted[key, policy.counter]
                limit, window_seconds = chosen.rate_limits[policy.setting], _window_seconds(policy, chosen)
                if row.hits > limit:
                    # A clock set back would make the wait longer than any window is.
                    wait = min((row.window_end_ms - row.now_ms) / 1000, window_seconds)
                    refusals.append(RateLimited(policy.counter, policy.noun, limit, window_seconds, wait))
            if refusals:
                # The exception rolls the count back.
                raise max(refusals, key=lambda refusal: refusal.retry_after)
    except RateLimited:
        LIMITED.labels(action).inc()
        raise


def keys(requester: Requester) -> list[str]:
    """Return every key under which what ``requester`` does is counted, but for where it comes from."""
    scopes = ("account", "session", "recipient")
    return [key for scope in scopes if (key := _key(scope, requester, None)) is not None]


def reset(of_keys: list[str]) -> int:
    """Delete every window of these keys; return how many. The caller commits."""
    return changed(db.session.execute(delete(RateLimit).where(RateLimit.key.in_(of_keys))))


def windows(of_keys: list[str]) -> list[Window]:
    """Return the windows kept under these keys, those that ended and are not pruned yet included."""
    now: Label[int] = literal_column(_now(on_sqlite())).label("now_ms")
    rows = select(RateLimit, now).where(RateLimit.key.in_(of_keys)).order_by(RateLimit.key, RateLimit.action)
    found = db.session.execute(rows)
    return [Window(row.key, row.action, row.hits, (row.window_end_ms - now_ms) / 1000) for row, now_ms in found]


def prune(limit: int) -> int:
    """Delete up to ``limit`` windows that ended; return how many. The caller commits."""
    # Asked first: no index answers a comparison with a clock that runs on.
    now = db.session.scalar(text(f"SELECT {_now(on_sqlite())}"))
    # A window that is being counted in is left alone: it begins anew, and waiting for it could be a deadlock.
    unheld = "" if on_sqlite() else "FOR UPDATE SKIP LOCKED"
    ended = f"SELECT key, action FROM rate_limits WHERE window_end_ms < :now LIMIT :limit {unheld}"
    statement = text(f"DELETE FROM rate_limits WHERE (key, action) IN ({ended})")
    return changed(db.session.execute(statement, {"now": now, "limit": limit}))


def network(address: str | None) -> str:
    """Return what an address is counted as: itself, or for IPv6 its /64, which one reader holds whole."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def mailbox(email: str) -> str:
    """Return the mailbox an e-mail address is counted as.

    Mail to `reader+anything@…` reaches `reader@…`, and dots mean nothing to Gmail, so that neither
    makes another mailbox to fill.
    """
    local, _, host = email.lower().rpartition("@")
    local = local.partition("+")[0]
    if host in {"gmail.com", "googlemail.com"}:
        local = local.replace(".", "")
    return f"{local}@{host}"


def _key(scope: str, requester: Requester, address: str | None) -> str | None:
    match scope:
        case "account":
            return f"account:{requester.account_id}" if requester.account_id is not None else None
        case "session":
            return f"session:{requester.session_id}" if requester.session_id is not None else None
        case "recipient":
            return f"recipient:{_hash(mailbox(requester.recipient))}" if requester.recipient is not None else None
        case "address":
            return f"address:{network(address)}"
    return "site"


def _hash(text: str) -> str:
    """Return a keyed hash: the table tells nobody without SECRET_KEY who was sent mail."""
    return hmac.new(settings().secret_key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _window_seconds(policy: Policy, chosen: Settings) -> int:
    return policy.window_seconds or chosen.rate_limit_window_seconds


def _now(sqlite: bool) -> str:
    if sqlite:
        return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"


@cache
def _statement(rows: int, sqlite: bool) -> Statement:
    """Return the counting statement for ``rows`` keys.

    A window is reset only forward: it needs a clock that has passed its end. On PostgreSQL the
    statement also lets this transaction's commit return before the disk has it, since a counter
    lost with the machine harms nobody.
    """
    now = _now(sqlite)
    values = ", ".join(f"(:key{row}, :action{row}, 1, {now} + :window{row})" for row in range(rows))
    hurry = "" if sqlite else ", set_config('synchronous_commit', 'off', true)"
    return Statement(
        text(
            f"""INSERT INTO rate_limits (key, action, hits, window_end_ms) VALUES {values}
        ON CONFLICT (key, action) DO UPDATE SET
          hits = CASE WHEN rate_limits.window_end_ms <= {now} THEN 1 ELSE rate_limits.hits + 1 END,
          window_end_ms = CASE WHEN rate_limits.window_end_ms <= {now}
            THEN excluded.window_end_ms ELSE rate_limits.window_end_ms END
        RETURNING key, action, hits, window_end_ms, {now} AS now_ms{hurry}"""
        )
    )
