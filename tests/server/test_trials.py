"""`flask doctor --test`: what is found of a database, a mail server and a model, and that no secret is said."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatkit import config
from chatkit.config import Settings
from chatkit.server import trials
from tests import servers
from tests.conftest import Database
from tests.factories import SECRET_KEY
from tests.modelserver import Behaviour, ModelServer, model_server
from tests.servers import LOOPBACK, Postbox

HIDDEN = "hidden-hidden"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """Run a model server."""
    with model_server() as running:
        yield running


def _load(**settings: object) -> Settings:
    return config.load(Path("instance"), {"SECRET_KEY": SECRET_KEY} | settings)


def _failed(name: str, settings: Settings, send_to: str | None = None) -> str:
    result = trials.run(name, settings, send_to)
    assert result.verdict == "failed", result
    assert HIDDEN not in result.sentence
    return result.sentence


def test_a_database_that_serves_is_told(database: Database) -> None:
    result = trials.run("database", _load(DATABASE_URL=database.url))
    assert (result.verdict, "can be read and written" in result.sentence) == ("ok", True)
    assert result.seconds > 0


def test_a_database_that_cannot_serve_is_told_with_the_remedy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    assert "is not there. Run `flask db upgrade`" in _failed("database", _load(DATABASE_URL=url))
    with sqlite3.connect(tmp_path / "other.db") as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
        for revision, said in (
            ("0001", "of an earlier ChatKit. Run `flask db upgrade`"),
            ("9999", "of a newer ChatKit"),
        ):
            file.execute("DELETE FROM alembic_version")
            file.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
            file.commit()
            assert said in _failed("database", _load(DATABASE_URL=url))
    away = f"postgresql://chatkit:{HIDDEN}@{LOOPBACK}:{servers.free_port()}/none"
    assert "Start it, or correct DATABASE_URL" in _failed("database", _load(DATABASE_URL=away))


def test_a_mail_server_is_tried_with_and_without_a_mail(postbox: Postbox) -> None:
    settings = _load(**postbox.settings)
    assert trials.run("mail", settings).verdict == "ok"
    assert postbox.mails == []
    assert trials.run("mail", settings, "owner@example.com").verdict == "ok"
    [mail] = postbox.mails
    assert (mail["To"], mail["From"]) == ("owner@example.com", "docs@example.com")
    postbox.refused.add("owner@example.com")
    assert "refused the recipient" in _failed("mail", settings, "owner@example.com")
    with_password = _load(**postbox.settings, SMTP_USER="docs", SMTP_PASSWORD=HIDDEN)
    assert "offers no TLS, so SMTP_PASSWORD is not sent" in _failed("mail", with_password)
    postbox.close()
    assert "cannot be reached" in _failed("mail", settings)


def test_a_model_is_asked_once(model: ModelServer) -> None:
    settings = _load(**model.settings)
    result = trials.run("model", settings)
    assert (result.verdict, "tokens" in result.sentence) == ("ok", True)
    for status, said in ((401, "refuses OPENAI_API_KEY"), (404, "Correct LLM_MODEL"), (500, "answered 500")):
        model.behave(Behaviour(status=status))
        assert said in _failed("model", _load(**model.settings | {"OPENAI_API_KEY": HIDDEN}))
    away = {"LLM_MODEL": "small", "OPENAI_BASE_URL": f"http://{LOOPBACK}:{servers.free_port()}/v1"}
    assert "Start it, or correct OPENAI_BASE_URL" in _failed("model", _load(**away))


def test_what_is_not_set_is_no_failure(tmp_path: Path, sqlite_url: str) -> None:
    assert [trials.run(name, _load()).verdict for name in ("mail", "model")] == ["not set", "not set"]
    settings = {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url, "CORS_ORIGIN": "https://docs.example.com"}
    done = servers.run("flask", "doctor", "--test", "all", folder=tmp_path, settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == list(trials.TRIALS)
    assert any("Did you mean CORS_ORIGINS?" in line for line in lines)
    broken = servers.run("flask", "doctor", "--test", "database", folder=tmp_path, settings={"SECRET_KEY": SECRET_KEY})
    assert broken.returncode == 1
