"""Settings: defaults, precedence, and what must be refused."""

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import pytest

from chatkit import config, create_app
from chatkit.config import Settings
from chatkit.errors import SettingsError
from chatkit.paths import DOCS
from tests import factories
from tests.factories import SECRET_KEY, MakeApp

INSTANCE = Path("instance")
NAMES = {setting.name for setting in config.SETTINGS}


def _load(**settings: object) -> Settings:
    return config.load(INSTANCE, {"SECRET_KEY": SECRET_KEY} | settings)


def _problems(**settings: object) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        config.load(INSTANCE, settings)
    return refused.value.problems


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("test_mode", False),
        ("rate_limit_window_seconds", 60),
        ("smtp_host", None),
        ("base_url", "http://127.0.0.1:8000"),
        ("trusted_proxies", 0),
        ("metrics_token", None),
        ("log_level", "INFO"),
        ("port", 8000),
        ("database_url", "sqlite:///instance/chatkit.db"),
    ],
)
def test_a_setting_has_its_default(field: str, value: object) -> None:
    assert getattr(_load(), field) == value


@pytest.mark.parametrize(("name", "limit"), [("SAVE_CHAT", 5), ("PERSONALIZE", 3), ("MAX_REQUESTS", 10)])
def test_a_limit_has_its_default(name: str, limit: int) -> None:
    assert _load().rate_limits[name] == limit


@pytest.mark.parametrize(("name", "limit"), [("SAVE_CHAT", 2), ("PERSONALIZE", 2), ("MAX_REQUESTS", 3)])
def test_a_limit_has_its_test_mode_default(name: str, limit: int) -> None:
    assert _load(INTEGRATION_TEST_MODE="true").rate_limits[name] == limit


def test_test_mode_has_its_own_window_and_log_level() -> None:
    found = _load(INTEGRATION_TEST_MODE="true")
    assert (found.rate_limit_window_seconds, found.log_level) == (10, "DEBUG")


def test_an_explicit_value_beats_the_test_mode_default() -> None:
    found = _load(
        INTEGRATION_TEST_MODE="true", RATE_LIMIT_SAVE_CHAT=7, RATE_LIMIT_WINDOW_SECONDS=20, LOG_LEVEL="WARNING"
    )
    assert (found.rate_limits["SAVE_CHAT"], found.rate_limit_window_seconds, found.log_level) == (7, 20, "WARNING")


def test_the_default_origins_are_the_contracts() -> None:
    assert set(_load().cors_origins) == {
        "http://localhost:3000",
        "http://localhost:8000",
        "http://127.0.0.1:3000",
        "http://127.0.0.1:8000",
    }


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("RATE_LIMIT_SAVE_CHAT", "9")
    assert config.load(INSTANCE).rate_limits["SAVE_CHAT"] == 9


def test_the_instances_env_file_is_read() -> None:
    INSTANCE.mkdir()
    (INSTANCE / ".env").write_text(f"SECRET_KEY={SECRET_KEY}\nRATE_LIMIT_SAVE_CHAT=8\n")
    assert config.load(INSTANCE).rate_limits["SAVE_CHAT"] == 8


def test_the_environment_beats_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    INSTANCE.mkdir()
    (INSTANCE / ".env").write_text(f"SECRET_KEY={SECRET_KEY}\nRATE_LIMIT_SAVE_CHAT=8\n")
    monkeypatch.setenv("RATE_LIMIT_SAVE_CHAT", "9")
    assert config.load(INSTANCE).rate_limits["SAVE_CHAT"] == 9


def test_an_empty_value_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    INSTANCE.mkdir()
    (INSTANCE / ".env").write_text(f"SECRET_KEY={SECRET_KEY}\nRATE_LIMIT_SAVE_CHAT=8\nPORT=\n")
    monkeypatch.setenv("RATE_LIMIT_SAVE_CHAT", "")
    found = config.load(INSTANCE)
    assert (found.rate_limits["SAVE_CHAT"], found.port) == (8, 8000)


def test_a_secret_in_the_env_file_is_taken_as_written() -> None:
    INSTANCE.mkdir()
    secret = "a${HOME}b$c0123456789-0123456789-0123456789"
    (INSTANCE / ".env").write_text(f"SECRET_KEY='{secret}'\n")
    assert config.load(INSTANCE).secret_key == secret


def _secret_file(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("setting", [each for each in config.SETTINGS if each.secret], ids=lambda each: each.name)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_every_secret_may_stand_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: config.Setting, place: str
) -> None:
    urls = {
        "DATABASE_URL": "postgresql://user:word@db.example.com/chat",
        "WEBHOOK_URL": "https://hooks.example.com/?key=1",
    }
    value = next((url for ending, url in urls.items() if setting.name.endswith(ending)), SECRET_KEY)
    file = _secret_file(tmp_path / "secret", f"{value}\n".encode())
    if place == "environment":
        monkeypatch.setenv(f"{setting.name}_FILE", file)
    else:
        INSTANCE.mkdir()
        (INSTANCE / ".env").write_text(f"{setting.name}_FILE={file}\n")
    reading = config.read(INSTANCE)[setting.name]
    assert (reading.text, reading.problem, reading.warning) == (value, None, None)
    assert reading.source.endswith(", file")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "which is empty"),
        (b"\n", "which is empty"),
        (b"\xff\xfe", "which holds no text"),
        (b"a" * 70_000, "is larger than"),
        (b"changeme" * 8, "SECRET_KEY is a placeholder"),
        (None, "which cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_holds_no_setting_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        _secret_file(file, content)
    [problem] = _problems(SECRET_KEY_FILE=file)
    assert said in problem


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    [problem] = _problems(SECRET_KEY_FILE=tmp_path / "pipe")
    assert "cannot be read: Not a regular file" in problem
    INSTANCE.mkdir()
    os.mkfifo(INSTANCE / ".env")
    assert "cannot be read: Not a regular file" in _problems(SECRET_KEY=SECRET_KEY)[0]


def test_a_setting_and_its_file_in_one_place_are_refused(tmp_path: Path) -> None:
    file = _secret_file(tmp_path / "secret", SECRET_KEY.encode())
    assert _problems(SECRET_KEY=SECRET_KEY, SECRET_KEY_FILE=file) == [
        "SECRET_KEY and SECRET_KEY_FILE are both set. Keep one of them."
    ]


def test_a_file_of_the_environment_beats_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    INSTANCE.mkdir()
    (INSTANCE / ".env").write_text(f"SECRET_KEY={SECRET_KEY[::-1]}\n")
    monkeypatch.setenv("SECRET_KEY_FILE", _secret_file(tmp_path / "secret", SECRET_KEY.encode()))
    assert config.load(INSTANCE).secret_key == SECRET_KEY


def test_a_secret_that_everybody_may_read_is_warned_of(tmp_path: Path) -> None:
    file = _secret_file(tmp_path / "secret", SECRET_KEY.encode(), 0o644)
    [warning] = [each for each in config.load(INSTANCE, {"SECRET_KEY_FILE": file}).warnings if "SECRET_KEY" in each]
    assert f"chmod o-r {file}" in warning


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_spelled_either_way(scheme: str) -> None:
    found = _load(DATABASE_URL=f"{scheme}://user:word@db.example.com/chat?sslmode=require")
    assert found.database_url == "postgresql+psycopg://user:word@db.example.com/chat?sslmode=require"
    assert not found.on_sqlite


def test_an_application_takes_postgres_as_postgresql(postgresql_url: str) -> None:
    spelled = postgresql_url.replace("postgresql://", "postgres://")
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": spelled})
    assert app.test_client().get("/health").status_code == 200


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "a" * 31,
        "a" * 64,
        "changeme" * 8,
        "change-me-change-me-change-me-change-me",
        "your-secret-key-here-0123456789abcdef",
        "SECRET0123456789abcdef0123456789abcdef",
        "insert-0123456789abcdef-0123456789abcdef",
    ],
)
def test_a_weak_secret_key_is_refused_with_its_remedy(key: str) -> None:
    [problem] = _problems(SECRET_KEY=key)
    assert problem.startswith("SECRET_KEY ")
    assert "secrets.token_hex(32)" in problem
    assert key not in problem


def test_a_missing_secret_key_is_refused_with_its_remedy() -> None:
    [problem] = _problems()
    assert problem.startswith("SECRET_KEY is not set.")
    assert "secrets.token_hex(32)" in problem


def test_thirty_two_bytes_of_secret_are_enough() -> None:
    assert _load(SECRET_KEY="0123456789abcdefghijklmnopqrstuv").secret_key


@pytest.mark.parametrize(
    "origins",
    [
        "*",
        "https://*.example.com",
        "https://docs.example.com,*",
        "https://docs.example.com/",
        "https://docs.example.com/path",
        "https://docs.example.com?x",
        "docs.example.com",
        "//docs.example.com",
        "ftp://docs.example.com",
        "null",
        "https://",
        "https://user@docs.example.com",
        "https://Docs.example.com",
        "https://docs.example.com:port",
        "https://docs.example.com:99999",
        "https://.*",
        r"https://docs\.example\.com",
        "https://docs.example.com$",
        "^https://docs.example.com",
        "https://(a|b).example.com",
        "https://[a-z].example.com",
        "http://[",
        "https://a b.example.com",
    ],
)
def test_an_origin_that_is_not_exact_is_refused(origins: str) -> None:
    [problem] = _problems(SECRET_KEY=SECRET_KEY, CORS_ORIGINS=origins)
    assert problem.startswith("CORS_ORIGINS ")
    assert "https://docs.example.com" in problem


def test_origins_are_separated_by_commas() -> None:
    found = _load(CORS_ORIGINS=" https://a.example.com , http://b.example.com:8080,")
    assert set(found.cors_origins) >= {"https://a.example.com", "http://b.example.com:8080"}


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://a/b",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://host:port/db",
        "postgresql://host",
        "://",
    ],
)
def test_a_malformed_database_url_is_refused(url: str) -> None:
    [problem] = _problems(SECRET_KEY=SECRET_KEY, DATABASE_URL=url)
    assert problem.startswith("DATABASE_URL ")
    assert "postgresql://USER:PASSWORD@HOST/NAME" in problem


def test_a_refused_database_url_does_not_show_its_password() -> None:
    [problem] = _problems(SECRET_KEY=SECRET_KEY, DATABASE_URL="mysql://user:hunter2@host/db")
    assert "hunter2" not in problem


def test_smtp_host_requires_base_url() -> None:
    [problem] = _problems(SECRET_KEY=SECRET_KEY, SMTP_HOST="mail.example.com", FROM_EMAIL="a@example.com")
    assert problem.startswith("BASE_URL is required with SMTP_HOST.")


def test_a_model_requires_a_server() -> None:
    [problem] = _problems(SECRET_KEY=SECRET_KEY, LLM_MODEL="parrot")
    assert problem.startswith("OPENAI_BASE_URL is required with LLM_MODEL")


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1/"}, "http://127.0.0.1:11434/v1"),
        ({"OPENAI_API_KEY": "sk-1"}, "https://api.openai.com/v1"),
    ],
)
def test_a_model_is_asked_at_its_server_or_with_a_key_at_openai(settings: dict[str, str], asked: str) -> None:
    found = _load(LLM_MODEL="parrot", **settings)
    assert (found.llm_model, found.openai_base_url) == ("parrot", asked)


def test_a_key_alone_asks_nobody_and_says_so() -> None:
    found = _load(OPENAI_API_KEY="sk-1")
    assert found.llm_model is None
    assert any("OPENAI_API_KEY without LLM_MODEL" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTEGRATION_TEST_MODE", "perhaps"),
        ("RATE_LIMIT_WINDOW_SECONDS", "0"),
        ("RATE_LIMIT_WINDOW_SECONDS", "-1"),
        ("RATE_LIMIT_WINDOW_SECONDS", "1.5"),
        ("RATE_LIMIT_SAVE_CHAT", "0"),
        ("RATE_LIMIT_SAVE_CHAT", "many"),
        ("RATE_LIMIT_MAX_REQUESTS", "-5"),
        ("SMTP_PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("TRUSTED_PROXIES", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("FROM_EMAIL", "nobody"),
        ("FROM_EMAIL", "a@example.com\nBcc: b@example.com"),
        ("BASE_URL", "chat.example.com"),
        ("BASE_URL", "https://chat.example.com/a//b"),
        ("BASE_URL", "https://chat.example.com/../b"),
        ("BASE_URL", "https://chat.example.com/path?query"),
        ("BASE_URL", "https://chat.example.com/path#anchor"),
        ("BASE_URL", "https://user@chat.example.com/path"),
        ("OPENAI_BASE_URL", "localhost:11434/v1"),
        ("OPENAI_BASE_URL", "https://user:word@models.example.com/v1"),
        ("OPENAI_BASE_URL", "https://models.example.com/v1?key=word"),
        ("OPENAI_API_KEY", "two words"),
        ("OPENAI_API_KEY", "schlüssel"),
        ("LLM_TOKENS_PER_DAY", "-1"),
        ("LLM_TOKENS_PER_DAY", "plenty"),
        ("LLM_TOKENS_PER_DAY_SHARE", "0"),
        ("LLM_TOKENS_PER_DAY_SHARE", "101"),
        ("LLM_FIRST_BYTE_SECONDS", "0"),
        ("LLM_IDLE_SECONDS", "1.5"),
        ("LLM_TOTAL_SECONDS", "901"),
        ("LLM_ANSWER_BYTES", "499"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    [problem] = _problems(**{"SECRET_KEY": SECRET_KEY, name: value})
    assert problem.startswith(f"{name} ")
    assert problem.endswith(".")


@pytest.mark.parametrize("path", ["", "/chat", "/docs/ask-us"])
def test_the_server_may_be_below_a_path(path: str) -> None:
    found = _load(BASE_URL=f"https://docs.example.com{path}/")
    assert (found.base_url, found.base_origin, found.base_path) == (
        f"https://docs.example.com{path}",
        "https://docs.example.com",
        path,
    )


def test_every_problem_is_told_at_once() -> None:
    problems = _problems(CORS_ORIGINS="*", PORT="x")
    assert len(problems) == 3


def test_create_app_refuses_with_one_message_that_names_every_setting() -> None:
    with pytest.raises(SettingsError, match=r"(?s)ChatKit does not start:.*CORS_ORIGINS.*SECRET_KEY"):
        create_app({"CORS_ORIGINS": "*"})


@pytest.mark.parametrize("value", ["false", "0", "no", "1", "yes"])
def test_only_true_turns_test_mode_on(value: str) -> None:
    try:
        assert _load(INTEGRATION_TEST_MODE=value).test_mode is False
    except SettingsError as refused:
        assert "INTEGRATION_TEST_MODE" in str(refused)  # noqa: PT017  (either answer is safe)


def test_create_app_touches_no_database() -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": "sqlite:////nowhere/at/all.db"})
    assert app.test_client().get("/openapi.json").status_code == 200


def test_sqlite_in_production_is_warned_of() -> None:
    assert any("SQLite" in warning for warning in _load().warnings)
    assert not any("SQLite" in warning for warning in _load(DATABASE_URL="postgresql://a@b/c").warnings)


def test_waiting_mail_is_told_to_the_operator() -> None:
    assert any("SMTP_HOST" in warning for warning in _load().warnings)


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _load().port = 1  # type: ignore[misc]


def test_two_applications_with_different_settings_live_in_one_process(make_app: MakeApp) -> None:
    first = make_app(RATE_LIMIT_SAVE_CHAT=1, CORS_ORIGINS="https://one.example.com", BASE_URL="https://one.example.com")
    second = make_app(RATE_LIMIT_SAVE_CHAT=3, CORS_ORIGINS="https://two.example.com", TRUSTED_PROXIES=1)
    one, two = factories.person(first, "one@example.com"), factories.person(second, "two@example.com")

    def statuses(app: Any, who: Any) -> list[int]:
        client = app.test_client()
        return [
            client.post("/api/v1/chat/save", json=factories.chat(), headers=who.headers).status_code for _ in range(4)
        ]

    def allowed(app: Any) -> str | None:
        headers = {"Origin": "https://one.example.com"}
        found: str | None = app.test_client().get("/health", headers=headers).headers.get("Access-Control-Allow-Origin")
        return found

    assert statuses(first, one) == [200, 429, 429, 429]
    assert statuses(second, two) == [200, 200, 200, 429]
    assert (allowed(first), allowed(second)) == ("https://one.example.com", None)


def test_two_applications_on_different_databases_do_not_mix(sqlite_url: str, postgresql_url: str) -> None:
    apps = [create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}) for url in (sqlite_url, postgresql_url)]
    who = factories.person(apps[0])
    found = [app.test_client().get("/api/v1/auth/session-check", headers=who.headers).status_code for app in apps]
    assert found == [200, 401]


def test_the_documentation_names_every_setting_and_no_other() -> None:
    text = "".join((DOCS / page).read_text() for page in ("settings.md", "limits.md"))
    assert set(re.findall(r"^\| `([A-Z_]+)`", text, re.M)) <= NAMES
    assert set(re.findall(r"`([A-Z_]+)`", text)) >= NAMES
