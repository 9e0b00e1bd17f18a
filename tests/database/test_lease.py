"""Leases: one holder at a time, on the database's clock, kept by a thread."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from chatkit.database import lease, orm
from chatkit.database.lease import Lease, LeaseHolder
from chatkit.database.orm import db
from tests import servers
from tests.conftest import Reused

NAME = "work"


def _take(app: Flask, holder: LeaseHolder) -> bool:
    with app.app_context():
        return holder.take()


def _set_until(app: Flask, until: object) -> None:
    with app.app_context():
        db.session.execute(update(Lease).values(until=until))
        db.session.commit()


def _until(app: Flask) -> float:
    with app.app_context():
        return db.session.scalars(select(Lease.until)).one()


def _pair(app: Flask) -> tuple[LeaseHolder, LeaseHolder]:
    return LeaseHolder(app, NAME), LeaseHolder(app, NAME)


def test_one_process_at_a_time_holds_the_lease(app: Flask) -> None:
    first, second = _pair(app)
    assert _take(app, first)
    assert not _take(app, second)
    assert _take(app, first)
    assert (first.held, second.held) == (True, False)


def test_leases_of_two_names_do_not_meet(app: Flask) -> None:
    assert _take(app, LeaseHolder(app, NAME))
    assert _take(app, LeaseHolder(app, "other"))


def test_a_lease_that_ended_goes_to_the_next(app: Flask) -> None:
    first, second = _pair(app)
    _take(app, first)
    _set_until(app, 0.0)
    assert _take(app, second)
    assert not _take(app, first)


def test_a_released_lease_goes_to_the_next_at_once(app: Flask) -> None:
    first, second = _pair(app)
    _take(app, first)
    with app.app_context():
        second.release()
    assert not _take(app, second)
    with app.app_context():
        first.release()
    assert _take(app, second)


def test_a_lease_given_before_the_clock_was_set_back_is_free(app: Flask) -> None:
    """Its holder died; nobody waits the hour until its time comes again."""
    first, second = _pair(app)
    _take(app, first)
    _set_until(app, Lease.until + 3600)
    assert _take(app, second)


def test_of_many_that_ask_at_once_one_gets_the_lease(app: Flask) -> None:
    ready, got = threading.Barrier(8), list[bool]()

    def ask() -> None:
        holder = LeaseHolder(app, NAME)
        ready.wait()
        got.append(_take(app, holder))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(got) == [False] * 7 + [True]


def test_a_wrong_clock_on_one_machine_takes_no_lease(
    postgresql_reused: Reused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines that share a database share its clock."""
    postgresql_reused.empty()
    app = postgresql_reused.app
    first, second = _pair(app)
    _take(app, first)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr(orm, "utcnow", lambda: ahead)
    assert not _take(app, second)


def test_a_thread_renews_what_was_taken(app: Flask) -> None:
    holder = LeaseHolder(app, NAME, seconds=0.3)
    _take(app, holder)
    first = _until(app)
    holder.start()
    servers.eventually(lambda: _until(app) > first + 0.3)
    servers.eventually(lambda: holder.held)
    with app.app_context():
        holder.release()
    assert _until(app) == 0


def test_a_lease_that_another_had_meanwhile_is_not_confirmed_and_not_taken_back(app: Flask) -> None:
    """Not even when the other has given it back: it may have done the work."""
    first, second = _pair(app)
    _take(app, first)
    _set_until(app, 0.0)
    _take(app, second)
    with app.app_context():
        second.release()
        first.start()
        assert not first.confirm()
        db.session.rollback()
        first.release()
        assert not lease.is_held(NAME)


def test_a_candidate_takes_the_lease_when_it_is_free(app: Flask) -> None:
    first, candidate = LeaseHolder(app, NAME), LeaseHolder(app, NAME, retake=True, seconds=0.1)
    _take(app, first)
    candidate.start()
    with app.app_context():
        first.release()
        servers.eventually(lambda: candidate.held)
        servers.eventually(lambda: lease.is_held(NAME))
        candidate.release()
        assert not lease.is_held(NAME)
