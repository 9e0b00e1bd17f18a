"""The floor: bare Flask views that do the same work with raw sqlite3, and nothing else.

No schema, no headers, no log, no metrics: what remains is what Flask, the socket and the database
cost. The statements, their commits and SQLite's settings are the ones ChatKit uses.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import threading
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
_local = threading.local()
_DATABASE, _SECRET = os.environ["FLOOR_DATABASE"], os.environ["SECRET_KEY"].encode()
_LOOKUP = """SELECT s.id, s.family_id, s.last_seen_at, s.expires_at, s.rotated_at, s.revoked_at, s.user_id,
  u.email, u.tier, u.verified_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?"""
_NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
_HIT = f"""INSERT INTO rate_limits (key, action, hits, window_end_ms) VALUES %s
  ON CONFLICT (key, action) DO UPDATE SET
    hits = CASE WHEN window_end_ms <= {_NOW} THEN 1 ELSE hits + 1 END,
    window_end_ms = CASE WHEN window_end_ms <= {_NOW} THEN excluded.window_end_ms ELSE window_end_ms END
  RETURNING key, action, hits, window_end_ms, {_NOW}"""
_SEARCH = """SELECT p.stable_id, p.heading, p.body, p.anchor, pages.url,
    -bm25(passages_fts, 3.0, 1.0) AS rank
  FROM passages_fts JOIN passages p ON p.id = passages_fts.rowid JOIN pages ON pages.id = p.page_id
  WHERE passages_fts MATCH ? ORDER BY rank DESC, p.id LIMIT 10"""


def _database() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(_DATABASE, timeout=5, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            _local.connection.execute(f"PRAGMA {pragma}")
    connection: sqlite3.Connection = _local.connection
    return connection


def _account() -> tuple[Any, ...]:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    digest = hmac.new(_SECRET, token.encode(), hashlib.sha256).hexdigest()
    row: tuple[Any, ...] = _database().execute(_LOOKUP, (digest,)).fetchone()
    return row


def _hit(*keys: tuple[str, str]) -> None:
    database = _database()
    database.execute("BEGIN IMMEDIATE")
    values = ", ".join(f"(?, ?, 1, {_NOW} + 60000)" for _ in keys)
    database.execute(_HIT % values, [part for key in keys for part in key]).fetchall()
    database.execute("COMMIT")


def _text(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(" ")


@app.get("/api/v1/auth/session-check")
def session_check() -> Response:
    """Look the token up."""
    row = _account()
    return jsonify({"valid": True, "user": {"email": row[7], "tier": row[8]}})


@app.post("/api/v1/chat/save")
def save() -> Response:
    """Look the token up, count, store the chat and its event."""
    row = _account()
    _hit((f"account:{row[6]}", "save_chat"))
    messages, now = json.loads(request.get_data())["messages"], datetime.now(UTC)
    database = _database()
    database.execute("BEGIN IMMEDIATE")
    insert = "INSERT INTO saved_chats (user_id, title, messages, saved_at) VALUES (?, ?, ?, ?) RETURNING id"
    values = (row[6], messages[0]["content"][:80], json.dumps(messages), _text(now))
    (chat_id,) = database.execute(insert, values).fetchone()
    _record(database, "save_chat", {"messages": len(messages)}, row[6], now)
    database.execute("COMMIT")
    return jsonify({"chat_id": str(chat_id), "saved_at": now.isoformat()})


@app.post("/api/v1/chat")
def chat() -> Response:
    """Count, search, take the first passage's beginning for an answer, store the turn and its event."""
    body, now = json.loads(request.get_data()), datetime.now(UTC)
    session_id, began = body["context"]["session_id"], time.perf_counter()
    address = f"address:{request.remote_addr}"
    _hit((address, "chat"), (address, "chat_day"), (f"session:{session_id}", "chat"))
    words = [word for word in body["message"].lower().replace("?", "").split() if len(word) > 3]
    database = _database()
    hits = database.execute(_SEARCH, (" OR ".join(f'"{word}"' for word in words),)).fetchall()
    database.execute("SELECT count(*) FROM passages").fetchone()
    for word in words:
        held = "SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ?"
        database.execute(held, (f'"{word}"',)).fetchone()
    answer = hits[0][2][:200]
    sources = [
        {"id": hit[0], "title": hit[1], "url": f"{hit[4]}#{hit[3]}", "excerpt": hit[2][:200], "score": 1.0}
        for hit in hits[:3]
    ]
    database.execute("BEGIN IMMEDIATE")
    database.execute(
        "INSERT INTO anonymous_sessions (id, created_at, expires_at) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
        (session_id, _text(now), _text(now)),
    )
    insert = (
        "INSERT INTO messages (anonymous_session_id, user_id, role, content, sources, created_at) "
        "VALUES (?, NULL, ?, ?, ?, ?)"
    )
    turns = [
        (session_id, "user", body["message"], "[]", _text(now)),
        (session_id, "assistant", answer, json.dumps(sources), _text(now)),
    ]
    database.executemany(insert, turns)
    _record(database, "chat", {"sources": len(sources)}, None, now)
    database.execute("COMMIT")
    metadata = {"model": "floor", "tokens_used": 0, "total_time_ms": time.perf_counter() - began}
    return jsonify({"answer": answer, "sources": sources, "metadata": metadata})


def _record(database: sqlite3.Connection, event: str, data: dict[str, Any], user_id: int | None, now: datetime) -> None:
    insert = (
        "INSERT INTO analytics_events (event_type, event_data, user_id, logged_at) VALUES (?, ?, ?, ?) RETURNING id"
    )
    database.execute(insert, (event, json.dumps(data), user_id, _text(now))).fetchone()
