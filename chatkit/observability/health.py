"""Whether this server lives, is ready, and has its database: /livez, /readyz and /health."""

import time
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy import text

from chatkit.database.orm import db
from chatkit.observability.readiness import Readiness
from chatkit.version import VERSION

# What is answered whatever else is asked; see `chatkit.web.concurrency`.
OUTSIDE_QUEUE = frozenset({"health.livez", "health.readyz"})

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Keep when the server started, which its workers share, and serve the three."""
    app.extensions["chatkit_started"] = app.config["CHATKIT"].started_at or time.time()
    app.extensions["chatkit_readiness"] = Readiness(app)
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


@bp.after_request
def _end_probe(response: Response) -> Response:
    """Let every probe be the first request of its connection: only those are taken out of the queue."""
    if request.endpoint in OUTSIDE_QUEUE:
        response.headers["Connection"] = "close"
    return response


@bp.get("/livez")
def livez() -> Response:
    """Tell that this process answers; it needs no database, no turn, and under gunicorn no thread."""
    return jsonify({"status": "alive"})


@bp.get("/readyz")
def readyz() -> Response:
    """Tell whether readers can be served: the database answers and is of this version."""
    readiness: Readiness = current_app.extensions["chatkit_readiness"]
    readiness.check()
    return jsonify({"status": "ready", "database": "connected", "migrations": "current"})
