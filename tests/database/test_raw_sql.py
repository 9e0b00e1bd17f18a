"""Statements that bypass SQLAlchemy's execution: what they see, what becomes of them, how they fail."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from chatkit.auth.models import User
from chatkit.database import raw_sql
from chatkit.database.lease import Lease
from chatkit.database.orm import db
from tests import factories

ADD = "INSERT INTO leases (name, holder, until) VALUES (:name, 'somebody', 0) RETURNING name"


def _names(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Lease.name)))


def test_rows_come_in_the_order_of_the_columns(app: Flask) -> None:
    who = factories.person(app)
    with app.app_context(), raw_sql.autocommit() as connection:
        rows = connection.fetch("SELECT id, email FROM users WHERE email = :email", {"email": who.email})
    assert [tuple(row) for row in rows] == [(who.id, who.email)]


def test_a_cast_is_no_parameter(postgresql_app: Flask) -> None:
    with postgresql_app.app_context(), raw_sql.autocommit() as connection:
        assert connection.fetch("SELECT :number::bigint", {"number": 7}) == [(7,)]


def test_a_stored_time_is_aware_on_both_databases(app: Flask) -> None:
    factories.person(app)
    with app.app_context():
        with raw_sql.autocommit() as connection:
            [[stored]] = connection.fetch("SELECT created_at FROM users", {})
        assert raw_sql.utc(stored) == db.session.scalars(select(User.created_at)).one()


def test_a_time_as_sqlite_keeps_it_is_utc() -> None:
    assert raw_sql.utc("2026-03-01 12:30:00.250000") == datetime(2026, 3, 1, 12, 30, 0, 250_000, UTC)
    assert raw_sql.utc("2026-03-01 12:30:00") == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_each_statement_sees_what_is_committed(app: Flask) -> None:
    count = "SELECT count(*) FROM leases"
    with app.app_context(), raw_sql.autocommit() as connection:
        [[before]] = connection.fetch(count, {})
        with db.engine.begin() as other:
            other.execute(text("INSERT INTO leases (name, holder, until) VALUES ('a', 'b', 0)"))
        [[after]] = connection.fetch(count, {})
    assert (before, after) == (0, 1)


def test_a_relaxed_commit_is_seen_by_others(app: Flask) -> None:
    with app.app_context(), raw_sql.relaxed_commit() as connection:
        connection.fetch(ADD, {"name": "kept"})
    assert _names(app) == {"kept"}


def test_an_exception_rolls_back(app: Flask) -> None:
    def fail() -> None:
        with app.app_context(), raw_sql.relaxed_commit() as connection:
            connection.fetch(ADD, {"name": "lost"})
            raise RuntimeError("changed its mind")

    with pytest.raises(RuntimeError, match="changed its mind"):
        fail()
    assert _names(app) == set()


def test_failures_are_sqlalchemys_and_tell_no_parameter(app: Flask) -> None:
    def add_twice() -> None:
        with app.app_context(), raw_sql.relaxed_commit() as connection:
            for _ in range(2):
                connection.fetch(ADD, {"name": "canary"})

    with pytest.raises(IntegrityError) as failed:
        add_twice()
    assert "'canary'" not in str(failed.value)
    assert _names(app) == set()


@pytest.mark.parametrize("lend", [raw_sql.autocommit, raw_sql.relaxed_commit])
def test_a_connection_that_failed_is_good_for_the_next(app: Flask, lend: object) -> None:
    assert callable(lend)
    for _ in range(30):
        with app.app_context(), pytest.raises(SQLAlchemyError), lend() as connection:
            connection.fetch("SELECT nothing FROM nowhere", {})
    with app.app_context(), lend() as connection:
        assert connection.fetch("SELECT 1", {}) == [(1,)]


def test_a_connection_that_the_server_ended_is_not_used_again(postgresql_app: Flask) -> None:
    """It ends while it is lent, so looking at its socket could not tell."""

    def end() -> None:
        with postgresql_app.app_context(), raw_sql.autocommit() as connection:
            connection.fetch("SELECT pg_terminate_backend(pg_backend_pid())", {})

    with pytest.raises(SQLAlchemyError) as failed:
        end()
    assert not isinstance(failed.value, ProgrammingError)
    assert getattr(failed.value, "connection_invalidated", False)
    with postgresql_app.app_context(), raw_sql.autocommit() as connection:
        assert connection.fetch("SELECT 1", {}) == [(1,)]
