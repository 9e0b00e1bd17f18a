"""What one account and one address can store, and what giving it out and deleting it takes of a worker's memory."""

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import insert, text

from chatkit import create_app
from chatkit.analytics.models import AnalyticsEvent
from chatkit.chat.models import Message, SavedChat
from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db, utcnow
from chatkit.observability.database_gauges import SIZE_STATEMENTS
from tests import factories
from tests.conftest import dispose
from tests.factories import API, Person
from tests.servers import ONE_WORKER, Gunicorn
from tests.slo.place import DATABASES, ROOM, Place, place
from tests.slo.rows import Measured, Row

EACH, SHARE, BATCH = 16_667, 0.01, 500
ROWS_HELD = 3 * EACH
# So many accounts, each with so many rows of a kind, are exported and deleted first: the worker has its caches full,
# the 2 MB of SQLite's connections too, which smaller accounts leave half empty.
WARM, WARM_EACH = 3, 6_000
# In an account: 20 MB of chats, 2,500 questions with their answers of 12 kB, as many ratings with a note of 4 kB, 500
# gaps of 13 kB and 1,000 events of 4 kB are 71 MB, and there are indexes. An address keeps no chats.
MOST_BYTES = 80_000_000
# Of what a limit by day admits as much is asked for, and once more, as fast as it goes.
BY_DAY = {f"RATE_LIMIT_{name}": str(RATE_LIMITS[name][0]) for name in ("CHAT_ADDRESS_DAY", "EVENTS_DAY")}


def memory() -> Measured:
    """Export and delete accounts with as many messages, chats and events, and see how much a worker grew meanwhile."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            app = create_app(here.settings())
            warm = [factories.person(app, f"warm-{number}@example.com") for number in range(WARM)]
            many = factories.person(app, "many@example.com")
            for who in (*warm, many):
                _fill(app, who, EACH if who is many else WARM_EACH)
            dispose(app)
            with here.served(**ONE_WORKER) as server:
                for who in warm:
                    _export_and_delete(server, who)
                before = _peaks(server)
                held = _export_and_delete(server, many)
                after = _peaks(server)
            grown = max(after[worker] / before[worker] - 1 for worker in before)
            left = _left(here, many)
            holds &= grown <= SHARE and held == ROWS_HELD and left == 0
            figures.append(f"{kind} {held:,} rows exported, {left} left, a worker grew by {100 * grown:.2f} %")
    return Measured("; ".join(figures), holds)


def a_day() -> Measured:
    """Store as much as the limits of a day admit, all of the greatest length, from an address and into an account."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            bounded = {name: value for name, value in here.settings(**BY_DAY).items() if name not in ROOM}
            app = create_app(bounded | {"LOG_LEVEL": "WARNING"})
            try:
                factories.index(app, here.folder / "pages")
                before = _size(app)
                _flood(app, {})
                address = _size(app) - before
                who = factories.person(app)
                _flood(app, who.headers)
                account = _size(app) - before - address
            finally:
                dispose(app)
            holds &= max(address, account) <= MOST_BYTES
            figures.append(f"{kind} {address / 1e6:.0f} MB from an address, {account / 1e6:.0f} MB in an account")
    return Measured("; ".join(figures), holds)


def _fill(app: Flask, who: Person, number: int) -> None:
    now, messages = utcnow(), [{"role": "user", "content": "Why? " * 40}]
    rows = {
        AnalyticsEvent: {
            "event_type": "opened",
            "event_data": {"page": "a" * 100},
            "user_id": who.id,
            "logged_at": now,
        },
        Message: {"user_id": who.id, "role": "user", "content": "Why? " * 40, "sources": [], "citations": []},
        SavedChat: {"user_id": who.id, "title": "Why?", "messages": messages, "saved_at": now},
    }
    with app.app_context():
        for model, row in rows.items():
            for first in range(0, number, BATCH):
                db.session.execute(insert(model), [row] * min(BATCH, number - first))
            db.session.commit()


def _export_and_delete(server: Gunicorn, who: Person) -> int:
    """Return how many rows of what was filled the export held; raise when the account is not deleted then."""
    export = server.request("/api/v1/user/export", headers=who.headers).json
    deleted = server.request("/api/v1/user", "DELETE", headers=who.headers)
    if deleted.status != 204:
        raise RuntimeError(f"the account was not deleted: {deleted.status}")
    return sum(len(export[name]) for name in ("analytics_events", "messages", "saved_chats"))


def _peaks(server: Gunicorn) -> dict[int, int]:
    """Return the most memory that each worker ever held, in kB."""
    status = {worker: Path(f"/proc/{worker}/status").read_text() for worker in server.workers()}
    return {worker: int(text.split("VmHWM:")[1].split()[0]) for worker, text in status.items()}


def _left(here: Place, who: Person) -> int:
    app = create_app(here.settings())
    try:
        with app.app_context():
            names = ("analytics_events", "messages", "saved_chats")
            counts = [text(f"SELECT count(*) FROM {name} WHERE user_id = {who.id}") for name in names]
            return sum(db.session.scalar(count) or 0 for count in counts)
    finally:
        dispose(app)


def _size(app: Flask) -> int:
    """Return the size of the database with its indexes, in bytes."""
    with app.app_context():
        return int(db.session.scalar(text(SIZE_STATEMENTS[db.engine.dialect.name])) or 0)


def _flood(app: Flask, headers: dict[str, str]) -> None:
    client, letters = app.test_client(), "\N{SLICE OF PIZZA}"
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    questions, events = RATE_LIMITS["CHAT_ADDRESS_DAY"][0], RATE_LIMITS["EVENTS_DAY"][0]
    page = "https://docs.example.com/" + "a" * 1_900
    for number in range(questions + 5 if not headers else 3_000):
        body = factories.question(f"How often does foghorn {number} sound? ".ljust(2_000, letters), page_url=page)
        answer = client.post(f"{API}/chat", json=body, headers=headers)
        if answer.status_code == 200:
            rating = {"message_id": answer.get_json()["message_id"], "rating": "down", "note": letters * 1_000}
            client.post(f"{API}/chat/feedback", json=rating, headers=headers)
    for _ in range(events + 5):
        client.post(
            f"{API}/analytics/event", json={"event_type": "x", "event_data": {"x": "a" * 4_000}}, headers=headers
        )
    if headers:
        chat = json.dumps({"messages": [{"role": "user", "content": "é" * 20_000}] * 5}, ensure_ascii=False).encode()
        for _ in range(60):
            client.post(f"{API}/chat/save", data=chat, content_type="application/json", headers=headers)


ROWS = (
    Row("Storage has an end", f"an account of {ROWS_HELD:,} rows of three kinds is exported and deleted", memory),
    Row("Storage has an end", "one address and one account store all that a day admits", a_day),
)
