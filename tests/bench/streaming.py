"""The application of the streams' measurement: ChatKit, and one page that tells what its pool has lent."""

from flask import Response, jsonify

from chatkit.auth import guard
from chatkit.database.orm import db
from wsgi import app


@app.get("/bench/pool")
@guard.public
def pool() -> Response:
    """Return how many connections are out of this worker's pool."""
    return jsonify(lent=db.engine.pool.checkedout())  # type: ignore[attr-defined]
