"""Whether this process could serve readers now, found out at most once a second and within a second and a half."""

import threading
from time import monotonic

import structlog
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from chatkit.database import deadline, engine, schema
from chatkit.errors import Unavailable

# Who asks more often gets the same answer again, so that no crowd of probes keeps the database busy.
FRESH_SECONDS = 1.0
# Less than a request waits: a probe gives up after a few seconds, and must learn why by then.
WAIT_SECONDS = 1.0
AWAY = "The database does not answer."

log = structlog.get_logger()


class Readiness:
    """What is known of the database by a connection of its own, since those of the pool may all be waiting."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._problem: str | None = None
        self._known_until = 0.0
        # Read now: when it is asked, the files may be those of another version, or out of reach.
        schema.head()

    def check(self) -> None:
        """Raise ``Unavailable`` with what is wrong; the log says so when that changes."""
        with self._lock:
            if monotonic() > self._known_until:
                problem = self._find_problem()
                if problem != self._problem:
                    self._log_change(problem)
                self._problem, self._known_until = problem, monotonic() + FRESH_SECONDS
            problem = self._problem
        if problem is not None:
            raise Unavailable(problem)

    def _find_problem(self) -> str | None:
        if self._engine is None:
            self._engine = engine.make_single(self._app)
        deadline.shorten(deadline.ANSWER_SECONDS - WAIT_SECONDS)
        try:
            with self._engine.connect() as connection:
                return schema.problem(schema.revision(connection))
        except SQLAlchemyError:
            return AWAY
        finally:
            deadline.reset()

    def _log_change(self, problem: str | None) -> None:
        if problem is None:
            log.warning("ready_again")
        else:
            log.error("not_ready", reason=problem)
