"""Two that migrate at once, tables of other versions, and a machine on which there is nothing yet."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from chatkit import create_app
from chatkit.backup import service
from chatkit.database import engine, migration_lock, schema
from chatkit.database.orm import db
from chatkit.errors import SchemaError
from chatkit.paths import MIGRATIONS
from tests import servers
from tests.conftest import DATABASES, dispose
from tests.factories import SECRET_KEY
from tests.servers import PostgreSQL


@pytest.mark.parametrize("kind", DATABASES)
def test_of_two_that_migrate_at_once_one_waits(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """The one that waits says so, finds what the other made, and ends well."""
    url = f"sqlite:///{tmp_path}/a.db"
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
        server.create("together")
        url = server.url("together")
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}
    app = create_app(settings)
    with engine.separate(url) as opened, opened.connect() as connection:
        with app.app_context(), connection.begin():
            migration_lock.acquire(connection)
            command = [sys.executable, "-m", "chatkit", "db", "upgrade"]
            environment = servers.environment(settings)
            other = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
            assert other.stderr is not None
            assert other.stderr.readline().startswith(b"Another process is migrating or restoring")
            service.migrate(connection, "head")
        assert other.communicate(timeout=60)[1] == b""
        assert other.returncode == 0
        assert schema.revision(connection) == schema.head()
    dispose(app)
    if kind == "postgresql":
        server.drop("together")


def test_a_wait_for_who_migrates_ends(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.separate(sqlite_url) as opened, opened.begin() as holding, opened.begin() as waiting:
        migration_lock.acquire(holding)
        with pytest.raises(SchemaError, match="went on migrating"):
            migration_lock.acquire(waiting, 0.1)
    assert "Waiting for it" in capsys.readouterr().err


def test_the_revisions_are_those_that_alembic_finds() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert schema.head() == scripts.get_current_head()
    assert all(schema.is_known(script.revision) for script in scripts.walk_revisions())


@pytest.mark.parametrize(("revision", "said"), [("9999", "a newer version"), ("0016", "not migrated to this version")])
def test_a_command_on_tables_of_another_version_is_one_sentence(sqlite_url: str, revision: str, said: str) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url})
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        db.session.commit()
        db.engine.dispose()
    commands = ["prune", "mail outbox", "content status", "backup x.backup"] + ["db upgrade"] * (revision == "9999")
    for command in commands:
        result = app.test_cli_runner().invoke(args=command.split())
        assert result.exit_code == 1, (command, result.output)
        assert said in result.output, (command, result.output)
        assert result.output.count("\n") == 1, (command, result.output)
        with app.app_context():
            db.engine.dispose()
    dispose(app)


@pytest.mark.parametrize("place", ["", "data/deep/chatkit.db"], ids=["default", "named"])
def test_a_machine_without_folders_is_migrated(tmp_path: Path, place: str) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": place and f"sqlite:///{tmp_path}/{place}"})
    result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 0, result.output
    [file] = tmp_path.rglob("chatkit.db")
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    dispose(app)
