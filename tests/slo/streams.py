"""Streams: 500 readers of a slow model beside short requests, and a reload in the middle of a long answer."""

import signal

from tests import factories
from tests.bench import streams
from tests.factories import API
from tests.modelserver import Behaviour, model_server
from tests.servers import Gunicorn, eventually
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row
from tests.sse_client import SseClient

SENTENCE = "The foghorn sounds every thirty seconds in dense fog. [1] "
SECONDS, PIECES_PER_SECOND = 20, 5
PIECES_IN_A_SENTENCE = 10


def beside_short_requests() -> Measured:
    """Measure session checks beside open streams, on each database."""
    figures, holds = [], True
    for kind in DATABASES:
        found = streams.measure(kind)
        holds &= found.ratio <= streams.MOST_RATIO and found.streams == streams.STREAMS
        times = f"p95 {found.loaded_ms:.1f} ms beside {found.streams} streams, {found.idle_ms:.1f} ms without"
        figures.append(f"{kind} {times}: {found.ratio:.1f} ×; {found.most_lent} connections lent")
    return Measured("; ".join(figures), holds)


def reloaded() -> Measured:
    """Reload a server in the middle of an answer of 20 seconds, on each database."""
    figures, holds = [], True
    text = (SENTENCE * (SECONDS * PIECES_PER_SECOND // PIECES_IN_A_SENTENCE)).strip()
    for kind in DATABASES:
        with place(kind) as here, model_server(Behaviour(text, pieces_per_second=PIECES_PER_SECOND)) as model:
            streams.prepare(here)
            with here.served(**model.settings) as server:
                whole = _reload(server)
        holds &= whole
        figures.append(f"{kind} {'whole' if whole else 'not whole'} after {SECONDS} s")
    return Measured("; ".join(figures), holds)


def _reload(server: Gunicorn) -> bool:
    """Tell whether an answer came whole through a reload."""
    before = server.workers()
    with SseClient(f"{server.url}{API}/chat/stream", factories.question(streams.QUESTION)) as stream:
        next(stream)
        server.signal(signal.SIGHUP)
        last = list(stream)[-1]
    eventually(lambda: server.workers() and not server.workers() & before, seconds=30)
    return last.name == "done" and not last.data["metadata"]["fallback"]


ROWS = (
    Row("Streams do not starve the rest", "500 streams at 2 pieces a second, 2 workers", beside_short_requests),
    Row("Reload drops nobody", f"a reload in a stream of {SECONDS} s", reloaded),
)
