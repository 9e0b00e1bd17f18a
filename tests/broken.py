"""The application with views that fail in every way a bug could, each holding what the request sent."""

import logging
import threading
import warnings
from collections.abc import Iterator

import structlog
from flask import Response, request
from sqlalchemy import insert, text

from chatkit import create_app
from chatkit.auth.models import User
from chatkit.database.orm import db, utcnow
from chatkit.web import client_socket
from chatkit.web.json_body import json_value

app = create_app()
log = structlog.get_logger()


def _sent() -> str:
    """Return all that the request holds, in one text."""
    parts = [request.full_path, str(request.headers), str(dict(request.cookies)), str(json_value())]
    return " ".join(parts)


@app.post("/broken/view/<part>")
def view(part: str) -> str:
    """Raise it."""
    raise RuntimeError(_sent())


@app.post("/broken/cause/<part>")
def cause(part: str) -> str:
    """Raise it as what caused another exception."""
    try:
        raise KeyError(part, _sent())
    except KeyError as error:
        raise RuntimeError("a bug") from error


@app.post("/broken/stream/<part>")
def stream(part: str) -> Response:
    """Raise it when the answer has begun."""
    sent = _sent()

    def events() -> Iterator[str]:
        yield "data: begun\n\n"
        raise RuntimeError(sent)

    return Response(events(), content_type="text/event-stream")


@app.post("/broken/thread/<part>")
def thread(part: str) -> str:
    """Raise it in a thread of its own."""
    failing = threading.Thread(target=_raise, args=(f"https://u:{part}@db.example/ Bearer {part} {part}@example.com",))
    failing.start()
    failing.join()
    return "done"


@app.post("/broken/threads/<part>")
def threads(part: str) -> str:
    """Let the system refuse every further thread of this process, as one at its task limit does."""
    threading.stack_size(1 << 46)
    return "done"


@app.post("/broken/patience/<part>")
def patience(part: str) -> str:
    """Let this process wait for no client that does not read."""
    client_socket.WAIT_SECONDS, client_socket.BYTES_PER_SECOND = 0.0, 10**12
    return "done"


@app.post("/broken/log/<part>")
def line(part: str) -> str:
    """Log it, as a careless line or a library would."""
    body = json_value()
    log.warning("careless", body=body, headers=dict(request.headers), nested=[{"a": (part, {"b": part})}], error=part)
    logging.getLogger("library").error("failed with %s", _sent())
    warnings.warn(_sent(), stacklevel=1)
    try:
        _raise(_sent())
    except RuntimeError:
        logging.getLogger("library").exception("failed with %s", part)
    return "done"


@app.post("/broken/sql/duplicate/<part>")
def duplicate(part: str) -> str:
    """Break a constraint, which the database describes with the value."""
    for _ in range(2):
        db.session.execute(insert(User).values(email=json_value("email"), tier="full", created_at=utcnow()))
    return "done"


@app.post("/broken/sql/row/<part>")
def row(part: str) -> str:
    """Break a constraint, which the database describes with the whole row, cut short."""
    db.session.execute(insert(User).values(email=json_value("long"), tier="none", created_at=utcnow()))
    return "done"


@app.post("/broken/sql/value/<part>")
def value(part: str) -> str:
    """Let the database choke on the value itself."""
    db.session.execute(text(f"SELECT CAST('{part}' AS integer)"))
    return "done"


def _raise(words: str) -> None:
    raise RuntimeError(words)
