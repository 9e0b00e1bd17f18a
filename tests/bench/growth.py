"""Time every call among few rows and among many in every table that grows: `python -m tests.bench.growth [ROWS]`.

Calls that end what they call about are left out: they cannot be repeated.
"""

import statistics
import sys
import time

from flask import Flask
from sqlalchemy import text

from chatkit import create_app
from chatkit.extensions import db, on_sqlite
from tests import calls, factories
from tests.bar.place import DATABASES, place
from tests.calls import CALLS, GROWING
from tests.conftest import dispose

FEW, MANY, REPEATS = 1_000, 1_000_000, 15
# A ratio below this is no slowing that the noise of a machine could not make.
MOST = 2.0
TIME = "'2026-01-01 00:00:00'"
# Of each table what its row number :i gives. Negative ids never meet those that the database gives out.
ROWS = {
    "users": {"id": "-i", "email": "'filler-' || i || '@example.com'", "tier": "'full'", "created_at": TIME},
    "sessions": {"id": "-i", "user_id": "-i", "family_id": "'f' || i", "token_hash": "'t' || i", "device_name": "''"}
    | dict.fromkeys(("signed_in_at", "last_seen_at", "expires_at"), TIME),
    "verification_tokens": {"id": "-i", "email": "'filler-' || i || '@example.com'", "code_tries": "0"}
    | dict.fromkeys(("consent_at", "created_at"), TIME),
    "saved_chats": {"id": "-i", "user_id": "-i", "title": "'Title'", "messages": "'[]'", "saved_at": TIME},
    "anonymous_sessions": {"id": "'a' || i", "created_at": TIME, "expires_at": TIME},
    "messages": {"id": "-i", "user_id": "-i", "message_id": "'m' || i", "conversation_id": "'c' || i"}
    | {"role": "'assistant'", "content": "'Text'", "sources": "'[]'", "beats": "0", "created_at": TIME},
    "feedback": {"answer_id": "-i", "rating": "'up'", "note": "''", "rated_at": TIME},
    "gaps": {"id": "-i", "message_id": "'m' || i", "kind": "'weak'", "question": "'Why?'", "page": "''", "note": "''"}
    | {"user_id": "-i", "asked_at": TIME},
    "preferences": {"user_id": "-i", "stated": "'{}'"},
    "outbox": {"id": "-i", "recipient": "'filler-' || i || '@example.com'", "template": "'signin'", "context": "'{}'"}
    | {"state": "'sent'", "attempts": "1", "last_error": "''", "due_at": TIME, "created_at": TIME},
    "rate_limits": {"key": "'account:-' || i", "action": "'chat'", "hits": "1", "window_end_ms": "1"},
    "analytics_events": {"id": "-i", "event_type": "'x'", "event_data": "'{}'", "user_id": "-i", "logged_at": TIME},
}


def main(many: int) -> int:
    """Print each call's milliseconds among few and many rows; return 1 when one became slower."""
    assert set(ROWS) == GROWING
    slower = 0
    print(f"Median of {REPEATS} calls in milliseconds, with so many rows in each of {len(ROWS)} tables\n")
    for kind in DATABASES:
        with place(kind) as found:
            app = create_app(found.settings())
            try:
                factories.index(app, found.folder / "pages")
                _fill(app, 1, FEW)
                few = _times(app)
                _fill(app, FEW + 1, many)
                after = _times(app)
            finally:
                dispose(app)
        print(f"{kind:<34}{FEW:>12,}{many:>12,}{'ratio':>8}")
        for name, before in few.items():
            ratio = after[name] / before
            slower += ratio > MOST
            print(f"  {name:<32}{before:>12.2f}{after[name]:>12.2f}{ratio:>8.2f}")
    return 1 if slower else 0


def _fill(app: Flask, first: int, last: int) -> None:
    with app.app_context():
        numbers = f"generate_series({first}, {last}) AS n (i)"
        if on_sqlite():
            counting = f"SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}"
            numbers = f"(WITH RECURSIVE n (i) AS ({counting}) SELECT i FROM n)"
        for table in (table for table in db.metadata.sorted_tables if table.name in ROWS):
            columns = ROWS[table.name]
            values = [
                f"CAST({value} AS {table.c[name].type.compile(db.engine.dialect)})" if not on_sqlite() else value
                for name, value in columns.items()
            ]
            db.session.execute(
                text(f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {numbers}")
            )
            db.session.commit()
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def _times(app: Flask) -> dict[str, float]:
    visit = calls.visit(app)
    found = {}
    for call in (call for call in CALLS if not call.spends and call.endpoint != "auth.migrate_session"):
        taken = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            call.make(visit)
            taken.append((time.perf_counter() - began) * 1000)
        found[f"{call.endpoint}{'' if call.signed_in else ' anonymous'}"] = statistics.median(taken)
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else MANY))
