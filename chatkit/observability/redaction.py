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
from sqlalchemy.engine import make_url

from chatkit.config import SETTINGS, Settings

REDACTED = "[redacted]"
SECRET_NAME = re.compile(r"token|secret|password|authorization|cookie|email|message|content|database_url|api_key", re.I)
# A bearer, a link's fragment, the password inside an URL, an address.
SECRET_PATTERN = re.compile(
    r"(?P<before>bearer\s+|token=|://[^\s/:@]*:)[^\s\"'&@]+|[\w.+-]{1,64}@[\w-]+\.[\w.-]+", re.I
)
# What PostgreSQL adds to an error quotes the row, cut to a length at which it can no longer be recognised.
_QUOTE = r"^(?:DETAIL|CONTEXT|HINT|LINE \d+):.*"
DATABASE_QUOTE = re.compile(rf"{_QUOTE}(?=\n\[SQL: )|{_QUOTE}", re.M | re.S)
# Shorter ones stand in too many words that are no secret.
MIN_SETTING, MIN_REQUEST_VALUE = 4, 6
# Where the WSGI environment of a request keeps its JSON body once it is parsed.
PARSED_BODY = "chatkit.json_body"
# Headers that say how, not what.
LOGGABLE_HEADERS = frozenset({"host", "content-type", "content-length", "connection", "accept"})

# Grows with each application made in this process: what is secret to one is no other's to log.
_secrets: set[str] = set()
# The last request of this thread, kept beyond its end, since the server may yet log for it.
_request: ContextVar[Request | None] = ContextVar("chatkit_request", default=None)


def register_secrets(chosen: Settings) -> None:
    """Never let the secrets among these settings be logged by this process."""
    for setting in SETTINGS:
        value = getattr(chosen, setting.field) if setting.secret else None
        if setting.name == "DATABASE_URL":
            _secrets.update(_encodings((make_url(chosen.database_url).password or "",), MIN_SETTING))
        elif value:
            _secrets.update(_encodings((value,) if isinstance(value, str) else value, MIN_SETTING))


def bind_request(request: Request) -> None:
    """Take what a request sends for secret, its body once it is parsed; it is read when something is redacted."""
    _request.set(request)


def redact_text(text: str) -> str:
    """Return a text from somewhere else without what must not be logged."""
    text = _replace_values(text, _secrets | _request_values())
    return SECRET_PATTERN.sub(lambda match: (match["before"] or "") + REDACTED, DATABASE_QUOTE.sub(REDACTED, text))


def format_exception(error: BaseException) -> str:
    """Return a traceback, its frames as they are and the words of its exceptions redacted."""
    before = ""
    if error.__cause__ is not None:
        link = "The above exception was the direct cause of the following exception:"
        before = f"{format_exception(error.__cause__)}\n{link}\n\n"
    elif error.__context__ is not None and not error.__suppress_context__:
        link = "During handling of the above exception, another exception occurred:"
        before = f"{format_exception(error.__context__)}\n{link}\n\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = redact_text("".join(traceback.format_exception_only(error)))
    return f"{before}Traceback (most recent call last):\n{frames}{words}"


def redact_value(name: str, value: object) -> object:
    """Return a value of a log line fit to be written, whatever it is and however deep."""
    if is_secret_name(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {redact_text(str(key)): redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact_value(name, inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(str(value))


@lru_cache(maxsize=1000)
def is_secret_name(name: str) -> bool:
    """Tell whether what stands under this name is secret, whatever it is."""
    return SECRET_NAME.search(name) is not None


def _request_values() -> set[str]:
    request = _request.get()
    if request is None:
        return set()
    values = [value for name, value in request.headers if name.lower() not in LOGGABLE_HEADERS]
    # The scheme before a credential is none of it.
    values += [value.partition(" ")[2] for name, value in request.headers if name == "Authorization"]
    values += request.cookies.values()
    values += [part for pair in request.args.items(multi=True) for part in pair]
    values += map(str, (request.view_args or {}).values())
    if request.url_rule is None:
        values += [request.path, *request.path.split("/")]
    values += _text_values(request.environ.get(PARSED_BODY))
    return _encodings(values, MIN_REQUEST_VALUE)


def _text_values(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _text_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _text_values(inner)


def _encodings(values: Iterable[str], at_least: int) -> set[str]:
    """Return values as they may turn up: as they are, quoted by Python or JSON, encoded for an URL."""
    found: set[str] = set()
    for value in values:
        if len(value) >= at_least:
            found |= {value, repr(value)[1:-1], json.dumps(value)[1:-1], quote(value, safe=""), quote(value)}
    return found


def _replace_values(text: str, values: set[str]) -> str:
    # Longest first, lest a part of a value be blanked and leave the rest.
    for value in sorted(values, key=len, reverse=True):
        if value.lower() in text.lower():
            text = re.sub(re.escape(value), REDACTED, text, flags=re.I)
    return text
