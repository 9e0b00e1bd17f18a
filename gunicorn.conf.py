"""How gunicorn serves ChatKit: workers, threads, timeouts, graceful reload."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from chatkit.web import master

# What is written is for the server's own user: the metrics, a pid file, whatever a library writes.
os.umask(0o077)

workers = 2
worker_class = "chatkit.web.worker.Worker"
# For the most that MAX_STREAMS may be. A worker starts a thread when one is needed, and no more than its slots need.
threads = 1048
# Beside the connections of the threads, those that are kept open between two requests.
worker_connections = 2 * threads
# A liveness check of the worker, not a limit for a request.
timeout = 30
# A stream may take LLM_TOTAL_SECONDS; a reload lets it end. Raised for longer ones, see below.
graceful_timeout = 65
keepalive = 5
# Files are sent like anything else, so that who reads them slowly is cut off, too.
sendfile = False
# Nobody uses it, and its place in the home folder may be read-only.
control_socket_disable = True
limit_request_line = 8190
# No header stands for the path or the user of a request; TRUSTED_PROXIES alone says what is believed.
forwarder_headers = ""
# ChatKit writes its own line per request. Switched on, this one holds nothing that a client chose either.
accesslog = None
access_log_format = "%(t)s %(s)s %(B)s bytes %(M)s ms"
errorlog = "-"
loglevel = "warning"

# Where a worker shows that it lives: in memory, so that neither a full nor a read-only temp directory ends one.
MEMORY = "/dev/shm"  # noqa: S108  (gunicorn makes its files there by mkstemp)
if os.access(MEMORY, os.W_OK):
    worker_tmp_dir = MEMORY

# Set before anything imports prometheus_client, which then counts in files all workers share. The folder is made by
# the first worker that has something to count and room for it.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    try:
        temporary = tempfile.gettempdir()
    except FileNotFoundError:
        # None can be written now; one of them may be later.
        temporary = os.environ.get("TMPDIR", "/tmp")  # noqa: S108  (the name below cannot be guessed)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(temporary) / f"chatkit-metrics-{secrets.token_hex(8)}")
# A question is too small to be worth the threads that numpy would keep spinning for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("CHATKIT_STARTED_AT", f"{time.time():.3f}")


def on_starting(server: Any) -> None:
    """Check the settings and the database once per start, in a process of its own, so that HUP loads new code."""
    # What checks counts nothing among what the workers count.
    beside = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    if subprocess.run([sys.executable, "-m", "chatkit.startup"], check=False, env=beside).returncode:
        sys.exit(1)
    master.Reloads(server, beside)
    on_reload(server)


def on_reload(server: Any) -> None:
    """Let the end of a worker wait for its longest answer; what the settings say is read in a process of its own."""
    ask = "from chatkit import config; from pathlib import Path; print(config.load(Path('instance')).graceful_seconds)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        server.cfg.set("graceful_timeout", int(done.stdout))


def post_worker_init(worker: Any) -> None:
    """Let gunicorn log no secret; limit how long requests wait for the database; start the background jobs.

    A lease in the database elects the worker whose jobs run. The encoder is loaded here, in each worker: its threads
    and locks would not outlive a fork.
    """
    from chatkit.database import engine
    from chatkit.observability import logs, process_gauges
    from chatkit.search import meaning
    from chatkit.server import background

    app = worker.app.callable
    logs.install_filters(worker.log.error_log)
    engine.limit_waits(app)
    # Not simply called: at a task limit, the threads of the worker whose place this one takes must end first.
    worker.start_threads(partial(background.start, app))
    worker.start_threads(partial(meaning.start_loading, app))
    worker.start_threads(partial(process_gauges.start, app))


def worker_exit(server: Any, worker: Any) -> None:
    """Let another worker take the background work over at once, and finish the answers whose readers have gone."""
    from chatkit.chat import generation
    from chatkit.server import background

    # A worker that could not load the application has none.
    if worker.app.callable is not None:
        background.stop(worker.app.callable)
        generation.drain(worker.app.callable)


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended."""
    from prometheus_client import multiprocess

    # What a read-only temp directory keeps is of no harm; an error here would end the server.
    with suppress(OSError):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Remove the metrics' files."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
