"""Which requests ask whether the server lives or is ready, recognised before anything of them is read."""

import socket
from enum import Enum

# More than any probe sends; one whose head is longer waits for its turn among the threads.
HEAD_BYTES = 4096
END = b"\r\n\r\n"


class Probe(Enum):
    """What a probe asks, by the bytes that its request begins with."""

    LIVE = b"GET /livez HTTP/1."
    READY = b"GET /readyz HTTP/1."


def recognize(connection: socket.socket) -> Probe | None:
    """Return which probe waits to be read, whole and alone on its connection; None for any other request."""
    try:
        head = connection.recv(HEAD_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return None
    probe = next((probe for probe in Probe if head.startswith(probe.value)), None)
    return probe if probe is not None and head.find(END) == len(head) - len(END) else None
