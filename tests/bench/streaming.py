"""The application of the streams' measurement: ChatKit, and one page that tells what its pool has lent."""

import os

from flask import Response, jsonify

from chatkit.auth import guard
from chatkit.extensions import db
from wsgi import app


@app.get("/bench/pool")
@guard.public
def pool() -> Response:
    """Return this worker's process id and how many connections are out of its pool."""
    return jsonify(worker=os.getpid(), lent=db.engine.pool.checkedout())  # type: ignore[attr-defined]
