"""What must not be logged: known by the name it stands under, by its value, or by its looks.

By value are known the secrets among the settings, and everything that the request at hand sent:
a token, a code, an address or a question may turn up in the words of any library's exception.
"""

import json
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from urllib.parse import quote

from flask import Request
from flask.ctx import _AppCtxGlobals
from flask.globals import app_ctx, request_ctx
from sqlalchemy.engine import make_url

from chatkit.config import SETTINGS, Settings

BLANK = "[redacted]"
SECRET_NAME = re.compile(r"token|secret|password|authorization|cookie|email|message|content|database_url|api_key", re.I)
# A bearer, a link's fragment, the password inside an URL, an address.
LOOKS_SECRET = re.compile(r"(?P<before>bearer\s+|token=|://[^\s/:@]*:)[^\s\"'&@]+|[\w.+-]{1,64}@[\w-]+\.[\w.-]+", re.I)
# What PostgreSQL adds to an error quotes the row, cut to a length at which it can no longer be recognised.
_QUOTE = r"^(?:DETAIL|CONTEXT|HINT|LINE \d+):.*"
QUOTED_BY_DATABASE = re.compile(rf"{_QUOTE}(?=\n\[SQL: )|{_QUOTE}", re.M | re.S)
# Shorter ones stand in too many words that are no secret.
MIN_SECRET, MIN_SENT = 4, 6
# Headers that say how, not what.
PLAIN_HEADERS = frozenset({"host", "content-type", "content-length", "connection", "accept"})

# Grows with each application made in this process: what is secret to one is no other's to log.
_secrets: set[str] = set()
# What the last request of this thread sent: kept beyond its end, since the server may yet log for it.
_sent: ContextVar[tuple[Request, _AppCtxGlobals] | None] = ContextVar("chatkit_sent", default=None)


def learn(chosen: Settings) -> None:
    """Never let the secrets among these settings be logged by this process."""
    for setting in SETTINGS:
        value = getattr(chosen, setting.name.lower(), None) if setting.secret else None
        if setting.name == "DATABASE_URL":
            _secrets.update(_spellings((make_url(chosen.database_url).password or "",), MIN_SECRET))
        elif value:
            _secrets.update(_spellings((value,) if isinstance(value, str) else value, MIN_SECRET))


def remember() -> None:
    """Take what the current request sends for secret, its body once it is parsed."""
    _sent.set((request_ctx.request, app_ctx.g))


def redacted(text: str) -> str:
    """Return a text from somewhere else without what must not be logged."""
    text = _blank(text, _secrets | _sent_values())
    return LOOKS_SECRET.sub(lambda match: (match["before"] or "") + BLANK, QUOTED_BY_DATABASE.sub(BLANK, text))


def trace(error: BaseException) -> str:
    """Return a traceback, its frames as they are and the words of its exceptions redacted."""
    before = ""
    if error.__cause__ is not None:
        before = trace(error.__cause__) + "\nThe above exception was the direct cause of the following exception:\n\n"
    elif error.__context__ is not None and not error.__suppress_context__:
        before = trace(error.__context__) + "\nDuring handling of the above exception, another exception occurred:\n\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = redacted("".join(traceback.format_exception_only(error)))
    return f"{before}Traceback (most recent call last):\n{frames}{words}"


def clean(name: str, value: object) -> object:
    """Return a value of a log line fit to be written, whatever it is and however deep."""
    if names_a_secret(name):
        return BLANK
    if isinstance(value, Mapping):
        return {redacted(str(key)): clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(name, inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redacted(str(value))


@lru_cache(maxsize=1000)
def names_a_secret(name: str) -> bool:
    """Tell whether what stands under this name is secret, whatever it is."""
    return SECRET_NAME.search(name) is not None


def _sent_values() -> set[str]:
    found = _sent.get()
    if found is None:
        return set()
    request, kept = found
    values = [value for name, value in request.headers if name.lower() not in PLAIN_HEADERS]
    # The scheme before a credential is none of it.
    values += [value.partition(" ")[2] for name, value in request.headers if name == "Authorization"]
    values += request.cookies.values()
    values += [part for pair in request.args.items(multi=True) for part in pair]
    values += map(str, (request.view_args or {}).values())
    if request.url_rule is None:
        values += [request.path, *request.path.split("/")]
    values += _strings(kept.get("json_body"))
    return _spellings(values, MIN_SENT)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _spellings(values: Iterable[str], at_least: int) -> set[str]:
    """Return values as they may turn up: as they are, quoted by Python or JSON, encoded for an URL."""
    found: set[str] = set()
    for value in values:
        if len(value) >= at_least:
            found |= {value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value, safe=""), quote(value)}
    return found


def _blank(text: str, values: set[str]) -> str:
    # Longest first, lest a part of a value be blanked and leave the rest.
    for value in sorted(values, key=len, reverse=True):
        if value.lower() in text.lower():
            text = re.sub(re.escape(value), BLANK, text, flags=re.I)
    return text
