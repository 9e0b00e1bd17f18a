"""How gunicorn serves ChatKit: workers, threads, timeouts, graceful reload."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any

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
limit_request_line = 8190
# ChatKit writes its own line per request. Switched on, this one holds nothing that a client chose either.
accesslog = None
access_log_format = "%(t)s %(s)s %(B)s bytes %(M)s ms"
errorlog = "-"
loglevel = "warning"

# Set before anything imports prometheus_client, which then counts in files all workers share.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="chatkit-metrics-")
# A question is too small to be worth the threads that numpy would keep spinning for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("CHATKIT_STARTED_AT", f"{time.time():.3f}")


def on_starting(server: Any) -> None:
    """Check the settings and the database once per start, in a process of its own, so that HUP loads new code."""
    if subprocess.run([sys.executable, "-m", "chatkit.startup"], check=False).returncode:
        sys.exit(1)
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
    from chatkit.observability import logs
    from chatkit.search import meaning
    from chatkit.server import background

    app = worker.app.callable
    logs.install_filters(worker.log.error_log)
    engine.limit_waits(app)
    background.start(app)
    meaning.start_loading(app)


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

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Remove the metrics' files."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
