"""gunicorn's threaded worker, so that no client keeps another waiting and no task limit ends it.

gunicorn's master imports this file and keeps it over a reload, so it imports no code of ours but the pool; the rest is
imported by the worker when it is needed.

Left alone, a worker keeps a thread for 5 seconds on a new connection that says nothing, its only loop for 2 seconds
on an old one that its client does not close, and answers in HTML what it cannot read. There are no settings for it,
so methods of ``ThreadWorker`` and ``TConn`` are overridden; setup.cfg names the versions that have them.
"""

import ctypes
import errno
import os
import resource
import selectors
import signal
import socket
import sys
import time
from functools import partial
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # gunicorn carries no types
from gunicorn.workers import gthread  # type: ignore[import-untyped]

from chatkit.web.thread_pool import ThreadPool

# What is left of a body that the application did not read is read for so long, to use the connection again.
DRAIN_SECONDS = 0.01
# A client that is still sending when it is refused has so long to end, or its answer may be lost.
LINGER_SECONDS = 0.5
LINGER_BYTES = 1024 * 1024
NO_FILES_PAUSE_SECONDS = 0.02
PR_SET_PDEATHSIG = 1
# A stream takes two files: the reader's connection and the model's.
FILES_PER_CONNECTION = 2
# Nobody to accept after all, or no file for the connection: it waits in the queue of the system.
NOT_ACCEPTED = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EMFILE, errno.ENFILE})


class Connection(gthread.TConn):  # type: ignore[misc]
    """A client's connection, closed at once unless the client is still sending."""

    def close(self, graceful: bool = False) -> None:
        """Close it; a graceful end reads on for a moment, lest a reset take the answer away from the client."""
        if graceful and self._is_unread():
            util.close_graceful(self.sock, timeout=LINGER_SECONDS, max_drain=LINGER_BYTES)
        else:
            super().close()

    def _is_unread(self) -> bool:
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """A threaded worker that waits for a connection's first byte in its poller, where it costs no thread."""

    def init_process(self) -> None:
        """Raise the limit of open files and run; end with a master that was killed.

        An orphan would keep the port, and what is asked there, until its last connection closes.
        """
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            # The master may have been killed before the system was told.
            if os.getppid() != self.ppid:
                sys.exit(1)
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES_PER_CONNECTION * self.worker_connections
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most) if most >= 0 else wanted, most))
        super().init_process()

    def get_thread_pool(self) -> ThreadPool:
        """Return the pool; its bound is that of any application until this one is loaded."""
        return ThreadPool(self.cfg.threads)

    def load_wsgi(self) -> None:
        """Load the application, and start no more threads than it has slots for."""
        super().load_wsgi()
        from chatkit.web import concurrency

        self.tpool.max_threads = concurrency.max_threads(self.wsgi)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and leave it to the poller until it says something."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in NOT_ACCEPTED:
                raise
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                # The connection still waits, and asking at once again and again would take a whole core.
                time.sleep(NO_FILES_PAUSE_SECONDS)
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def handle(self, conn: Connection) -> Any:
        """Answer a request; what must be closed then is closed here, for a client may take its time."""
        kept = super().handle(conn)
        if not kept:
            conn.close(graceful=True)
        return kept

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request, and tell whether the connection can take another one."""
        kept = super().handle_request(req, conn)
        return bool(kept and conn.parser.finish_body(deadline=time.monotonic() + DRAIN_SECONDS))

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None:
        """Answer a request that could not be read."""
        from chatkit.web import bad_requests

        bad_requests.refuse(self.wsgi, client, addr, exc)
