"""gunicorn's threaded worker, so that no client keeps another waiting and no task limit ends it.

gunicorn's master imports this file and keeps it over a reload, so it imports no code of ours but what it is made of;
the rest is imported by the worker when it is needed.

Left alone, a worker keeps a thread for 5 seconds on a new connection that says nothing, and for good on one whose
client does not read; its only loop for 2 seconds on an old one that its client does not close; and answers in HTML what
it cannot read. There are no settings for it,
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
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # gunicorn carries no types
from gunicorn.workers import gthread  # type: ignore[import-untyped]

from chatkit.web import probes
from chatkit.web.client_socket import ClientSocket
from chatkit.web.probes import Probe
from chatkit.web.thread_pool import ThreadPool

# What is left of a body that the application did not read is read for so long, to use the connection again. It is
# there already as a rule; but under load a thread may wait for its turn, and the client was told that it stays open.
DRAIN_SECONDS = 0.25
# A client that is still sending when it is refused has so long to end, or its answer may be lost.
LINGER_SECONDS = 0.5
LINGER_BYTES = 1024 * 1024
NO_FILES_PAUSE_SECONDS = 0.02
# After a connection a worker leaves the next one to the others for so long. Else the one that wakes first takes all
# that come at once, and those that are kept open, as by a proxy, use one core for good.
SHARE_PAUSE_SECONDS = 0.0005
# How often a worker without a thread asks the system for one.
NO_THREAD_PAUSE_SECONDS = 0.1
# A worker whose application does not load ends after this time, for another one to try.
LOAD_AGAIN_SECONDS = 5.0
PR_SET_PDEATHSIG = 1
# A stream takes two files: the reader's connection and the model's.
FILES_PER_CONNECTION = 2
# Nobody to accept after all, or no file for the connection: it waits in the queue of the system.
NOT_ACCEPTED = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EMFILE, errno.ENFILE})


class Connection(gthread.TConn):  # type: ignore[misc]
    """A client's connection, closed at once unless the client is still sending."""

    # Whether its end may wait for the client; it may not where the whole worker would wait.
    lingers = True

    def close(self, graceful: bool = False) -> None:
        """Close it; a graceful end reads on for a moment, lest a reset take the answer away from the client."""
        if graceful and self.lingers and self._is_unread():
            util.close_graceful(self.sock, timeout=LINGER_SECONDS, max_drain=LINGER_BYTES)
        else:
            super().close()

    def _is_unread(self) -> bool:
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False


def close_when_told(application: Any) -> Any:
    """Wrap an application so that the connection is closed after an answer with the header `Connection: close`.

    gunicorn leaves that header of an application out, and would announce that the connection stays.
    """

    def answer(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            if ("Connection", "close") in headers:
                # The method of gunicorn's response that is about to be sent.
                start_response.__self__.force_close()
            return start_response(status, headers, error)

        return application(environ, start)

    return answer


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """A threaded worker that waits for a connection's first byte in its poller, where it costs no thread.

    Probes are answered outside the queue of requests: that of the process in the poller's own thread, that of the
    database in a thread which has nothing else to do.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unstarted: list[Callable[[], None]] = []
        self._ready_probes = ThreadPool(max_threads=1)

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
        """Load the application, and start no more threads than it has slots for.

        Where it does not load, gunicorn would end the whole server. That is right at the start, but not where a line
        of the settings became wrong since: the others serve, and this one ends after a while, for another to try.
        """
        try:
            from chatkit.observability import metric_files

            # Before any metric is made.
            metric_files.install()
            super().load_wsgi()
        except Exception as error:
            refused = type(error).__name__ == "SettingsError"
            if self.age <= self.cfg.workers and not refused:
                raise
            # The words of other exceptions may hold a secret.
            spoken = refused or isinstance(error, (ImportError, SyntaxError))
            self._wait_and_end(" ".join(str(error).split()) if spoken else type(error).__name__)
        from chatkit.web import concurrency

        self.tpool.max_threads = concurrency.max_threads(self.app.callable)
        self.wsgi: Any = close_when_told(self.app.callable)

    def _wait_and_end(self, reason: str) -> None:
        self.log.error("The application does not load, so other workers go on without this one: %s", reason)
        until = time.monotonic() + LOAD_AGAIN_SECONDS
        while self.alive and time.monotonic() < until:
            self.notify()
            time.sleep(NO_THREAD_PAUSE_SECONDS)
        sys.exit(1)

    def start_threads(self, start: Callable[[], None]) -> None:
        """Call what starts threads, and again each second where the system admits none, as at a reload."""
        self._unstarted.append(start)
        self._start_rest()

    def run(self) -> None:
        """Accept connections as soon as there are threads to answer them; until then they wait in the system's queue.

        At a task limit the workers that this one takes the place of must end first.
        """
        while self.alive and not (self.tpool.start_first() and self._ready_probes.start_first()):
            self.notify()
            time.sleep(NO_THREAD_PAUSE_SECONDS)
        super().run()

    def notify(self) -> None:
        """Tell the master that this worker lives, which happens each second, and start what could not be started."""
        super().notify()
        if self._unstarted:
            self._start_rest()

    def _start_rest(self) -> None:
        while self._unstarted:
            try:
                self._unstarted[0]()
            except RuntimeError:
                return
            self._unstarted.pop(0)

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
        client = ClientSocket(client.family, client.type, client.proto, client.detach())
        connection = Connection(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))
        if self.cfg.workers > 1:
            time.sleep(SHARE_PAUSE_SECONDS)

    def enqueue_req(self, conn: Connection) -> None:
        """Have a request answered: by the next thread, or at once if it is a probe that is the first of its connection.

        The answer to a first request fits into the connection, so it keeps nobody waiting, whatever the client does.
        """
        probe = None if conn.initialized else probes.recognize(conn.sock)
        if probe is None:
            super().enqueue_req(conn)
            return
        conn.lingers = False
        if probe is Probe.READY:
            answered = self._ready_probes.submit(self.handle, conn)
            answered.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
            return
        answered = Future()
        answered.set_result(self.handle(conn))
        self.finish_request(conn, answered)

    def handle(self, conn: Connection) -> Any:
        """Answer a request; what must be closed then is closed here, for a client may take its time."""
        conn.sock.waited = 0.0
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

        bad_requests.refuse(self.app.callable, client, addr, exc)
