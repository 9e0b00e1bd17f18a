"""gunicorn's own threaded worker, which shares its connections with the others as ChatKit's does."""

import socket
import time

from gunicorn.workers import gthread  # type: ignore[import-untyped]  # gunicorn carries no types

from chatkit.web.worker import SHARE_PAUSE_SECONDS


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """A worker that leaves the next connection to the others for a moment."""

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection."""
        super().accept(listener)
        time.sleep(SHARE_PAUSE_SECONDS)
