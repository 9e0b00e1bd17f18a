"""The floor: bare Flask views that do the same work with the raw drivers, and nothing else.

No schema, no headers, no log, no metrics: what remains is what Flask, the socket and the database cost.
"""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.bench.raw import HURRY, NOW_MS, moment, rows, transaction

app = Flask(__name__)
_SECRET = os.environ["SECRET_KEY"].encode()
_LOOKUP = """SELECT s.id, s.family_id, s.last_seen_at, s.expires_at, s.rotated_at, s.revoked_at, s.user_id,
  u.email, u.tier, u.verified_at, CURRENT_TIMESTAMP
  FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?"""
_HIT = f"""INSERT INTO rate_limits (key, action, hits, window_end_ms) VALUES (?, ?, 1, {NOW_MS} + 60000)
  ON CONFLICT (key, action) DO UPDATE SET
    hits = CASE WHEN rate_limits.window_end_ms <= {NOW_MS} THEN 1 ELSE rate_limits.hits + 1 END,
    window_end_ms = CASE WHEN rate_limits.window_end_ms <= {NOW_MS}
      THEN excluded.window_end_ms ELSE rate_limits.window_end_ms END
  RETURNING key, action, hits, window_end_ms, {NOW_MS}{HURRY}"""
_HELD = """UPDATE users SET saved_chats = saved_chats + 1, saved_bytes = saved_bytes + ? WHERE id = ?
  RETURNING saved_chats, saved_bytes"""
_SAVE = """INSERT INTO saved_chats (user_id, title, messages, size, message_count, saved_at)
  VALUES (?, ?, ?, ?, ?, ?) RETURNING id"""
_RECORD = "INSERT INTO analytics_events (event_type, event_data, user_id, logged_at) VALUES (?, ?, ?, ?) RETURNING id"


def _account() -> tuple[Any, ...]:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    digest = hmac.new(_SECRET, token.encode(), hashlib.sha256).hexdigest()
    return rows(_LOOKUP, (digest,))[0]


@app.get("/api/v1/auth/session-check")
def session_check() -> Response:
    """Look the token up."""
    row = _account()
    return jsonify({"valid": True, "user": {"email": row[7], "tier": row[8]}})


@app.post("/api/v1/chat/save")
def save() -> Response:
    """Look the token up, count, store the chat, what its account holds, and its event."""
    row = _account()
    with transaction(hurried=True):
        rows(_HIT, (f"account:{row[6]}", "save_chat"))
    messages, now = json.loads(request.get_data())["messages"], datetime.now(UTC)
    document, title = json.dumps(messages), messages[0]["content"][:80]
    with transaction():
        rows(_HELD, (len(document), row[6]))
        values = (row[6], title, document, len(document), len(messages), moment(now))
        ((chat_id,),) = rows(_SAVE, values)
        rows(_RECORD, ("save_chat", json.dumps({"messages": len(messages)}), row[6], moment(now)))
    return jsonify({"chat_id": str(chat_id), "saved_at": now.isoformat()})
