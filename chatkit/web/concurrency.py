"""How much a worker does at once: a number of requests at work, and beside them streams, which mostly wait.

A stream holds a thread of the server for up to a minute and works for moments of it. So there are
far more threads than connections to the database; what must not be more is how many of them work.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from time import monotonic
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import Gauge

from chatkit.config import Settings
from chatkit.database import deadline
from chatkit.database.engine import POOL_SIZE
from chatkit.errors import Overloaded, Unavailable, database_was_away

View = TypeVar("View", bound=Any)

# For requests that wait for their turn or are refused, when every stream and every request at work holds a thread.
SPARE_THREADS = 32
NO_SLOT = "As many answers are being written as this server can take. Try again in 5 seconds."


STREAMS = Gauge("chatkit_streams_open", "Streams being sent, by held slots.", multiprocess_mode="livesum")
STREAMS_FREE = Gauge("chatkit_stream_slots_free", "Streams that could begin now.", multiprocess_mode="livesum")
WORKING = Gauge("chatkit_requests_working", "Requests at work.", multiprocess_mode="livesum")
WORKING_LIMIT = Gauge("chatkit_requests_working_limit", "Requests at work at most.", multiprocess_mode="livesum")
WAITING = Gauge("chatkit_requests_waiting", "Requests that wait for their turn.", multiprocess_mode="livesum")


class _Counted(Semaphore):
    """A semaphore that can be asked how many of its slots are held, and how many threads wait for one."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots)
        self.slots = slots
        self.held = self.waiting = 0
        self._counting = Lock()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        if super().acquire(blocking=False):
            self._count(held=1)
            return True
        if not blocking:
            return False
        self._count(waiting=1)
        acquired = super().acquire(timeout=timeout)
        self._count(held=int(acquired), waiting=-1)
        return acquired

    def release(self, n: int = 1) -> None:
        self._count(held=-n)
        super().release(n)

    # The base class enters by its own method, which would count nothing.
    __enter__ = acquire

    def _count(self, held: int = 0, waiting: int = 0) -> None:
        with self._counting:
            self.held += held
            self.waiting += waiting


class _Slots:
    def __init__(self, streams: int, outside: Collection[str]) -> None:
        self.outside = outside
        self.work = _Counted(POOL_SIZE)
        self.streams = _Counted(streams)


def init_app(app: Flask, outside: Collection[str]) -> None:
    """Let requests wait for their turn, and refuse a stream beyond the last slot before it costs anything.

    The endpoints ``outside`` are answered whatever else is asked.
    """
    chosen: Settings = app.config["CHATKIT"]
    app.extensions["chatkit_slots"] = _Slots(chosen.max_streams, outside)
    app.before_request(_begin)
    app.teardown_request(_end)


def sample(app: Flask) -> None:
    """Set the gauges of this process to what it does now."""
    slots: _Slots = app.extensions["chatkit_slots"]
    STREAMS.set(slots.streams.held)
    STREAMS_FREE.set(slots.streams.slots - slots.streams.held)
    WORKING.set(slots.work.held)
    WORKING_LIMIT.set(slots.work.slots)
    WAITING.set(slots.work.waiting)


def max_threads(app: Flask) -> int:
    """Return how many threads a worker needs at most: for each stream, each request at work, and some to spare."""
    chosen: Settings = app.config["CHATKIT"]
    return chosen.max_streams + POOL_SIZE + SPARE_THREADS


def has_turn() -> bool:
    """Tell whether the current request is at work; one that is refused before that holds a spare thread alone."""
    return g.get("work_slot") is not None


def streaming(view: View) -> View:
    """Declare that a view may wait for an answer that is being written, so it needs a slot."""
    view.needs_slot = True
    return view


def release_on_close(response: Response) -> Response:
    """Give the slot of this request back when ``response`` was sent, or was not to its end."""
    slot, g.stream_slot = g.stream_slot, None
    response.call_on_close(slot.release)
    return response


@contextmanager
def yielded() -> Iterator[None]:
    """Let another request work while this one only waits."""
    work = g.work_slot
    work.release()
    try:
        yield
    finally:
        work.acquire()


def in_turns(app: Flask, pieces: Iterator[str]) -> Iterator[str]:
    """Yield the pieces of a stream; each is made while this counts among the requests at work, and none is sent then.

    Nothing holds a place while a reader takes their time.
    """
    slots: _Slots = app.extensions["chatkit_slots"]
    while True:
        with slots.work, app.app_context():
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _begin() -> Response | None:
    slots: _Slots = current_app.extensions["chatkit_slots"]
    if request.endpoint in slots.outside:
        # Answered here, so that nothing which looks at the database keeps it waiting.
        answer = current_app.view_functions[str(request.endpoint)]()
        return current_app.make_response(cast(ResponseReturnValue, answer))
    began = monotonic()
    if not slots.work.acquire(blocking=False):
        if not slots.work.acquire(timeout=deadline.ANSWER_SECONDS):
            raise Unavailable() if database_was_away() else Overloaded("turns")
        deadline.shorten(monotonic() - began)
    g.work_slot, g.stream_slot = slots.work, None
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "needs_slot", False) and request.method != "OPTIONS":
        if not slots.streams.acquire(blocking=False):
            raise Overloaded("streams", NO_SLOT)
        g.stream_slot = slots.streams
    return None


def _end(error: BaseException | None) -> None:
    deadline.reset()
    for held in (g.pop("stream_slot", None), g.pop("work_slot", None)):
        if held is not None:
            held.release()
