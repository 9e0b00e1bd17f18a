"""Read-only mode: the owner switches storing off while the database is moved; readers go on reading and asking.

Every worker looks at the switch every five seconds. What stores answers 503 `read_only`, but questions, which are
answered from the pages and not kept. The limits go on being counted, and sessions are not prolonged.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, current_app, request
from sqlalchemy import delete, select

from chatkit.database.cached import CachedRead
from chatkit.database.orm import database_now, db
from chatkit.errors import ReadOnly
from chatkit.web.models import Switch

REFRESH_SECONDS = 5
NAME = "read_only"

View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Refuse what stores while the mode is on, before any view runs."""
    app.extensions["chatkit_read_only"] = CachedRead(_read, False, REFRESH_SECONDS)
    app.before_request(_refuse)


def works_read_only(view: View) -> View:
    """Declare that a view which stores otherwise works in read-only mode too, and stores nothing then."""
    view.works_read_only = True  # type: ignore[attr-defined]
    return view


def is_on() -> bool:
    """Tell whether storing is switched off, as of five seconds ago at most."""
    return _cached().value()


def since() -> datetime | None:
    """Return since when storing is switched off, now; None when it is not."""
    return db.session.scalar(select(Switch.since).where(Switch.name == NAME))


def switch(on: bool) -> None:
    """Switch the mode. The caller commits, and calls ``forget`` then."""
    db.session.execute(delete(Switch).where(Switch.name == NAME))
    if on:
        row = Switch(name=NAME)
        row.since = database_now()
        db.session.add(row)


def forget() -> None:
    """Have this process look at the switch at its next request."""
    _cached().forget()


def _refuse() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    # A view that changes something says what it is counted as, be it nothing; others only read.
    if not hasattr(view, "limited_action") or request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if not getattr(view, "works_read_only", False) and is_on():
        raise ReadOnly


def _cached() -> CachedRead[bool]:
    found: CachedRead[bool] = current_app.extensions["chatkit_read_only"]
    return found


def _read() -> bool:
    # On a connection of its own, beside whatever the session is at.
    with db.engine.connect() as connection:
        return connection.execute(select(Switch.name).where(Switch.name == NAME)).first() is not None
