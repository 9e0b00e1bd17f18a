"""A client's connection, on which what is sent must be taken in time: nobody keeps a thread by reading slowly."""

import errno
import socket
import struct
import time
from contextlib import suppress
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

    _waited = 0.0

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        """Send it all; raises ``BrokenPipeError`` where the client does not take it in time."""
        rest = memoryview(data)
        with suppress(BlockingIOError):
            rest = rest[self.send(rest, flags | socket.MSG_DONTWAIT) :]
        if not rest:
            return
        began, usual = time.monotonic(), len(rest) / BYTES_PER_SECOND
        self.settimeout(max(WAIT_SECONDS - self._waited, 0.0) + usual)
        try:
            super().sendall(rest, flags)
        except TimeoutError:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            raise BrokenPipeError(errno.EPIPE, "the client does not take what is sent") from None
        finally:
            self.setblocking(True)
        self._waited = max(0.0, self._waited + time.monotonic() - began - usual)
