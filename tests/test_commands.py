"""`flask content`: what it needs before it starts, and what it says when something is missing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatkit.commands import CONTENT_COMMANDS, content
from tests import factories, servers


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
    result = CliRunner().invoke(content, command)
    assert result.exit_code == 1
    assert re.search(r"^Error: The database .* lacks tables .* Run `flask db upgrade`", result.output, re.M)


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
