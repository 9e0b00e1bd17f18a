"""Rows for every table that grows, by the thousand."""

from flask import Flask
from sqlalchemy import text

from chatkit.database.orm import db, on_sqlite

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
    "answer_facts": {"answer_id": "-i", "conversation_id": "'c' || i", "asked_at": TIME, "outcome": "'answered'"}
    | {"page": "''", "site": "''", "language": "''", "is_counted": "true"},
    "daily_counts": {"measure": "'outcome'", "day": "'2026-01-01'", "label": "'l' || i", "number": "1"},
    "feedback": {"answer_id": "-i", "rating": "'up'", "note": "''", "rated_at": TIME},
    "review_verdicts": {"answer_id": "-i", "verdict": "'right'", "section": "''", "reviewed_at": TIME},
    "gaps": {
        "id": "-i",
        "message_id": "'m' || i",
        "kind": "'weak'",
        "question": "'Why?'",
        "page": "''",
        "note": "''",
        "fingerprint": "'p' || i",
    }
    | {"user_id": "-i", "asked_at": TIME},
    "preferences": {"user_id": "-i", "stated": "'{}'"},
    "dismissals": {"id": "-i", "user_id": "-i", "subject": "'/' || i", "dismissed_at": TIME},
    "outbox": {"id": "-i", "recipient": "'filler-' || i || '@example.com'", "template": "'signin'", "context": "'{}'"}
    | {"state": "'sent'", "attempts": "1", "last_error": "''", "due_at": TIME, "created_at": TIME},
    "rate_limits": {"key": "'account:-' || i", "action": "'chat'", "hits": "1", "window_end_ms": "1"},
    "model_shares": {"reader_hash": "'h' || i", "day": "'2026-01-01'", "tokens": "1"},
    "audit_log": {"id": "-i", "actor": "'server'", "action": "'pruned'", "subject": "''", "account_id": "-i"}
    | {"data": "'{}'", "at": TIME},
    "bans": {"id": "-i", "key": "'account:-' || i", "account_id": "-i", "until": TIME, "created_at": TIME},
    "identities": {"id": "-i", "user_id": "-i", "issuer": "'x'", "subject": "'' || i", "created_at": TIME},
    "used_tokens": {"digest": "'d' || i", "expires_at": TIME},
    "owner_sign_ins": {"id": "-i", "email": "'filler-' || i || '@example.com'", "browser_hash": "'b' || i"}
    | {"created_at": TIME},
    "owner_sessions": {"id": "-i", "email": "'filler-' || i || '@example.com'", "token_hash": "'o' || i"}
    | dict.fromkeys(("signed_in_at", "last_seen_at", "expires_at"), TIME),
    "analytics_events": {"id": "-i", "event_type": "'x'", "event_data": "'{}'", "user_id": "-i", "logged_at": TIME},
}


def insert_bulk(app: Flask, first: int, last: int) -> None:
    """Add the rows of these numbers to every table that grows, and let the database learn how many there are."""
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
