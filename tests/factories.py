"""Makes what tests start from: people, questions, chats, pages, and rows of a given age."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import FromClause, func, insert, select, update
from werkzeug.test import TestResponse

from chatkit.auth import sessions
from chatkit.auth.models import SessionToken, User
from chatkit.database.orm import db, utcnow
from chatkit.ingest import service as ingest
from chatkit.ingest.chunking import chunks
from chatkit.ingest.folder import Folder
from chatkit.ingest.readers import markdown as reader
from chatkit.mail import service as mail
from chatkit.search.models import Page
from chatkit.search.passages import Passage, read_blocks

SECRET_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef0123456789abcdef"
WEBHOOK_SECRET = SECRET_KEY[::-1]
API = "/api/v1"

# Makes an application on the test's database; the keyword arguments are settings.
MakeApp = Callable[..., Flask]

GUIDE = {
    "index.md": "# Lighthouse\n\nLighthouse is a tool that watches harbours.\n",
    "install.md": (
        "# Installing\n\nInstall the package with `pip install lighthouse`. It needs Python 3.11.\n\n"
        "## On Windows\n\nRun the graphical installer and restart the computer afterwards.\n"
    ),
    "foghorn.md": (
        "# Foghorn\n\nThe foghorn sounds every thirty seconds in dense fog.\n\n"
        "## Changing the interval\n\nSet `FOGHORN_INTERVAL` to change how often the foghorn sounds.\n"
    ),
    "lamps/oil.md": "# Oil lamps\n\nTrim the wick of oil lamps weekly. Refill the oil before nightfall.\n",
}


@dataclass(frozen=True)
class Person:
    """An account that is signed in."""

    id: int
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.token)


def bearer(token: str) -> dict[str, str]:
    """Return the header that says whose request it is."""
    return {"Authorization": f"Bearer {token}"}


def sign(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """Return the signature of a call that has pages indexed again."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def session_id() -> str:
    """Return a new anonymous session's id."""
    return str(uuid.uuid4())


def person(app: Flask, email: str = "reader@example.com", tier: str = "lightweight") -> Person:
    """Make an account with a session."""
    with app.app_context():
        now = utcnow()
        values = {"email": email, "tier": tier, "consent_at": now, "verified_at": now, "created_at": now}
        user_id = db.session.execute(insert(User).returning(User.id), values).scalar_one()
        issued = sessions.issue(user_id, "Firefox on Linux")
        db.session.commit()
    return Person(user_id, email, issued.token)


def another_session(app: Flask, who: Person) -> Person:
    """Sign the same person in once more."""
    with app.app_context():
        issued = sessions.issue(who.id, "Safari on iPhone")
        db.session.commit()
    return Person(who.id, who.email, issued.token)


def check_session(app: Flask, token: str) -> TestResponse:
    """Ask whose session this is."""
    return app.test_client().get(f"{API}/auth/session-check", headers=bearer(token))


def refresh(app: Flask, token: str) -> TestResponse:
    """Ask for a new token in the place of this one."""
    return app.test_client().post(f"{API}/auth/refresh-token", headers=bearer(token))


def question(text: str = "How often does the foghorn sound?", session: str | None = None, **context: Any) -> Any:
    """Return the body of a question."""
    return {"message": text, "context": {"mode": "chat", "session_id": session or session_id(), **context}}


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    name: str
    id: str
    data: Any


def events(stream: str) -> list[Event]:
    """Return the events of a stream, as a browser would read them."""
    found = []
    for block in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if fields:
            found.append(Event(fields["event"], fields.get("id", ""), json.loads(fields["data"])))
    return found


def chat(first: str = "How do I install it?") -> Any:
    """Return the body of a save."""
    return {"messages": [{"role": "user", "content": first}, {"role": "assistant", "content": "With pip."}]}


def sign_up(client: FlaskClient, email: str = "reader@example.com", **extra: Any) -> TestResponse:
    """Ask for a link."""
    return client.post(f"{API}/auth/signup", json={"email": email, "consent_data_storage": True, **extra})


def links(app: Flask) -> list[str]:
    """Return a fresh link for each waiting address, as `flask mail outbox` would show it."""
    with app.app_context():
        return [made.link for _, made in mail.render_waiting()]


def link_token(link: str) -> str:
    """Return the token inside a link."""
    return link.split("#token=")[1].split("&")[0]


def write_pages(folder: Path, pages: Mapping[str, str]) -> Path:
    """Write pages into a folder, which is made, and return it."""
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def index(
    app: Flask, folder: Path, pages: Mapping[str, str] | None = None, base_url: str = "/guide/", **how: Any
) -> ingest.Report:
    """Write pages into a folder and index it; ``how`` is what else a ``Folder`` takes."""
    write_pages(folder, GUIDE if pages is None else pages)
    with app.app_context():
        return ingest.index(Folder(folder, base_url, **how))


def page_urls(app: Flask) -> list[str]:
    """Return the addresses of the pages that are indexed."""
    return sorted(row["url"] for row in rows(app, Page.__table__))


def passages(markdown: str) -> list[Passage]:
    """Return the passages of a page, as searching finds them."""
    return [
        Passage(chunk.stable_id, chunk.heading, chunk.body, "/guide/page", 1.0, read_blocks(chunk.blocks, chunk.body))
        for chunk in chunks("/guide/page", reader.parse(markdown, "Page"))
    ]


def age_session(app: Flask, who: Person, **columns: timedelta) -> None:
    """Set columns of a person's sessions to so long before now (a negative age is in the future)."""
    with app.app_context():
        values = {name: utcnow() - age for name, age in columns.items()}
        db.session.execute(update(SessionToken).where(SessionToken.user_id == who.id).values(values))
        db.session.commit()


def count(app: Flask, model: Any, *where: Any) -> int:
    """Return how many rows a table holds."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def answer_row(app: Flask, message_id: str) -> dict[str, Any]:
    """Return the row of an answer in the transcript."""
    return next(row for row in rows(app, db.metadata.tables["messages"]) if row["message_id"] == message_id)


def rows(app: Flask, table: FromClause) -> list[dict[str, Any]]:
    """Return every row of a table, by its key: PostgreSQL writes new rows into the places of old ones."""
    with app.app_context():
        ordered = select(table).order_by(*table.primary_key)
        return [dict(row) for row in db.session.execute(ordered).mappings()]
