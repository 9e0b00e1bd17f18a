"""PostgreSQL: a server that does not answer is given up in time, and no connection that has ended is used."""

import configparser
import inspect
import socket
from time import monotonic

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chatkit import create_app
from chatkit.database import deadline, engine
from chatkit.database.orm import db
from tests import servers
from tests.factories import SECRET_KEY
from tests.servers import LIMIT_SECONDS, PostgreSQL, once


def _ask(app: Flask) -> float:
    """Fail to ask the database anything; return for how many seconds it took."""
    began = monotonic()
    with app.app_context(), pytest.raises(OperationalError):
        db.session.execute(text("SELECT 1"))
    return monotonic() - began


def _pool_size(app: Flask) -> int:
    with app.app_context(), db.engine.connect() as connection:
        own = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return connection.scalar(text(own)) or 0


def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time_and_left_alone_for_a_while() -> None:
    with socket.create_server((servers.LOOPBACK, 0)) as silent:
        url = f"postgresql://chatkit@{servers.LOOPBACK}:{silent.getsockname()[1]}/chatkit"
        app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url})
        engine.limit_waits(app)
        assert 1 < _ask(app) < LIMIT_SECONDS
        assert once(lambda: _ask(app) < 0.5)


def test_a_server_that_freezes_is_given_up_in_time_and_works_again(
    postgresql: PostgreSQL, postgresql_app: Flask
) -> None:
    engine.limit_waits(postgresql_app)
    with postgresql_app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()
    with postgresql.frozen():
        assert 1 < _ask(postgresql_app) < LIMIT_SECONDS
    assert servers.eventually(lambda: _pool_size(postgresql_app) > 0)


def test_a_request_that_waited_for_its_turn_waits_the_less(postgresql: PostgreSQL, postgresql_app: Flask) -> None:
    engine.limit_waits(postgresql_app)
    with postgresql_app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()
    deadline.shorten(deadline.ANSWER_SECONDS)
    try:
        with postgresql.frozen():
            assert _ask(postgresql_app) < deadline.ANSWER_SECONDS
    finally:
        deadline.reset()


def test_a_slow_statement_is_ended_by_the_server_and_its_connection_survives(postgresql_app: Flask) -> None:
    engine.limit_waits(postgresql_app)
    with postgresql_app.app_context():
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with pytest.raises(OperationalError, match="statement timeout"):
            db.session.execute(text("SELECT pg_sleep(10)"))
        db.session.rollback()
        assert db.session.scalar(text("SELECT pg_backend_pid()")) == pid


def test_a_command_waits_as_long_as_it_needs(postgresql_app: Flask) -> None:
    with postgresql_app.app_context():
        db.session.execute(text("SELECT pg_sleep(1.6)"))


def test_no_connection_that_has_ended_leaves_the_pool(postgresql_app: Flask) -> None:
    with postgresql_app.app_context():
        with db.engine.connect() as connection:
            ended = connection.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False)) as beside:
            beside.execute("SELECT pg_terminate_backend(%s, 5000)", (ended,))
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != ended


def test_psycopg_has_the_names_that_a_time_limit_needs_in_every_version_that_is_admitted() -> None:
    assert next(iter(inspect.signature(psycopg.Connection.wait).parameters.values())).name == "self"
    assert list(inspect.signature(psycopg.Connection.wait).parameters)[1] == "gen"
    assert inspect.isgeneratorfunction(psycopg.Connection._connect_gen)
    setup = configparser.ConfigParser()
    setup.read(servers.ROOT / "setup.cfg")
    [psycopg_range] = [line for line in setup["options"]["install_requires"].splitlines() if "psycopg[" in line]
    assert "<" in psycopg_range
