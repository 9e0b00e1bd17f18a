"""How long one page may be read: the last resort for what makes a parser take time without measure."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Of computing, not of waiting for a slow disk or for other processes; the largest real pages take one or two.
PAGE_SECONDS = 10.0
# Again and again, should a parser pass over the first.
REPEAT_SECONDS = 0.5


class PageTimeout(BaseException):
    """A page takes too long to read; its text says so. It is no ``Exception``, which parsers pass over as their own."""


@contextmanager
def page_deadline(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """Raise ``PageTimeout`` within the block when it computes for longer than ``seconds``.

    Only in a process's main thread, where signals arrive; elsewhere the block takes as long as it takes. What is
    written in C is interrupted when it returns.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not is_over:
            raise PageTimeout(f"it takes longer than {seconds:g} seconds to read")

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, REPEAT_SECONDS)
    try:
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
