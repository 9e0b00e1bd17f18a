"""/health: whether this server and its database answer."""

import time
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy import text

from chatkit.database.orm import db
from chatkit.version import VERSION

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Keep when the server started, which its workers share, and serve /health."""
    app.extensions["chatkit_started"] = app.config["CHATKIT"].started_at or time.time()
    app.register_blueprint(bp)


@bp.get("/health")
def health() -> tuple[Response, int]:
    """Tell whether this server and its database answer."""
    db.session.execute(text("SELECT 1"))
    started = current_app.extensions["chatkit_started"]
    body = {
        "status": "ok",
        "database": "connected",
        "started_at": datetime.fromtimestamp(started, UTC),
        "uptime_seconds": round(time.time() - started, 3),
        "version": VERSION,
    }
    return jsonify(body), 200
