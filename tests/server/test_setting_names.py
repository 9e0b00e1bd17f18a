"""Names of settings that nothing reads: what is said of them, and of which names of other programs nothing is."""

import pytest

from chatkit.config import RATE_LIMITS, SETTINGS
from chatkit.server.setting_names import unread


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("RATE_LIMIT_SAVECHAT", "RATE_LIMIT_SAVE_CHAT"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("SECRETKEY", "SECRET_KEY"),
        ("SMTP_PASS", "SMTP_PASSWORD"),
        ("SMTP_SERVER", "SMTP_HOST"),
        ("SECRET_KEYFILE", "SECRET_KEY_FILE"),
        ("base_url", "BASE_URL"),
        *((setting.name[:-1], setting.name) for setting in SETTINGS if len(setting.name) > 5),
    ],
)
def test_a_misspelt_name_is_told_with_what_was_meant(name: str, meant: str) -> None:
    [sentence] = unread({name}, set())
    assert sentence.startswith(f"{name} is set in the environment, and nothing reads it. Did you mean ")
    # RATE_LIMIT_CHAT_ADDRES is as near to RATE_LIMIT_CHAT_ADDRESS as to any.
    assert sentence.endswith(f"{meant}?")


def test_a_limit_that_there_is_not_is_told() -> None:
    assert unread({"RATE_LIMIT_COFFEE_AND_CAKE"}, set()) != []


def test_names_that_are_read_and_names_of_other_programs_are_not_told() -> None:
    known = {setting.name for setting in SETTINGS} | {f"RATE_LIMIT_{name}" for name in RATE_LIMITS}
    others = "PATH HOME USER SHELL LANG TERM PWD HOSTNAME LS_COLORS SSH_AUTH_SOCK XDG_RUNTIME_DIR INVOCATION_ID"
    others += " SSL_CERT_FILE SSL_CERT_DIR GUNICORN_CMD_ARGS OPENAI_ORG_ID PGHOST PGPORT PIP_INDEX_URL HTTP_PROXY"
    assert unread(known | set(others.split()), known) == []


def test_what_stands_in_the_file_is_read_or_told() -> None:
    first, second = unread(set(), {"GUNICORN_CMD_ARGS", "HOME_PAGE"})
    assert first == "GUNICORN_CMD_ARGS works in the environment alone, not in .env."
    assert second == "HOME_PAGE stands in .env, and nothing reads it."
