"""The exceptions of ChatKit and the one place that turns them into HTTP.

    ChatKitError
    ├── SettingsError            the operator's settings are unsafe (never reaches HTTP)
    ├── SchemaError              the tables are of another version (never reaches HTTP)
    ├── BackupError              a backup cannot be made or brought back (never reaches HTTP)
    ├── ContentError             pages cannot be indexed (never reaches HTTP)
    ├── RetryLater               work beside the requests cannot be done now (never reaches HTTP)
    └── ApiError                 a status, a stable code and a sentence for people
        ├── BadRequest           400
        ├── Unauthorized         401  unauthorized, session_expired, invalid_token
        ├── Forbidden            403
        │   ├── Banned           403  with `until`
        │   └── SignInOff        403
        ├── NotFound             404
        ├── StorageFull          409  storage_full
        ├── OtherBrowser         409  with the masked `email`
        ├── TooLarge             413
        ├── UnsupportedMedia     415
        ├── Invalid              422  with `fields`
        ├── RateLimited          429  with `retry_after`
        ├── Unavailable          503  with `retry_after`
        │   ├── Overloaded       503  overloaded
        │   └── ReadOnly         503  while the owner has switched storing off
        └── HttpError            whatever Flask refuses by itself

Services raise these with data; only this module knows headers and envelopes. Where people look at pages, the wiring
hands in what makes a page of an error.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from time import monotonic

import structlog
from click import ClickException
from flask import Flask, Response, current_app, g, jsonify, request
from flask.cli import NoAppException
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

RETRY_SECONDS = 5
MIGRATE = "Run `flask db upgrade`, or start with `flask serve`."
MISSING_TABLES = f"The database of DATABASE_URL lacks tables of ChatKit. {MIGRATE}"
# Where an application keeps when its database was last found away, and for how long that explains other failures.
AWAY_SECONDS = 5.0
LAST_AWAY = "chatkit_database_away"
# Where an application keeps below which addresses errors are pages, and what makes them.
ERROR_PAGES = "chatkit_error_pages"
# What PostgreSQL and SQLite say of a table or a column that is not there.
UNDEFINED_STATES, UNDEFINED = {"42P01", "42703"}, re.compile(r"no such (?:table|column)|table \w+ has no column")


class ChatKitError(Exception):
    """Anything ChatKit raises on purpose."""


class SettingsError(ChatKitError, NoAppException):
    """Settings that must be refused; ``problems`` holds one sentence with a remedy for each.

    Flask's commands print what there is no application for as one message, without a traceback.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("ChatKit does not start:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


class SchemaError(ChatKitError, ClickException):
    """Tables that this version does not work with; its text tells the operator what to do, and ends any command."""


class BackupError(ChatKitError):
    """A backup that cannot be made or brought back; its text tells the operator why and what to do."""


class RetryLater(ChatKitError):
    """Background work that cannot be done now, told in a sentence for the operator.

    ``retry_seconds`` is for how long trying again would be of no use; 0 when nobody can tell.
    """

    def __init__(self, reason: str, retry_seconds: float = 0) -> None:
        super().__init__(reason)
        self.retry_seconds = retry_seconds


class ContentError(ChatKitError):
    """Pages that cannot be indexed; its text tells the operator why and what to do."""


class ApiError(ChatKitError):
    """An answer other than success: ``code`` is stable, ``message`` tells what happened and what to do."""

    status = 500
    code = "internal_error"
    message = "Something went wrong here. Try again; if it stays, tell us the request id."

    def __init__(self, message: str | None = None, code: str | None = None) -> None:
        self.message = message or self.message
        self.code = code or self.code
        super().__init__(self.message)

    def extra(self) -> dict[str, object]:
        """Return what the envelope holds beside code, message and request id."""
        return {}

    def headers(self) -> dict[str, str]:
        """Return the headers this answer needs."""
        return {}


class BadRequest(ApiError):
    status, code, message = 400, "bad_request", "The request could not be read."


class Unauthorized(ApiError):
    status, code, message = 401, "unauthorized", "Sign in to do this."

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(ApiError):
    status, code, message = 403, "forbidden", "This is not allowed."


class Banned(Forbidden):
    """A network or an account that the owner has shut out; ``until`` is None for ever."""

    code = "banned"

    def __init__(self, whose: str, until: datetime | None) -> None:
        self.until = until
        ends = "" if until is None else f" until {until:%Y-%m-%d %H:%M} UTC"
        super().__init__(f"Your {whose} is shut out here{ends}. If that is a mistake, tell the owner of this site.")

    def extra(self) -> dict[str, object]:
        return {} if self.until is None else {"until": self.until}


class SignInOff(Forbidden):
    code = "signin_off"
    message = "Signing in is switched off here just now. You can ask without an account; who is signed in stays so."


class NotFound(ApiError):
    status, code, message = 404, "not_found", "There is nothing here."


class StorageFull(ApiError):
    """A bound of storage was reached; the message says what to do."""

    status, code = 409, "storage_full"


class OtherBrowser(ApiError):
    """A link opened in another browser than the one that asked for it; ``email`` is masked."""

    status, code = 409, "other_browser"

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"This link was not asked for in this browser. Confirm that you want to sign in as {email}.")

    def extra(self) -> dict[str, object]:
        return {"email": self.email}


class TooLarge(ApiError):
    status, code, message = 413, "payload_too_large", "This is larger than what can be taken. Send less."


class UnsupportedMedia(ApiError):
    status, code = 415, "unsupported_media_type"


class Invalid(ApiError):
    """A body that does not fit; ``fields`` maps a dotted path to the sentences about it."""

    status, code, message = 422, "invalid_request", "Some of what was sent does not fit."

    def __init__(self, fields: Mapping[str, list[str]], code: str | None = None) -> None:
        first = next(iter(fields.values()), [])
        super().__init__(first[0] if first else None, code)
        self.fields = fields

    def extra(self) -> dict[str, object]:
        return {"fields": self.fields}


class RateLimited(ApiError):
    """A limit was reached; ``retry_after`` is in seconds and never earlier than the truth."""

    status, code = 429, "rate_limited"

    def __init__(self, action: str, noun: str, limit: int, window_seconds: int, retry_after: float) -> None:
        self.action, self.limit, self.window_seconds = action, limit, window_seconds
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(f"Too many {noun}. Try again in {duration_text(self.retry_after)}.")

    def extra(self) -> dict[str, object]:
        return {"retry_after": self.retry_after}

    def headers(self) -> dict[str, str]:
        return {
            "Retry-After": str(self.retry_after),
            "RateLimit-Policy": f'"{self.action}";q={self.limit};w={self.window_seconds}',
            "RateLimit": f'"{self.action}";r=0;t={self.retry_after}',
        }


def duration_text(seconds: int) -> str:
    """Return a time to wait as people say it, never shorter than it is."""
    units = (("hour", 3600), ("minute", 60))
    unit, length = next((pair for pair in units if seconds >= 2 * pair[1]), ("second", 1))
    count = math.ceil(seconds / length)
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


class Unavailable(ApiError):
    """Something this server needs is away for now."""

    status, code = 503, "service_unavailable"
    message = f"The service cannot answer just now. Try again in {RETRY_SECONDS} seconds."

    def extra(self) -> dict[str, object]:
        return {"retry_after": RETRY_SECONDS}

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(RETRY_SECONDS)}


class ReadOnly(Unavailable):
    """The owner has switched storing off for a while."""

    code = "read_only"

    def __init__(self) -> None:
        super().__init__(READ_ONLY)

    def extra(self) -> dict[str, object]:
        return {"retry_after": READ_ONLY_RETRY_SECONDS}

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(READ_ONLY_RETRY_SECONDS)}


READ_ONLY_RETRY_SECONDS = 60
READ_ONLY = "Nothing can be stored here just now, only read. Try again later; if it stays, tell the owner of this site."
BUSY = f"The server is busy with other work just now. Try again in {RETRY_SECONDS} seconds."


class Overloaded(Unavailable):
    """All is there and too much is asked of it; ``what`` names for the log what there is too little of."""

    code, message = "overloaded", BUSY

    def __init__(self, what: str, message: str | None = None) -> None:
        super().__init__(message)
        self.what = what


OWNER_GONE = "This account was deleted meanwhile."
# A disk that is full or over its quota, a file system or a server that admits no writing.
UNWRITABLE = (
    *("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT"),
    *("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE"),
    *("SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMOPEN", "DiskFull", "ReadOnlySqlTransaction"),
)
# Others write for longer than a request may wait.
CONTENDED = ("SQLITE_BUSY", "LockNotAvailable", "QueryCanceled")
# Errors of the drivers, each with its answer: those of psycopg by class, of sqlite3 by the name of the result code.
DATABASE_ERRORS: Mapping[str, tuple[type[ApiError], str]] = {
    **dict.fromkeys(UNWRITABLE, (Unavailable, READ_ONLY)),
    **dict.fromkeys(CONTENDED, (Overloaded, BUSY)),
    # Every foreign key that a request can miss leads to an account, deleted by another request beside this one.
    "SQLITE_CONSTRAINT_FOREIGNKEY": (Unauthorized, OWNER_GONE),
    "ForeignKeyViolation": (Unauthorized, OWNER_GONE),
}
# What to say where only a status is known.
HTTP_MESSAGES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("payload_too_large", "The request is larger than 256 KiB. Send less."),
    414: ("uri_too_long", "The address is longer than 8 KiB. Put less into it."),
    415: ("unsupported_media_type", "Send JSON, with Content-Type: application/json."),
    417: ("expectation_failed", "This server meets no expectation but 100-continue. Send the request without it."),
    431: ("headers_too_large", "The headers are too many or too long. Send fewer cookies and shorter headers."),
    500: ("internal_error", ApiError.message),
    501: (
        "not_implemented",
        "This server does not know that transfer coding. Send the body chunked, or with its length.",
    ),
}


class HttpError(ApiError):
    """What Flask refuses by itself, with the headers that it asks for."""

    def __init__(self, error: HTTPException) -> None:
        self.status = error.code or self.status
        phrase = HTTPStatus(self.status).phrase
        code, message = HTTP_MESSAGES.get(self.status, (phrase.lower().replace(" ", "_"), f"{phrase}."))
        super().__init__(message, code)
        self._headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}

    def headers(self) -> dict[str, str]:
        return self._headers


ErrorPage = Callable[[ApiError], Response | None]


def envelope(code: str, message: str, **extra: object) -> dict[str, object]:
    """Return the body of every error: ``{"detail": {error, message, request_id, …}}``."""
    return {"detail": {"error": code, "message": message, **extra, "request_id": g.get("request_id", "")}}


def database_problem(error: DBAPIError | PoolTimeout) -> str:
    """Return what an operator reads when the database cannot be used at a start or by a command, and what to do."""
    if lacks_tables(error):
        return MISSING_TABLES
    return f"The database of DATABASE_URL cannot be used: {_reason(error)}. Start it, or correct DATABASE_URL."


def lacks_tables(error: DBAPIError | PoolTimeout) -> bool:
    """Tell whether a statement named a table or a column that the database does not have."""
    undefined = getattr(getattr(error, "orig", None), "sqlstate", None) in UNDEFINED_STATES
    return undefined or UNDEFINED.match(_reason(error)) is not None


def _reason(error: DBAPIError | PoolTimeout) -> str:
    """Return the first line of what the driver says."""
    cause = getattr(error, "orig", error)
    return (str(cause).strip() or type(cause).__name__).splitlines()[0].rstrip(".")


def init_app(app: Flask) -> None:
    """Answer every failure with the one envelope."""
    app.register_error_handler(ApiError, render)
    app.register_error_handler(HTTPException, _render_http)
    app.register_error_handler(DBAPIError, _render_database)
    app.register_error_handler(PoolTimeout, _render_database)
    app.register_error_handler(Exception, _render_unexpected)


def show_as_pages(app: Flask, path: str, page: ErrorPage) -> None:
    """Answer errors at an address, and below it, by a page; by the envelope where ``page`` returns None."""
    app.extensions.setdefault(ERROR_PAGES, {})[path] = page


def database_was_away() -> bool:
    """Tell whether a request of the current application found its database away a moment ago.

    Requests that wait for it keep the turns and the connections from others: then it is not too much that is asked.
    """
    last: float = current_app.extensions.get(LAST_AWAY, -math.inf)
    return monotonic() - last < AWAY_SECONDS


def render(error: ApiError) -> Response:
    """Return the envelope of an error, as every call of the API answers it, or its page where people look at pages."""
    if isinstance(error, Overloaded):
        log.warning("overloaded", what=error.what)
    g.error_code = error.code
    pages: Mapping[str, ErrorPage] = current_app.extensions.get(ERROR_PAGES, {})
    for path, page in pages.items():
        if f"{request.path}/".startswith(f"{path}/") and (shown := page(error)) is not None:
            return shown
    response = jsonify(envelope(error.code, error.message, **error.extra()))
    response.status_code = error.status
    response.headers.update(error.headers())
    return response


def _render_http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # Flask's response class is in use
    return render(HttpError(error))


def _render_database(error: DBAPIError | PoolTimeout) -> Response:
    """Answer what the database refused: by its own entry, 503 where it is away, 500 where the statement is wrong."""
    name = _driver_error(error)
    if lacks_tables(error):
        log.error("database_not_migrated", error=name, reason=_reason(error), remedy=MIGRATE)
        return render(Unavailable())
    answer, message = DATABASE_ERRORS.get(name, (None, ""))
    if isinstance(error, PoolTimeout):
        answer = None if database_was_away() else Overloaded
    if answer is Overloaded:
        return render(Overloaded("connections" if isinstance(error, PoolTimeout) else "database"))
    if answer is None:
        away = isinstance(error, (OperationalError, PoolTimeout)) or getattr(error, "connection_invalidated", False)
        if not away:
            return _render_unexpected(error)
        current_app.extensions[LAST_AWAY] = monotonic()
        answer, message = Unavailable, Unavailable.message
    if answer is Unavailable:
        log.error("database_unavailable", error=name)
    return render(answer(message))


def _driver_error(error: DBAPIError | PoolTimeout) -> str:
    """Return what the driver calls an error; SQLite knows it by the name of its result code."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlite_errorname", None) or type(cause).__name__


def _render_unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return render(ApiError())
