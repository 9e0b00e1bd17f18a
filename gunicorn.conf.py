"""How gunicorn serves ChatKit: workers, threads, timeouts, graceful reload."""

import ctypes
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from typing import Any

workers = 2
worker_class = "gthread"
# As many streams as MAX_STREAMS may say, and room for other requests; a thread is made when it is needed.
threads = 1024
# Beside the connections of the threads, those that are kept open between two requests.
worker_connections = 2 * threads
# A stream takes two files: the reader's connection and the model's.
OPEN_FILES = 4 * threads
# A liveness check of the worker, not a limit for a request.
timeout = 30
# A stream may take 60 seconds; a reload lets it end.
graceful_timeout = 65
keepalive = 5
limit_request_line = 8190
# ChatKit writes its own line per request. Switched on, this one holds nothing that a client chose either.
accesslog = None
access_log_format = "%(t)s %(s)s %(B)s bytes %(M)s ms"
errorlog = "-"
loglevel = "warning"

PR_SET_PDEATHSIG = 1

# Set before anything imports prometheus_client, which then counts in files all workers share.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="chatkit-metrics-")
os.environ.setdefault("CHATKIT_STARTED_AT", f"{time.time():.3f}")


def _prepare() -> None:
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from chatkit.errors import SettingsError, database_problem

    try:
        from chatkit.server.seed import prepare_database
        from wsgi import app

        with app.app_context():
            prepare_database()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except (OperationalError, ProgrammingError) as error:
        print(SettingsError([database_problem(error)]), file=sys.stderr)
        sys.exit(1)


def on_starting(server: Any) -> None:
    """Check the settings and the database once per start, in a child, so that HUP loads new code."""
    child = multiprocessing.get_context("fork").Process(target=_prepare)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(1)


def post_fork(server: Any, worker: Any) -> None:
    """Let a worker open files enough, and die with a master that was killed.

    An orphan would keep the port, and what is asked there, until its last connection closes.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most) if most >= 0 else OPEN_FILES, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def post_worker_init(worker: Any) -> None:
    """Let gunicorn log no secret and answer as the application does; limit waits; start the background threads.

    A lease in the database elects the worker whose threads work.
    """
    from chatkit.database import engine
    from chatkit.observability import logs
    from chatkit.server import background
    from chatkit.web import bad_requests
    from chatkit.web import worker as gunicorn_waits

    logs.install_filters(worker.log.error_log)
    worker.handle_error = partial(bad_requests.refuse, worker)
    gunicorn_waits.spare_the_others()
    engine.limit_waits(worker.app.callable)
    background.start(worker.app.callable)


def worker_exit(server: Any, worker: Any) -> None:
    """Let another worker take the background work over at once, and finish the answers whose readers have gone."""
    from chatkit.chat import generation
    from chatkit.server import background

    # A worker that could not load the application has none.
    if worker.app.callable is not None:
        background.stop(worker.app.callable)
        generation.drain(worker.app.callable, graceful_timeout)


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Remove the metrics' files."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
