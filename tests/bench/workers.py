"""Measure gunicorn's workers beside each other: `python -m tests.bench.workers`; gevent's need `pip install gevent`.

Both serve the same application with the same settings. What is measured is how long a session check
takes beside readers who wait for a slow model, and beside readers who search many passages.
"""

import http.client
import importlib.util
import json
import sys
import threading
from itertools import count

from sqlalchemy import delete

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.search.models import Source
from tests import factories
from tests.bench import streams
from tests.conftest import dispose
from tests.eval import scale
from tests.eval.metrics import percentile
from tests.factories import API
from tests.servers import LOOPBACK
from tests.slo.place import DATABASES, Place, place

WORKERS = {"threads": streams.THREADS, "gevent": "gevent"}
PASSAGES, READERS, PROBES = 50_000, 4, 300


def main() -> int:
    """Print the table."""
    print(f"p95 of GET /auth/session-check beside {streams.STREAMS} streams, and beside {READERS} readers who search\n")
    print(f"{'worker':<10}{'database':<12}{'idle':>9}{'streams':>11}{'idle':>11}{'searches':>11}{'searches/s':>12}")
    for name, worker_class in WORKERS.items():
        if name == "gevent" and importlib.util.find_spec("gevent") is None:
            print("gevent is not installed")
            continue
        for kind in DATABASES:
            waiting = streams.measure(kind, worker_class=worker_class)
            idle, loaded, rate = _beside_searches(kind, worker_class)
            times = f"{waiting.idle_ms:>6.1f} ms{waiting.loaded_ms:>8.1f} ms{idle:>8.1f} ms{loaded:>8.1f} ms"
            print(f"{name:<10}{kind:<12}{times}{rate:>12.0f}", flush=True)
    return 0


def _beside_searches(kind: str, worker_class: str) -> tuple[float, float, float]:
    """Return the p95 of session checks on an idle server and beside readers who search, and the searches a second."""
    with place(kind) as made:
        server = made.server(LOG_LEVEL="WARNING")
        token = streams.prepare(made)
        questions = _fill(made)
        streams.launch(server, worker_class)
        try:
            idle = streams.probe(server, token, PROBES)
            asked, stopped = count(), threading.Event()

            def read() -> None:
                while not stopped.is_set():
                    body = json.dumps(factories.question(questions[next(asked) % len(questions)]))
                    connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=30)
                    connection.request("POST", f"{API}/chat", body, {"Content-Type": "application/json"})
                    connection.getresponse().read()
                    connection.close()

            readers = [threading.Thread(target=read) for _ in range(READERS)]
            for reader in readers:
                reader.start()
            loaded = streams.probe(server, token, PROBES)
            stopped.set()
            for reader in readers:
                reader.join()
        finally:
            server.end()
    seconds = sum(loaded) / 1000 + PROBES * streams.PAUSE_SECONDS
    return percentile(idle, 0.95), percentile(loaded, 0.95), next(asked) / seconds


def _fill(made: Place) -> list[str]:
    """Put many passages in the place of the guide; return questions about them."""
    app = create_app(made.settings())
    with app.app_context():
        db.session.execute(delete(Source))
        db.session.commit()
        texts = scale.Texts()
        rows = texts.passages(PASSAGES)
        scale.store(rows)
    dispose(app)
    return texts.questions(rows)


if __name__ == "__main__":
    sys.exit(main())
