"""Backup, restore and move by command, within a database and across: what comes back, and what is refused."""

import gzip
import json
import re
import resource
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from chatkit import create_app
from chatkit.analytics.models import AnalyticsEvent
from chatkit.audit.service import AuditAction
from chatkit.backup import schedule, service
from chatkit.chat.models import SavedChat
from chatkit.database import migration_lock
from chatkit.database.lease import BACKGROUND, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.search import retrieval
from tests import factories, filling, servers
from tests.conftest import DATABASES, dispose
from tests.factories import API, SECRET_KEY
from tests.servers import PostgreSQL

ROOMY = {"RATE_LIMIT_SAVE_CHAT": "1000000", "SEMANTIC": "off"}


@dataclass(frozen=True)
class Pair:
    """An application on a migrated database, one on an empty database, and a file for the backup."""

    source: Flask
    target: Flask
    file: Path


@pytest.fixture
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """Return a pair on two kinds of databases, which ``alike`` and ``across`` name."""
    here, there = request.param
    target_url = f"sqlite:///{tmp_path}/elsewhere/restored.db"
    if there == "postgresql":
        server = request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
        server.create("restored")
        target_url = server.url("restored")
    source_url = request.getfixturevalue(f"{here}_url")
    source, target = _app(source_url, NEW_DATABASE_URL=target_url), _app(target_url)
    yield Pair(source, target, tmp_path / "chatkit.backup")
    for app in (source, target):
        dispose(app)
    if there == "postgresql":
        server.drop("restored")


across = pytest.mark.parametrize("pair", [DATABASES, DATABASES[::-1]], ids="-to-".join, indirect=True)
alike = pytest.mark.parametrize("pair", [(each, each) for each in DATABASES], ids="-".join, indirect=True)


def _app(url: str, **chosen: str) -> Flask:
    return create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url} | ROOMY | chosen)


def _run(app: Flask, *arguments: object, code: int = 0) -> str:
    """Run a command that ends with this code, and never with a traceback; return what it says."""
    result = app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def _rows(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Return every row as the models see it, alike on both databases, but those of the acts themselves."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            statement = select(table).order_by(*table.primary_key)
            found[table.name] = sorted((tuple(row) for row in connection.execute(statement)), key=repr)
    acts = {AuditAction.BACKUP_MADE, AuditAction.DATABASE_RESTORED, AuditAction.DATABASE_MOVED}
    found["audit_log"] = [row for row in found["audit_log"] if acts.isdisjoint(row[2:4])]
    return found


def _fill(app: Flask, seed: int = 0) -> dict[str, list[tuple[object, ...]]]:
    with app.app_context(), db.engine.connect() as connection:
        filling.fill(connection, 5, seed)
        connection.commit()
    return _rows(app)


def _execute(app: Flask, statement: str) -> None:
    with app.app_context():
        db.session.execute(text(statement))
        db.session.commit()


@alike
def test_every_row_of_every_table_comes_back(pair: Pair) -> None:
    """It is found by the same words, and numbered on where it was."""
    factories.index(pair.source, pair.file.parent / "guide")
    before = _fill(pair.source)
    assert all(before.values()), "a table without rows proves nothing"
    _execute(pair.source, "DELETE FROM users WHERE id = 5")
    before = _rows(pair.source)
    assert "SECRET_KEY" in _run(pair.source, "backup", pair.file)
    assert pair.file.stat().st_mode & 0o077 == 0
    said = _run(pair.target, "restore", pair.file)
    assert re.search(r"^passages +\d+  [0-9a-f]{64}$", said, re.M)
    assert _rows(pair.target) == before == _rows(pair.source)
    assert sorted(file.name for file in pair.file.parent.glob("*.backup*")) == ["chatkit.backup"]
    assert factories.person(pair.target, "second@example.com").id == 6
    _run(pair.target, "db", "check")
    with pair.target.app_context():
        assert retrieval.search("foghorn", 1)


@across
def test_one_command_moves_everything(pair: Pair) -> None:
    """And a backup of one database is one for the other."""
    factories.index(pair.source, pair.file.parent / "guide")
    before = _fill(pair.source)
    assert "and the same" in _run(pair.source, "move")
    assert _rows(pair.target) == before == _rows(pair.source)
    with pair.target.app_context():
        assert retrieval.search("foghorn", 1)
    assert "NEW_DATABASE_URL is not empty" in _run(pair.source, "move", code=1)
    _run(pair.source, "backup", pair.file)
    _run(pair.target, "restore", pair.file, "--replace")
    assert _rows(pair.target) == before
    assert factories.person(pair.target, "second@example.com").id == 6


@alike
def test_a_move_that_fails_leaves_both_as_they_were(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are read back and compared before anything is kept."""
    before = _fill(pair.source)
    _run(pair.source, "move")
    _execute(pair.source, "DELETE FROM saved_chats")
    changed, honest = _rows(pair.source), service._kind(_engine(pair.source))
    writing = honest.write
    monkeypatch.setattr(honest, "write", lambda connection, shape, rows: writing(connection, shape, list(rows)[1:]))
    assert "not the same when they are read back" in _run(pair.source, "move", "--replace", code=1)
    assert _rows(pair.target) == before
    assert _rows(pair.source) == changed


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@alike
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


def test_no_file_is_overwritten_by_a_backup(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "a.backup").write_text("yesterday's")
    assert "no backup is overwritten" in _run(app, "backup", tmp_path / "a.backup", code=1)
    assert (tmp_path / "a.backup").read_text() == "yesterday's"
    assert "No such file" in _run(app, "backup", tmp_path / "x" / "y", code=1)


@alike
def test_a_database_without_tables_is_not_backed_up(pair: Pair) -> None:
    said = _run(pair.target, "backup", pair.file, code=1)
    assert re.search(r"DATABASE_URL (lacks tables of ChatKit|cannot be used: unable to open)", said)
    assert not list(pair.file.parent.glob("*.backup*"))


@alike
def test_what_a_database_holds_is_replaced_only_when_asked_and_then_whole(pair: Pair) -> None:
    """Not even a table stays that a later version made, which would be in the way of the next upgrade."""
    before = _fill(pair.source)
    _run(pair.source, "backup", pair.file)
    assert "not empty. Use --replace" in _run(pair.source, "restore", pair.file, code=1)
    _execute(pair.source, "DELETE FROM users")
    _execute(pair.source, "CREATE TABLE of_a_later_version (id integer PRIMARY KEY, u integer REFERENCES users (id))")
    _execute(pair.source, "UPDATE alembic_version SET version_num = '9999'")
    _run(pair.source, "restore", pair.file, "--replace")
    assert _rows(pair.source) == before


@alike
def test_nothing_is_restored_or_moved_under_a_running_server(pair: Pair) -> None:
    _run(pair.source, "backup", pair.file)
    held = LeaseHolder(pair.source, BACKGROUND)
    with pair.source.app_context():
        assert held.take()
    assert "Stop it first" in _run(pair.source, "restore", pair.file, "--replace", code=1)
    assert "Stop it first" in _run(pair.source, "move", code=1)


def test_a_damaged_backup_changes_nothing(app: Flask, tmp_path: Path) -> None:
    """Cut anywhere, changed in a row, or whole lines taken out: each is noticed before anything is kept."""
    before, file = _fill(app), tmp_path / "a.backup"
    _run(app, "backup", file)
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    row = next(at for at, line in enumerate(lines) if line.startswith(b"["))
    for damaged in (
        whole[: len(whole) * 9 // 10],
        whole[:500] + b"x" + whole[501:],
        gzip.compress(b"".join(lines[:-1])),
        gzip.compress(b"".join(lines[:row] + lines[row + 1 :])),
        gzip.compress(b"".join([*lines[:row], b"[]\n", *lines[row + 1 :]])),
    ):
        file.write_bytes(damaged)
        assert "damaged" in _run(app, "restore", file, "--replace", code=1)
    assert _rows(app) == before


@pytest.mark.parametrize(
    "content", [b"", b"-- SQL", b"SQLite format 3\0", b"PGDMP\1\2", b"\x1f\x8b", b"age-encryption"]
)
def test_what_is_no_backup_is_refused_and_makes_nothing(content: bytes, tmp_path: Path) -> None:
    app = _app(f"sqlite:///{tmp_path}/new.db")
    (tmp_path / "a.backup").write_bytes(content)
    _run(app, "restore", tmp_path / "a.backup", code=1)
    assert not (tmp_path / "new.db").exists()
    dispose(app)


def test_a_backup_of_a_newer_version_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    _run(app, "backup", file)
    head, *lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    for newer in ({"revision": "9999"}, {"chatkit_backup": 2}):
        file.write_bytes(gzip.compress(json.dumps(json.loads(head) | newer).encode() + b"\n" + b"".join(lines)))
        assert "newer" in _run(app, "restore", file, "--replace", code=1)


@alike
def test_a_locked_database_is_not_waited_for_without_end(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_lock, "RESTORE_WAIT_SECONDS", 0.1)
    _run(pair.source, "backup", pair.file)
    with pair.source.app_context(), db.engine.begin() as other:
        migration_lock.acquire(other)
        assert "went on migrating" in _run(pair.source, "restore", pair.file, "--replace", code=1)


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://chatkit:swordfish@127.0.0.1:{servers.free_port()}/chatkit"
    app = _app(url)
    said = _run(app, "backup", tmp_path / "a.backup", code=1)
    assert re.search(r"DATABASE_URL cannot be used: .*refused\. Start it, or correct DATABASE_URL\.", said)
    assert "swordfish" not in said
    assert not list(tmp_path.glob("*.backup*"))
    dispose(app)


def test_an_encrypted_backup_is_read_with_its_key_alone(sqlite_url: str, tmp_path: Path) -> None:
    key, other, file = tmp_path / "key", tmp_path / "other", tmp_path / "a.backup"
    app = _app(sqlite_url)
    said = _run(app, "backup-key", key)
    _run(app, "backup-key", other)
    assert key.stat().st_mode & 0o077 == 0
    recipient = re.findall(r"BACKUP_RECIPIENT=(age1\w+)", said)[0]
    dispose(app)
    app = _app(sqlite_url, BACKUP_RECIPIENT=recipient)
    before = _fill(app)
    assert "encrypted" in _run(app, "backup", file)
    whole = file.read_bytes()
    assert whole.startswith(b"age-encryption.org/v1")
    assert "--key-file" in _run(app, "restore", file, "--replace", code=1)
    assert "the key is not that" in _run(app, "restore", file, "--replace", "--key-file", other, code=1)
    for damaged in (whole[:-10], whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :]):
        file.write_bytes(damaged)
        assert "damaged" in _run(app, "restore", file, "--replace", "--key-file", key, code=1)
    assert _rows(app) == before
    file.write_bytes(whole)
    _run(app, "restore", file, "--replace", "--key-file", key)
    assert _rows(app) == before
    dispose(app)


def test_backups_by_the_clock_are_made_when_due_and_deleted_when_old(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    app = _app(sqlite_url, BACKUP_FOLDER=str(folder), BACKUP_KEEP_DAYS="3")
    folder.mkdir()
    now = datetime.now(UTC)
    for days in (1, 2, 4, 9):
        (folder / (now - timedelta(days=days)).strftime(schedule.NAME)).touch()
    (folder / "mine.backup").touch()
    (folder / f"chatkit-broken.backup{schedule.PARTIAL}").touch()
    _run(app, "backup", "--scheduled")
    assert schedule.newest(folder) >= now - timedelta(seconds=1)  # type: ignore[operator]
    assert len(list(folder.iterdir())) == 4
    with app.app_context():
        schedule.start_due()
        assert app.extensions["chatkit_backups"].process is None, "the newest is not a day old"
    dispose(app)


def test_a_backup_that_fails_by_the_clock_is_told_and_tried_later(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    # As the environment of a server, which its processes share.
    monkeypatch.setenv("BACKUP_FOLDER", str(tmp_path / "file"))
    app = _app(sqlite_url)
    with app.app_context():
        schedule.start_due()
        app.extensions["chatkit_backups"].process.wait(60)
        with pytest.raises(RetryLater, match="No backup could be made"):
            schedule.start_due()
    assert "backup_failed" in capfd.readouterr().out
    dispose(app)


def test_a_full_disk_leaves_no_file_and_no_half(sqlite_url: str, tmp_path: Path) -> None:
    """The limit of a file's size fails a write as a full disk does, in whatever layer writes."""
    app = _app(sqlite_url)
    _fill(app)
    ignored, limit = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        assert "cannot be written" in _run(app, "backup", tmp_path / "a.backup", code=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not list(tmp_path.glob("a.backup*"))
    dispose(app)
