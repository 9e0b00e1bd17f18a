"""What is done whenever the index has changed, by whatever command or job: once for each state of the index."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from flask import Flask, current_app
from sqlalchemy import delete, select

from chatkit.database import lease
from chatkit.database.orm import db, upsert
from chatkit.ingest import index_lock
from chatkit.ingest.models import FollowUpRow
from chatkit.search import embedding, index

log = structlog.get_logger()

FollowUp = Callable[[], object]
# How long a new index waits for the vectors of its passages: without them it answers otherwise than it will.
VECTORS_SECONDS = 15 * 60.0


@dataclass
class _FollowUps:
    """What is to be done, by name, and since when this process has known the present state of the index."""

    work: Mapping[str, FollowUp]
    state: str = ""
    known_since: float = field(default_factory=time.monotonic)


def init_app(app: Flask, work: Mapping[str, FollowUp]) -> None:
    """Hand over what is to be done; each commits what it does, and may be done twice."""
    app.extensions["chatkit_follow_ups"] = _FollowUps(work)


def request(name: str) -> None:
    """Have it done once more within seconds, though the index is as it was, and commit."""
    db.session.execute(delete(FollowUpRow).where(FollowUpRow.name == name))
    db.session.commit()


def run_due() -> None:
    """Do what has not been done for the present state of the index, unless that is still changing; commits.

    An error of one keeps no other from its turn, and is raised at the end, so that it is tried again.
    """
    follow_ups: _FollowUps = current_app.extensions["chatkit_follow_ups"]
    state = index.corpus_statistics().state
    done = dict(db.session.execute(select(FollowUpRow.name, FollowUpRow.index_state)).all())
    due = [name for name in follow_ups.work if done.get(name) != state]
    db.session.rollback()
    if not state or not due or _is_changing(follow_ups, state):
        return
    failure = None
    for name in due:
        try:
            follow_ups.work[name]()
            row = upsert(FollowUpRow).values(name=name, index_state=state)
            db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"index_state": state}))
            db.session.commit()
        except Exception as error:  # Whatever it is, the next one has its turn.
            db.session.rollback()
            log.error("follow_up_failed", name=name, error=type(error).__name__)
            failure = error
    if failure is not None:
        raise failure


def _is_changing(follow_ups: _FollowUps, state: str) -> bool:
    """Tell whether pages are being indexed, or the passages of new ones still get vectors."""
    if follow_ups.state != state:
        follow_ups.state, follow_ups.known_since = state, time.monotonic()
    if lease.is_held(index_lock.LEASE):
        return True
    status = embedding.status()
    db.session.rollback()
    is_waiting = status is not None and status.encoded < status.passages
    return is_waiting and time.monotonic() - follow_ups.known_since < VECTORS_SECONDS
