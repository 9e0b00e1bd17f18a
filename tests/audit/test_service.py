"""The audit log: in the transaction of the act, forgetting whose account it was, gone after a year."""

import json
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from chatkit.audit import service as audit
from chatkit.audit.models import AuditEntry
from chatkit.audit.service import AuditAction
from chatkit.database.orm import db, utcnow
from tests import factories
from tests.plans import scanned
from tests.sql_log import log_sql


def _record(app: Flask, *subjects: str, age: timedelta = timedelta(0)) -> None:
    with app.app_context():
        for subject in subjects:
            audit.record(AuditAction.BACKUP_MADE, subject, megabytes=1)
        db.session.flush()
        db.session.execute(update(AuditEntry).where(AuditEntry.subject.in_(subjects)).values(at=utcnow() - age))
        db.session.commit()


def test_an_act_that_is_undone_was_not_done(app: Flask) -> None:
    with app.app_context():
        audit.record(AuditAction.BACKUP_MADE, "database")
        db.session.flush()
        db.session.rollback()
    assert factories.count(app, AuditEntry) == 0


def test_the_list_is_whole_and_in_order_over_its_pages(app: Flask) -> None:
    subjects = [f"file {number}" for number in range(audit.PAGE + 1)]
    _record(app, *subjects)
    lines = app.test_cli_runner().invoke(args=["audit", "--json"]).output.splitlines()
    assert [json.loads(line)["subject"] for line in lines] == subjects
    assert json.loads(lines[0]) | {"at": ""} == {
        "at": "",
        "actor": "server",
        "action": "backup_made",
        "subject": "file 0",
        "account_id": None,
        "data": {"megabytes": 1},
    }


def test_the_list_is_of_so_many_days_and_of_one_kind_of_act(app: Flask) -> None:
    _record(app, "old", age=timedelta(days=10))
    _record(app, "new")
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit"]).output.count("backup_made") == 2
    assert "old" not in runner.invoke(args=["audit", "--days", "9"]).output
    assert runner.invoke(args=["audit", "--action", "pruned"]).output == "Nothing was done in that time.\n"


def test_who_did_it_last_is_found_by_an_index(app: Flask) -> None:
    _record(app, *map(str, range(50)))
    with app.app_context():
        for action, actor in ((AuditAction.BANNED, "a"), (AuditAction.UNBANNED, "b"), (AuditAction.PRUNED, "c")):
            for subject in ("/x", "/y"):
                audit.record(action, subject, actor=f"{actor}{subject}")
        db.session.commit()
    with log_sql(app) as log:
        found = audit.latest_actors([AuditAction.BANNED, AuditAction.UNBANNED], ["/x", "/z"])
    assert found == {"/x": "b/x"}
    [statement] = [words for words in log if words.startswith("SELECT") and "audit_log" in words]
    with app.app_context(), db.engine.connect() as connection:
        assert scanned(connection, statement, generic=True) == []


def test_an_act_is_deleted_after_a_year(app: Flask) -> None:
    _record(app, "old", age=audit.AUDIT_RETENTION + timedelta(minutes=1))
    _record(app, "new", age=audit.AUDIT_RETENTION - timedelta(minutes=1))
    with app.app_context():
        assert audit.prune(10) == 1
        db.session.commit()
    assert [row["subject"] for row in factories.rows(app, AuditEntry.__table__)] == ["new"]


def test_an_act_outlives_the_account_without_naming_it(app: Flask) -> None:
    who = factories.person(app)
    with app.app_context():
        audit.record(AuditAction.ACCOUNT_TIER, "account", account_id=who.id, tier="full")
        db.session.commit()
    assert f"account  number {who.id}  tier: full" in app.test_cli_runner().invoke(args=["audit"]).output
    assert app.test_client().delete(f"{factories.API}/user", headers=who.headers).status_code == 204
    [row] = factories.rows(app, AuditEntry.__table__)
    assert (row["account_id"], row["data"]) == (None, {"tier": "full"})
