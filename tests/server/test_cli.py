"""`flask serve` and `flask doctor`: from an empty folder to a server that answers, and what is wrong otherwise."""

import re
import socket
from pathlib import Path

from chatkit.config import SETTINGS
from tests import factories, servers
from tests.factories import API, SECRET_KEY
from tests.servers import LOOPBACK, Gunicorn


def test_flask_serve_refuses_unsafe_settings_with_one_message(tmp_path: Path) -> None:
    port = servers.free_port()
    unsafe = {
        "SECRET_KEY": "changeme-changeme-changeme-changeme",
        "CORS_ORIGINS": "*",
        "DATABASE_URL": "nonsense",
    }
    done = servers.run("flask", "serve", folder=tmp_path, settings=unsafe | {"PORT": str(port)})
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert [len(re.findall(rf"  - {name} ", said)) for name in unsafe] == [1, 1, 1]
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.db"))
    with socket.socket() as probe:
        assert probe.connect_ex((LOOPBACK, port)) != 0


def test_a_folder_or_a_file_that_serve_cannot_use_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    """A file in the folder's place, a folder in the file's, and a file that is no text: root meets these, too."""
    taken, folder, text = (tmp_path / name for name in ("taken", "folder", "text"))
    taken.mkdir()
    (taken / "instance").write_text("")
    (folder / "instance" / ".env").mkdir(parents=True)
    (text / "instance").mkdir(parents=True)
    (text / "instance" / ".env").write_bytes(b"FROM_EMAIL=\xff")
    for place in (taken, folder, text):
        done = servers.run("flask", "--app", "wsgi", "serve", folder=place, settings={})
        assert done.returncode != 0
        assert re.search(r"instance\S* (cannot be (written|read)|is not UTF-8)", done.stderr), done.stderr
        assert "Traceback" not in done.stderr
    assert (text / "instance" / ".env").read_bytes() == b"FROM_EMAIL=\xff"


def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind((LOOPBACK, 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = servers.run("flask", "serve", folder=tmp_path, settings={"SECRET_KEY": SECRET_KEY, "PORT": str(port)})
    assert done.returncode != 0
    assert f"Port {port} is in use" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_flask_serve_makes_everything_it_needs_and_serves(tmp_path: Path) -> None:
    """From an empty folder: a secret, a database, an index, a server that answers."""
    server = Gunicorn(tmp_path, {})
    server.launch("flask", "serve")
    try:
        servers.eventually(server.answers, servers.START_SECONDS)
        secret = (tmp_path / "instance" / ".env").read_text()
        assert re.search(r"^SECRET_KEY=[0-9a-f]{64}$", secret, re.M)
        made = [tmp_path / "instance", *(tmp_path / "instance").iterdir()]
        assert {"chatkit.db", "chatkit.db-wal", "chatkit.db-shm"} <= {path.name for path in made}
        assert [path for path in made if path.stat().st_mode & 0o077] == []
        assert f"http://127.0.0.1:{server.port}/" in server.log
        assert "flask mail outbox" in server.log
        answer = server.request(f"{API}/chat", "POST", factories.question("How do I embed the widget?")).json
        assert answer["sources"]
        assert server.request(answer["sources"][0]["url"].split("#")[0]).status == 200
    finally:
        server.end()
    again = servers.run("flask", "doctor", folder=tmp_path, settings={})
    assert again.returncode == 0
    assert (tmp_path / "instance" / ".env").read_text() == secret


def test_the_secret_gets_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / ".env").write_text("PORT=0")
    servers.run("flask", "--app", "wsgi", "serve", folder=tmp_path, settings={})
    lines = (tmp_path / "instance" / ".env").read_text().splitlines()
    assert lines[0] == "PORT=0"
    assert lines[1].startswith("SECRET_KEY=")


def test_doctor_lists_every_setting_with_its_source(tmp_path: Path) -> None:
    settings = {"SECRET_KEY": SECRET_KEY, "RATE_LIMIT_SAVE_CHAT": "9"}
    done = servers.run("flask", "doctor", folder=tmp_path, settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert {setting.name for setting in SETTINGS} <= set(lines)
    assert "environment" in lines["RATE_LIMIT_SAVE_CHAT"]
    assert "default" in lines["RATE_LIMIT_PERSONALIZE"]
    assert SECRET_KEY not in done.stdout
    assert "********" in lines["SECRET_KEY"]


def test_doctor_names_what_is_unsafe_and_fails(tmp_path: Path) -> None:
    done = servers.run("flask", "doctor", folder=tmp_path, settings={"CORS_ORIGINS": "*", "SECRET_KEY": "changeme"})
    assert done.returncode == 1
    unsafe = [line for line in done.stdout.splitlines() if line.startswith("unsafe: ")]
    assert len(unsafe) == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert "changeme" not in done.stdout


def test_doctor_hides_every_secret(tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": "postgresql://user:hunter2@db.example.com/chat",
        "SMTP_PASSWORD": "hunter3",
        "METRICS_TOKEN": "hunter4",
        "OPENAI_API_KEY": "hunter5",
    }
    done = servers.run("flask", "doctor", folder=tmp_path, settings=secrets)
    assert done.returncode == 0
    assert "hunter" not in done.stdout
