"""A client's connection, on which what is sent must be taken in time: nobody keeps a thread by reading slowly."""

import errno
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# How long a client may keep a thread waiting in all, beside the time in which it takes so much in a second.
WAIT_SECONDS = 30.0
BYTES_PER_SECOND = 8_192
# Closed with it, a connection is gone at once with what was not taken, and its client is told.
RESET = struct.pack("ii", 1, 0)


class ClientSocket(socket.socket):
    """A socket that is as one whose client has gone, once its client lets it wait for too long.

    What counts is the time in which nothing more can be sent since the client does not read: neither that in which an
    answer is written, nor that in which a busy machine has other work.
    """

    # How long this request's client has let a thread wait. Behind a proxy the next one may be another reader's.
    waited = 0.0

    def send(self, data: "ReadableBuffer", flags: int = 0, /) -> int:
        """Send what there is room for; raises ``BrokenPipeError`` where the client makes none in time."""
        with suppress(BlockingIOError):
            return super().send(data, flags | socket.MSG_DONTWAIT)
        with self._in_time(1):
            return super().send(data, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        """Send it all; raises ``BrokenPipeError`` where the client does not take it in time."""
        rest = memoryview(data)
        with suppress(BlockingIOError):
            rest = rest[super().send(rest, flags | socket.MSG_DONTWAIT) :]
        if rest:
            with self._in_time(len(rest)):
                super().sendall(rest, flags)

    @contextmanager
    def _in_time(self, size: int) -> Iterator[None]:
        """Let a client take so many bytes inside, within what is left of its time."""
        began, usual = time.monotonic(), size / BYTES_PER_SECOND
        self.settimeout(max(WAIT_SECONDS - self.waited, 0.0) + usual)
        try:
            yield
        except TimeoutError:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            raise BrokenPipeError(errno.EPIPE, "the client does not take what is sent") from None
        finally:
            self.setblocking(True)
        self.waited = max(0.0, self.waited + time.monotonic() - began - usual)
