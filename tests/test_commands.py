"""`flask content`: what it needs before it starts, and what it says when something is missing."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from chatkit import create_app
from chatkit.commands import CONTENT_COMMANDS, content, make_content_app
from tests import factories, servers
from tests.factories import SECRET_KEY
from tests.servers import LOOPBACK


def test_help_needs_no_setting_and_no_database(tmp_path: Path) -> None:
    for command in (["content", "index", "--help"], ["--help"]):
        done = servers.run("flask", *command, folder=tmp_path, settings={"CORS_ORIGINS": "*"})
        assert done.returncode == 0
        assert "Options:" in done.stdout
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CONTENT_COMMANDS)
def test_every_command_has_a_help(name: str) -> None:
    result = CliRunner().invoke(content, [name, "--help"])
    assert (result.exit_code, result.output.startswith(f"Usage: content {name} ")) == (0, True)


def test_commands_need_no_secret_before_they_use_it(tmp_path: Path) -> None:
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\nword\n"})
    settings = {"PYTHONPATH": str(servers.ROOT)}
    # The folder of the database is made, too.
    for command in (["db", "upgrade"], ["content", "index", "docs", "--base-url", "/"], ["content", "status"]):
        done = servers.run("flask", "--app", "wsgi", *command, folder=tmp_path, settings=settings)
        assert done.returncode == 0, done.stderr
    done = servers.run("flask", "--app", "wsgi", "seed-users", folder=tmp_path, settings=settings | TEST_MODE)
    assert done.returncode != 0
    assert re.search(r"^  - SECRET_KEY is not set\. .*token_hex", done.stderr, re.M)
    assert "Traceback" not in done.stderr


TEST_MODE = {"INTEGRATION_TEST_MODE": "true"}


def test_what_serves_needs_the_secret_at_its_start(tmp_path: Path) -> None:
    done = servers.run("flask", "--app", "wsgi", "run", folder=tmp_path, settings={})
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["status"], ["search", "x"], ["remove", "x"], ["gaps"], ["index", "docs", "--base-url", "/"]]
)
def test_a_database_without_tables_is_said_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n"})
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    result = CliRunner().invoke(content, command, obj=ScriptInfo(create_app=make_content_app))
    assert result.exit_code == 1
    assert re.search(r"^Error: The database .* lacks tables .* Run `flask db upgrade`", result.output, re.M)


# Every command that uses the database, as an operator would call it.
DATABASE_COMMANDS = (
    "accounts list",
    "accounts show a@example.com",
    "accounts tier a@example.com full",
    "accounts export a@example.com",
    "accounts delete a@example.com --yes",
    "accounts end-sessions a@example.com --yes",
    "accounts disable a@example.com --yes",
    "accounts enable a@example.com",
    "audit",
    "backup file",
    "content embed",
    "content gaps",
    "content neighbours",
    "content remove x",
    "content schedule x --off",
    "content search x",
    "content status",
    "limits ban 192.0.2.7",
    "limits bans",
    "limits reset site",
    "limits show site",
    "limits unban 192.0.2.7",
    "mail dead",
    "mail deliver",
    "mail outbox",
    "mail requeue 1",
    "prune",
    "read-only on --no-wait",
    "seed-users --remove",
    "recommendations pin /guide/install",
    "recommendations exclude /guide/install",
    "recommendations reset /guide/install",
    "recommendations list",
    "gaps list",
    "gaps show 1",
    "gaps set 1 new",
    "answers list",
    "answers write --question x --section /guide",
    "answers remove 1",
    "testset list",
    "testset import -",
    "testset export",
    "testset remove 1",
    "testset run",
    "owners link a@example.com",
)
# Those that need no database, or say by tests of their own what they need.
OTHER_COMMANDS = {"content check", "content index", "content reindex", "backup-key", "move", "restore"}
GROUPS = {"accounts", "answers", "content", "gaps", "limits", "mail", "owners", "recommendations", "testset"}


def _command_names(group: click.Group, prefix: str = "") -> set[str]:
    """Return the names of the commands, those of groups with the group's; the group `limits` prints by itself."""
    found = set()
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= _command_names(command, f"{prefix}{name} ")
        else:
            found.add(f"{prefix}{name}")
    return found


def test_every_command_is_tried_without_its_database(plain_app: Flask) -> None:
    tried = {" ".join(words.split()[: 1 + (words.split()[0] in GROUPS)]) for words in DATABASE_COMMANDS}
    ours = {name for name in _command_names(plain_app.cli) if name.split()[0] not in {"db", "openapi"}}
    assert tried | OTHER_COMMANDS == ours


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///{folder}/empty.db", "lacks tables of ChatKit. Run `flask db upgrade`|holds no tables of ChatKit"),
        ("postgresql://nobody:hidden@127.0.0.1:1/none", "cannot be used: .* Start it, or correct DATABASE_URL"),
        ("sqlite:////nowhere/chatkit.db", "cannot be used: unable to open|holds no tables of ChatKit"),
    ],
    ids=["no tables", "unreachable", "no folder"],
)
def test_a_command_without_its_database_is_one_sentence(tmp_path: Path, url: str, said: str) -> None:
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url.format(folder=tmp_path)}
    app = create_app(settings | {"SMTP_HOST": LOOPBACK, "FROM_EMAIL": "a@example.com", "BASE_URL": "http://127.0.0.1"})
    for words in DATABASE_COMMANDS:
        result = app.test_cli_runner().invoke(args=words.split())
        assert (words, result.exit_code) == (words, 1), result.output
        assert re.fullmatch(rf"Error: The database of DATABASE_URL ({said}).*\n", result.output), (words, result.output)
        assert "hidden" not in result.output


def test_a_command_on_tables_of_a_newer_version_says_so(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "newer.db") as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
        file.execute("INSERT INTO alembic_version VALUES ('9999')")
        file.execute("CREATE TABLE users (id INTEGER)")
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": f"sqlite:///{tmp_path}/newer.db"})
    for words in ("accounts list", "audit", "mail dead", "prune", "content status"):
        result = app.test_cli_runner().invoke(args=words.split())
        assert (result.exit_code, result.output) == (
            1,
            "Error: The database of DATABASE_URL was migrated by a newer version of ChatKit. "
            "Install that version here, too.\n",
        ), words


def test_a_command_loads_no_more_than_it_uses(tmp_path: Path, sqlite_url: str) -> None:
    """Wiring the whole application takes longer than most commands do."""
    script = """
import sys
from chatkit.commands import content
content.main(["status"], standalone_mode=False)
for name in ("chatkit.wiring", "marshmallow", "chatkit.answers", "chatkit.ingest.readers.html.page", "numpy"):
    assert name not in sys.modules, name
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=servers.environment({"DATABASE_URL": sqlite_url}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_migrating_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": f"postgresql://chatkit@{LOOPBACK}:{servers.free_port()}/chatkit"}
    done = servers.run("flask", "--app", "wsgi", "db", "upgrade", folder=tmp_path, settings=settings)
    assert done.returncode == 1
    assert re.search(
        r"^Error: The database of DATABASE_URL cannot be used: .*refused.* Start it, or", done.stderr, re.M
    )
    assert "Traceback" not in done.stderr
