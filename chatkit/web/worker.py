"""How gunicorn waits for clients: changed here, since it has no settings for it.

Left alone, it keeps a thread for 5 seconds on a new connection that says nothing, and its only loop
for 2 seconds on an old one that its client does not close.
"""

import socket
from functools import partial
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]

# A connection that has said nothing by then waits in the poller, where it costs nothing.
FIRST_BYTE_SECONDS = 0.01
# A client that is still sending when it is refused has so long to end, or its answer may be lost.
LAST_BYTE_SECONDS = 0.5
LAST_BYTES = 1024 * 1024


def spare_the_others() -> None:
    """Let no client that stays keep this worker's other clients waiting."""
    gthread.DEFAULT_WORKER_DATA_TIMEOUT = FIRST_BYTE_SECONDS
    util.close_graceful = partial(_close, util.close_graceful)


def _close(linger: Any, connection: socket.socket) -> None:
    """Close a connection at once, unless its client is still sending."""
    try:
        unread = connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        unread = b""
    if unread:
        linger(connection, timeout=LAST_BYTE_SECONDS, max_drain=LAST_BYTES)
    else:
        util.close(connection)
