"""500 readers of a slow model beside short requests, on two workers: `python -m tests.bench.streams`.

The model server and the readers run in a process of their own, on the same cores as the server.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psutil  # type: ignore[import-untyped]

from chatkit import create_app
from tests import factories
from tests.conftest import dispose
from tests.eval.metrics import percentile
from tests.factories import API
from tests.modelserver import Behaviour, model_server
from tests.servers import LOOPBACK, ROOT, START_SECONDS, Gunicorn, eventually
from tests.slo.place import DATABASES, Place, place

STREAMS = 500
THREADS = "chatkit.web.worker.Worker"
QUESTION = "When does the foghorn sound in dense fog?"
PIECES_PER_SECOND = 2
# Longer than the measurement, shorter than the minute an answer may take.
ANSWER = "The foghorn sounds every thirty seconds in dense fog. [1] " * 11
OPENED_PER_SECOND = 50
MOST_RATIO = 5.0
PROBES, LOOKS, PAUSE_SECONDS = 400, 100, 0.02


@dataclass(frozen=True)
class Figures:
    """What was measured on one database."""

    idle_ms: float
    loaded_ms: float
    streams: int
    lost: Counter[str]
    tokens_per_second: float
    most_lent: int
    cores: float

    @property
    def ratio(self) -> float:
        return self.loaded_ms / self.idle_ms


def measure(kind: str, streams: int = STREAMS, worker_class: str = THREADS) -> Figures:
    """Measure session checks on an idle server, then beside so many open streams."""
    with place(kind) as made, _load() as load:
        model: dict[str, str] = load.recv()
        server = made.server(LLM_TOKENS_PER_DAY="999999999999", LOG_LEVEL="WARNING", **model)
        token = prepare(made)
        launch(server, worker_class)
        try:
            probe(server, token, PROBES // 4)
            idle = probe(server, token, PROBES)
            load.send((server.port, streams))
            load.recv()
            begun, busy = _told(load), _busy(server)
            loaded = probe(server, token, PROBES)
            ended, cores = _told(load), _busy(server) - busy
            lent = _lent(server)
            load.send(None)
        finally:
            server.end()
        seconds = ended["at"] - begun["at"]
        return Figures(
            percentile(idle, 0.95),
            percentile(loaded, 0.95),
            ended["open"],
            ended["lost"],
            (ended["tokens"] - begun["tokens"]) / seconds,
            lent,
            cores / seconds,
        )


def main() -> int:
    """Print the table; return 1 when a figure is not what was promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("databases", nargs="*", default=DATABASES)
    chosen = parser.parse_args()
    print(f"{chosen.streams} streams at {PIECES_PER_SECOND} pieces a second, 2 workers; GET /auth/session-check\n")
    columns = f"{'idle p95':>10}{'loaded p95':>12}{'ratio':>8}{'open':>7}{'tokens/s':>10}{'cores':>7}{'lent':>6}"
    print(f"{'database':<12}{columns}")
    missed = 0
    for kind in chosen.databases:
        found = measure(kind, chosen.streams)
        missed += found.ratio > MOST_RATIO or found.streams < chosen.streams
        for reason, count in found.lost.items():
            print(f"{count} streams {'ended' if reason == 'ended' else f'lost: {reason}'}")
        times = f"{found.idle_ms:>7.1f} ms{found.loaded_ms:>9.1f} ms{found.ratio:>8.2f}"
        print(
            f"{kind:<12}{times}{found.streams:>7}{found.tokens_per_second:>10.0f}{found.cores:>7.2f}{found.most_lent:>6}"
        )
    return 1 if missed else 0


def prepare(made: Place) -> str:
    """Index the guide; return the token of a person."""
    app = create_app({"SECRET_KEY": made.settings()["SECRET_KEY"], "DATABASE_URL": made.url})
    factories.index(app, made.folder / "guide")
    token = factories.person(app).token
    dispose(app)
    return token


def launch(server: Gunicorn, worker_class: str) -> None:
    """Start a server with workers of this class, and wait until it answers."""
    chosen = ("-c", str(ROOT / "gunicorn.conf.py"), "--worker-class", worker_class)
    server.launch("gunicorn", *chosen, "--bind", f"{LOOPBACK}:{server.port}", "tests.bench.streaming:app")
    eventually(server.answers, START_SECONDS)


def probe(server: Gunicorn, token: str, times: int) -> list[float]:
    """Return how long session checks took, in milliseconds, each over a connection of its own."""
    taken = []
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(times):
        began = time.perf_counter()
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=30)
        connection.request("GET", f"{API}/auth/session-check", headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"session-check: {answer.status}")
        time.sleep(PAUSE_SECONDS)
    return taken


def _lent(server: Gunicorn) -> int:
    """Return the most connections that the pool of a worker had lent at a time, while the streams waited."""
    most = 0
    for _ in range(LOOKS):
        most = max(most, server.request("/bench/pool").json["lent"])
        time.sleep(PAUSE_SECONDS)
    return most


def _busy(server: Gunicorn) -> float:
    """Return the seconds that the workers have spent on a processor."""
    used = [psutil.Process(worker).cpu_times() for worker in server.workers()]
    return float(sum(times.user + times.system for times in used))


@contextmanager
def _load() -> Iterator[Connection]:
    """Run the model and the readers in a process of their own, and yield the line to it."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_play, args=(there,))
    process.start()
    try:
        yield here
    finally:
        process.terminate()
        process.join()


def _told(load: Connection) -> dict[str, Any]:
    load.send("tell")
    found: dict[str, Any] = load.recv()
    return found


def _play(line: Connection) -> None:
    with model_server(Behaviour(ANSWER, pieces_per_second=PIECES_PER_SECOND)) as model:
        line.send(model.settings)
        port, streams = line.recv()
        asyncio.run(_read(line, port, streams))


class _Readers:
    def __init__(self) -> None:
        self.open = self.tokens = 0
        self.lost = Counter[str]()

    async def read(self, port: int) -> None:
        """Read one stream to its end."""
        body = json.dumps(factories.question(QUESTION)).encode()
        head = f"POST {API}/chat/stream HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status = (await reader.readline()).split()[1].decode()
        if status != "200":
            self.lost[status] += 1
            return
        self.open += 1
        while chunk := await reader.read(65536):
            self.tokens += chunk.count(b"event: token")
            if b"event: done" in chunk:
                break
        self.lost["fallback" if b'"fallback":true' in chunk else "ended"] += 1
        self.open -= 1
        writer.close()


async def _read(line: Connection, port: int, streams: int) -> None:
    readers = _Readers()
    tasks = []
    for _ in range(streams):
        tasks.append(asyncio.create_task(readers.read(port)))
        await asyncio.sleep(1 / OPENED_PER_SECOND)
    await asyncio.sleep(3)
    line.send(readers.open)
    while await asyncio.to_thread(line.recv) is not None:
        line.send({"open": readers.open, "tokens": readers.tokens, "at": time.monotonic(), "lost": readers.lost})
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    sys.exit(main())
