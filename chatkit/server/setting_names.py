"""Names of settings that nothing reads: misspelt ones, and those of other programs that stand in the wrong place."""

import difflib
from collections.abc import Collection

from chatkit.config import FILE_SUFFIX, SETTINGS

KNOWN = tuple(name for setting in SETTINGS for name in (setting.name, f"{setting.name}{FILE_SUFFIX}"))
# How alike a name must be to be taken for another one that was misspelt.
LIKENESS = 0.8
# Names as short as PORT are like too many others.
LONG = tuple(name for name in KNOWN if len(name) > 5)
# What other programs call the same things.
ELSEWHERE = {
    "ALLOWED_ORIGINS": "CORS_ORIGINS",
    "DB_URL": "DATABASE_URL",
    "MAIL_FROM": "FROM_EMAIL",
    "MODEL": "LLM_MODEL",
    "OPENAI_MODEL": "LLM_MODEL",
    "SMTP_FROM": "FROM_EMAIL",
    "SMTP_SERVER": "SMTP_HOST",
}
# Read by gunicorn, Python, the libraries, or ChatKit itself as a whole.
OTHERS = frozenset(
    {"CHATKIT_STARTED_AT", "GUNICORN_CMD_ARGS", "OPENAI_ORG_ID", "PROMETHEUS_MULTIPROC_DIR", "SSL_CERT_FILE"}
)
FAMILY = "RATE_LIMIT_"


def unread(environment: Collection[str], file: Collection[str]) -> list[str]:
    """Return one sentence for each name that nothing reads.

    The environment holds the names of many programs, so of it only those that look like a setting; of ``.env`` all.
    """
    sentences = []
    for name in sorted(set(environment) - set(KNOWN) - OTHERS):
        meant = _meant(name)
        if meant is not None or name.startswith(FAMILY):
            sentences.append(f"{name} is set in the environment, and nothing reads it.{_hint(meant)}")
    for name in sorted(set(file) - set(KNOWN)):
        if name in OTHERS:
            sentences.append(f"{name} works in the environment alone, not in .env.")
        else:
            sentences.append(f"{name} stands in .env, and nothing reads it.{_hint(_meant(name))}")
    return sentences


def _meant(name: str) -> str | None:
    upper = name.upper()
    if upper in ELSEWHERE or upper in KNOWN:
        return ELSEWHERE.get(upper, upper)
    return next(iter(difflib.get_close_matches(upper, LONG, 1, LIKENESS)), None)


def _hint(meant: str | None) -> str:
    return "" if meant is None else f" Did you mean {meant}?"
