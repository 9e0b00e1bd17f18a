"""SQLite: who writes when, how long another one waits, and that no file is made in the place of one that went."""

import threading
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chatkit import create_app
from chatkit.database import deadline, engine
from chatkit.database.orm import db
from tests.conftest import dispose
from tests.factories import SECRET_KEY
from tests.servers import once

WRITE = text("INSERT INTO leases (name, holder, until) VALUES ('a', 'b', 0) ON CONFLICT DO NOTHING")


def _fail_to_write(app: Flask) -> float:
    """Fail to write; return for how many seconds that took."""
    began = monotonic()
    with app.app_context(), pytest.raises(OperationalError, match="locked"):
        db.session.execute(WRITE)
    return monotonic() - began


def test_a_reader_begins_no_transaction_and_a_writer_begins_it_immediately(fresh_app: Flask) -> None:
    with fresh_app.app_context(), db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.execute(text("SELECT count(*) FROM leases"))
        assert not driver.in_transaction
        connection.execute(WRITE)
        assert driver.in_transaction


def test_a_transaction_that_writes_ends_when_its_connection_comes_back(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with db.engine.connect() as connection:
            connection.execute(WRITE)
        db.session.execute(WRITE)
        db.session.commit()


def test_whoever_waits_to_write_gets_to(fresh_app: Flask) -> None:
    with fresh_app.app_context(), db.engine.connect() as first:
        first.execute(WRITE)
        written = threading.Event()

        def write() -> None:
            with fresh_app.app_context():
                db.session.execute(WRITE)
                db.session.commit()
            written.set()

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        assert not written.is_set()
        first.rollback()
        for thread in threads:
            thread.join(timeout=30)
        assert written.is_set()
        assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("in_process", [True, False])
def test_a_server_waits_to_write_as_long_as_a_request_may(fresh_app: Flask, in_process: bool) -> None:
    """Whether the one that does not end is of this process or of another."""
    engine.limit_waits(fresh_app)
    other = fresh_app if in_process else create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": _url(fresh_app)})
    with other.app_context(), db.engine.connect() as holder:
        holder.execute(WRITE)
        assert once(lambda: 1.4 < _fail_to_write(fresh_app) < 2)
    if not in_process:
        dispose(other)


def test_a_request_that_waited_for_its_turn_waits_the_less(fresh_app: Flask) -> None:
    engine.limit_waits(fresh_app)
    deadline.shorten(deadline.ANSWER_SECONDS)
    try:
        with fresh_app.app_context(), db.engine.connect() as holder:
            holder.execute(WRITE)
            assert once(lambda: _fail_to_write(fresh_app) < 1)
    finally:
        deadline.reset()


def test_a_server_makes_no_file(fresh_app: Flask) -> None:
    engine.limit_waits(fresh_app)
    with fresh_app.app_context():
        file = Path(db.engine.url.database or "")
        db.engine.dispose()
        file.unlink()
        with pytest.raises(OperationalError, match="unable to open"):
            db.session.execute(WRITE)
    assert not file.exists()


def _url(app: Flask) -> str:
    found: str = app.config["CHATKIT"].database_url
    return found
