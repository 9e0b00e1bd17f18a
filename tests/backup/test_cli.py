"""Backup and restore by command, on both databases: what comes back, and what is refused and changes nothing."""

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import event, text

from chatkit import create_app
from chatkit.analytics.models import AnalyticsEvent
from chatkit.chat.models import SavedChat
from chatkit.database.lease import BACKGROUND, LeaseHolder
from chatkit.database.orm import db
from chatkit.search import retrieval
from tests import factories, filling, servers
from tests.conftest import DATABASES, dispose
from tests.factories import API, SECRET_KEY
from tests.filling import Rows
from tests.servers import PostgreSQL


@dataclass(frozen=True)
class Pair:
    """An application on a migrated database, one on an empty database, and a file for the backup."""

    source: Flask
    target: Flask
    file: Path


@pytest.fixture(params=DATABASES)
def pair(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Return a pair on each kind of database."""
    source_url, target_url = "", f"sqlite:///{tmp_path}/elsewhere/restored.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
        monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
        server.create("restored")
        target_url = server.url("restored")
    source_url = request.getfixturevalue(f"{request.param}_url")
    source, target = (_app(url) for url in (source_url, target_url))
    yield Pair(source, target, tmp_path / "chatkit.backup")
    for app in (source, target):
        dispose(app)
    if request.param == "postgresql":
        server.drop("restored")


def _app(url: str) -> Flask:
    return create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url, "RATE_LIMIT_SAVE_CHAT": "1000000"})


def _run(app: Flask, *arguments: object) -> str:
    """Run a command that succeeds; return what it says."""
    result = app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def _refused(app: Flask, *arguments: object) -> str:
    """Run a command that is refused; return what it says."""
    result = app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return result.output


def _rows(app: Flask) -> Rows:
    with app.app_context(), db.engine.connect() as connection:
        return filling.rows(connection)


def _fill(app: Flask, seed: int = 0) -> Rows:
    with app.app_context(), db.engine.connect() as connection:
        filling.fill(connection, 5, seed)
        connection.commit()
    return _rows(app)


def _execute(app: Flask, statement: str) -> None:
    with app.app_context():
        db.session.execute(text(statement))
        db.session.commit()


def test_every_row_of_every_table_comes_back(pair: Pair) -> None:
    factories.index(pair.source, pair.file.parent / "guide")
    before = _fill(pair.source)
    assert all(before.values()), "a table without rows proves nothing"
    said = _run(pair.source, "backup", pair.file)
    assert "SECRET_KEY" in said
    assert pair.file.stat().st_mode & 0o077 == 0
    assert "SECRET_KEY" in _run(pair.target, "restore", pair.file)
    assert _rows(pair.target) == before == _rows(pair.source)
    assert sorted(file.name for file in pair.file.parent.glob("*.backup*")) == ["chatkit.backup"]


def test_a_restored_database_goes_on_as_the_old_one_would(pair: Pair) -> None:
    """Full-text search finds, numbers go on where they were, and tables, keys and indexes are those of the models."""
    factories.index(pair.source, pair.file.parent / "guide")
    factories.person(pair.source)
    _run(pair.source, "backup", pair.file)
    _run(pair.target, "restore", pair.file)
    assert factories.person(pair.target, "second@example.com").id == 2
    _run(pair.target, "db", "check")
    with pair.target.app_context():
        assert retrieval.search("foghorn", 1)


def test_a_backup_is_of_one_moment_while_others_write(pair: Pair) -> None:
    """All that was acknowledged before it began is in it, and no half of a transaction."""
    who = factories.person(pair.source)
    acknowledged, stopped = list[str](), threading.Event()

    def write() -> None:
        client = pair.source.test_client()
        while not stopped.is_set():
            answer = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers)
            acknowledged.append(answer.get_json()["chat_id"])

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        servers.eventually(lambda: len(acknowledged) >= 20)
        before = set(acknowledged)
        _run(pair.source, "backup", pair.file)
        many = len(acknowledged)
        servers.eventually(lambda: len(acknowledged) > many)
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=30)
    _run(pair.target, "restore", pair.file)
    restored = {str(row["id"]) for row in factories.rows(pair.target, SavedChat.__table__)}
    assert before <= restored < set(acknowledged)
    # A save and its event are one transaction.
    assert factories.count(pair.target, AnalyticsEvent) == len(restored)
    kept, written = ({"saved_chats": _rows(app)["saved_chats"]} for app in (pair.target, pair.source))
    assert filling.lost(kept, written) == []


def test_no_file_is_overwritten_by_a_backup(pair: Pair) -> None:
    pair.file.write_text("yesterday's")
    assert "no backup is overwritten" in _refused(pair.source, "backup", pair.file)
    assert pair.file.read_text() == "yesterday's"


def test_a_backup_into_a_folder_that_is_not_there_is_refused(pair: Pair) -> None:
    assert "No such file or directory" in _refused(pair.source, "backup", pair.file / "x" / "y")


def test_a_database_without_tables_is_not_backed_up(pair: Pair) -> None:
    assert "nothing to back up" in _refused(pair.target, "backup", pair.file)
    assert not pair.file.exists()
    assert not (pair.file.parent / "elsewhere").exists()


def test_a_database_that_holds_something_is_not_overwritten_unasked(pair: Pair) -> None:
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    assert "not empty. Use --replace" in _refused(pair.source, "restore", pair.file)
    assert _rows(pair.source) == before


def test_replacing_leaves_nothing_of_what_was_there(pair: Pair) -> None:
    """Not even a table that a later version made, which would be in the way of the next upgrade."""
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    _execute(pair.source, "DELETE FROM users")
    _execute(pair.source, "CREATE TABLE of_a_later_version (id integer PRIMARY KEY, u integer REFERENCES users (id))")
    _fill(pair.source, seed=1)
    _run(pair.source, "restore", pair.file, "--replace")
    assert _rows(pair.source) == before


def test_nothing_is_restored_under_a_running_server(pair: Pair) -> None:
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    held = LeaseHolder(pair.source, BACKGROUND)
    with pair.source.app_context():
        db.session.execute(text("DELETE FROM leases"))
        assert held.take()
    assert "Stop it first" in _refused(pair.source, "restore", pair.file, "--replace")
    with pair.source.app_context():
        held.release()
    _run(pair.source, "restore", pair.file, "--replace")
    assert _rows(pair.source) == before


def test_a_damaged_backup_changes_nothing(pair: Pair) -> None:
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    whole = pair.file.read_bytes()
    # The beginning is good, so that it fails on the way.
    pair.file.write_bytes(whole[: len(whole) * 9 // 10])
    _refused(pair.source, "restore", pair.file, "--replace")
    assert _rows(pair.source) == before


def test_a_dump_that_breaks_off_between_two_statements_changes_nothing(
    postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was read is good, so only the program that reads can tell that it is not all."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{postgresql.programs}{os.pathsep}{os.environ['PATH']}")
    app, file = _app(postgresql_url), tmp_path / "a.backup"
    before = _fill(app)
    _run(app, "backup", file)
    revision = f'case "$*" in *--data-only*) exec {postgresql.programs}/pg_restore "$@";; esac'
    _program(tmp_path / "pg_restore", f"{revision}; echo 'CREATE TABLE half (id integer);'; echo gone >&2; exit 1")
    assert "gone" in _refused(app, "restore", file, "--replace")
    assert _rows(app) == before
    dispose(app)


@pytest.mark.parametrize("content", [b"", b"-- SQL", b"SQLite format 3\0", b"PGDMP\1\2\3"])
def test_what_is_no_backup_is_refused(pair: Pair, content: bytes) -> None:
    pair.file.write_bytes(content)
    _refused(pair.target, "restore", pair.file)


def test_a_backup_of_a_newer_version_is_refused(pair: Pair) -> None:
    _execute(pair.source, "UPDATE alembic_version SET version_num = '9999'")
    _run(pair.source, "backup", pair.file)
    assert "newer" in _refused(pair.target, "restore", pair.file)


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(pair: Pair) -> None:
    with pair.source.app_context():
        flask_migrate.downgrade(revision="0005")
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    assert "earlier version" in _run(pair.target, "restore", pair.file)
    with pair.target.app_context():
        flask_migrate.upgrade(revision="0006")
    assert filling.lost(before, _rows(pair.target)) == []


def test_a_locked_database_is_not_waited_for_without_end(sqlite_url: str, tmp_path: Path) -> None:
    source = _app(sqlite_url)
    _run(source, "backup", tmp_path / "a.backup")
    with source.app_context(), db.engine.connect() as other:
        event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 100"))
        other.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        assert "database is locked" in _refused(source, "restore", tmp_path / "a.backup", "--replace")
    dispose(source)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_missing_programs_are_named_with_the_remedy(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "a.backup"
    if command == "restore":
        file.write_bytes(b"PGDMP")
    app = _app(postgresql_url)
    program = "pg_dump" if command == "backup" else "pg_restore"
    assert re.search(rf"{program} is not in the PATH\. .*postgresql-client", _refused(app, command, file))
    assert list(tmp_path.glob("*.partial")) == []
    dispose(app)


def test_what_a_program_complains_of_is_told(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a server that is newer than the programs."""
    _program(tmp_path / "pg_dump", "echo 'pg_dump: error: server version mismatch' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    app = _app(postgresql_url)
    assert "server version mismatch" in _refused(app, "backup", tmp_path / "a.backup")
    assert not list(tmp_path.glob("a.backup*"))
    dispose(app)


def test_the_password_is_not_in_the_list_of_processes(
    postgresql: PostgreSQL, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "pg_dump", f'echo "$PGPASSWORD" "$@" > {tmp_path}/said')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    app = _app(postgresql_url.replace("postgres:@", "postgres:swordfish@"))
    _run(app, "backup", tmp_path / "a.backup")
    password, *arguments = (tmp_path / "said").read_text().split()
    assert password == "swordfish"
    assert "swordfish" not in " ".join(arguments)
    assert any(argument.startswith("--dbname=postgresql://postgres@") for argument in arguments)
    dispose(app)


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    app = _app(f"postgresql://chatkit:swordfish@127.0.0.1:{servers.free_port()}/chatkit")
    said = _refused(app, "backup", tmp_path / "a.backup")
    assert re.search(r"DATABASE_URL cannot be used: .*refused\. Start it, or correct DATABASE_URL\.", said)
    assert "swordfish" not in said
    dispose(app)
