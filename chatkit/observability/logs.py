"""The log: one JSON object per line on standard output, and nothing in it that is secret."""

import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import g, has_app_context, has_request_context

from chatkit.config import Settings, settings
from chatkit.observability import redaction

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
# Fields that need no redaction: fixed words, numbers, the URL rule and never the URL, a text already redacted.
SAFE_FIELDS = frozenset({"event", "level", "timestamp", "request_id", "method", "route", "status", "ms", "exception"})

Event = MutableMapping[str, Any]

log = structlog.get_logger()


def configure(chosen: Settings) -> None:
    """Write this process's log, and let neither it nor a library's message hold a secret."""
    redaction.register_secrets(chosen)
    structlog.configure(
        processors=[
            _drop_below_level,
            structlog.contextvars.merge_contextvars,
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _format_exception,
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.BoundLogger,
        logger_factory=_StdoutLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryHandler) for handler in root.handlers):
        root.addHandler(_LibraryHandler(logging.WARNING))
        logging.captureWarnings(True)


def install_filters(server: logging.Logger) -> None:
    """Let what gunicorn's logger writes, and what Python prints of an error nobody caught, hold no secret."""
    for handler in server.handlers:
        handler.addFilter(_RedactingFilter())
    sys.excepthook = lambda kind, error, frames: log.critical("process_failed", exc_info=error)
    sys.unraisablehook = lambda ignored: log.error("error_ignored", exc_info=ignored.exc_value)
    threading.excepthook = _log_thread_failure


def _log_thread_failure(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_type is not SystemExit:
        log.error("thread_failed", thread=failed.thread and failed.thread.name, exc_info=failed.exc_value)


class _StdoutLogger:
    """Writes a line to whatever standard output is now, whole lines also from several threads."""

    def __init__(self, *args: object) -> None:
        pass

    def msg(self, line: str) -> None:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            # Standard output leads to a disk that is full, or to nobody: the line is lost, and no request for it.
            return

    debug = info = warning = error = critical = msg


class _LibraryHandler(logging.Handler):
    """Writes what a library logs, and Python's warnings, as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        error = record.exc_info[1] if record.exc_info else None
        write = getattr(log, level if level in LEVELS else "warning")
        write("library", logger=record.name, text=record.getMessage(), exc_info=error)


class _RedactingFilter(logging.Filter):
    """Redacts a record in place; what gunicorn says for debugging quotes the request, so that stays out whole."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.DEBUG:
            return False
        record.msg, record.args = redaction.redact_text(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text, record.exc_info = redaction.format_exception(record.exc_info[1]), None
        return True


def _drop_below_level(logger: object, method: str, event: Event) -> Event:
    threshold = settings().log_level.lower() if has_app_context() else "info"
    if LEVELS[method] < LEVELS[threshold]:
        raise structlog.DropEvent
    return event


def _add_request_id(logger: object, method: str, event: Event) -> Event:
    if has_request_context() and "request_id" in g:
        event.setdefault("request_id", g.request_id)
    return event


def _format_exception(logger: object, method: str, event: Event) -> Event:
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["exception"] = redaction.format_exception(error)
    return event


def _redact(logger: object, method: str, event: Event) -> Event:
    for name, value in event.items():
        if name not in SAFE_FIELDS:
            event[name] = redaction.redact_value(name, value)
    return event
