"""What a question costs: `python -m tests.bench.questions [--passages 1000 100000] [--database sqlite] [--profile]`.

The CPU of POST /chat, answered without a model, divided by that of GET /health, in one run: user and system time of a
real server's workers, requests sent one after another over one connection, each in turns with the other. The time that
PostgreSQL's own processes take is printed beside it. Vectors are made up, as large as real ones. With `--profile` the
questions are asked inside this process, and what took most of the time is printed.
"""

import argparse
import contextlib
import cProfile
import http.client
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import psutil  # type: ignore[import-untyped]
from sqlalchemy import delete

from chatkit import create_app
from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.search import encoders
from chatkit.search.models import Source
from tests import factories
from tests.conftest import dispose
from tests.eval import scale
from tests.factories import API
from tests.servers import LOOPBACK, Gunicorn
from tests.slo.place import DATABASES, Place, place

PASSAGES = (1_000, 100_000)
SEMANTIC = {"off": "words alone", "on": "with meaning"}
ROUNDS, QUESTIONS, HEALTHS = 5, 60, 400
PROFILED = 200
SHOWN = 45


def main() -> int:
    """Print the table, and the profiles that were asked for."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.questions", description=__doc__)
    options.add_argument("--passages", type=int, nargs="+", default=PASSAGES)
    options.add_argument("--database", choices=[kind.lower() for kind in DATABASES])
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    title = f"{'database':<12}{'passages':>10}  {'search':<14}{'/health':>11}{'question':>11}{'ratio':>8}"
    print(f"{title}{'with the database':>20}")
    for kind in DATABASES:
        for passages in chosen.passages if chosen.database in {None, kind.lower()} else ():
            with place(kind) as made:
                asked = _fill(made, passages)
                for switch, search in SEMANTIC.items():
                    found = _measure(made, asked, SEMANTIC=switch)
                    print(f"{kind:<12}{passages:>10,}  {search:<14}{found}", flush=True)
                    if chosen.profile:
                        _profile(made, asked, SEMANTIC=switch)
    return 0


def _fill(made: Place, passages: int) -> list[str]:
    """Put passages in the place of the guide, with vectors where there is an encoder; return questions about them."""
    app = create_app(made.settings(SEMANTIC="on"))
    with app.app_context():
        db.session.execute(delete(Source))
        db.session.commit()
        texts = scale.Texts()
        rows = texts.passages(passages)
        scale.store(rows)
        if (model := encoders.choose(settings()).model) is not None:
            scale.store_vectors(rows, model.model)
    dispose(app)
    # None is asked twice, so that what is remembered of a question serves no other one.
    return texts.questions(rows, QUESTIONS * (ROUNDS + 1))


def _measure(made: Place, questions: Sequence[str], **chosen: str) -> str:
    """Return the milliseconds of CPU of both calls, and their ratio: medians over the rounds."""
    health, question, ratios, whole_ratios = list[float](), list[float](), list[float](), list[float]()
    with made.served(LOG_LEVEL="WARNING", **chosen) as server:
        connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60)

        def call(method: str, path: str, body: str | None = None) -> None:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise RuntimeError(content[:400].decode(errors="replace"))

        def ask(number: int) -> None:
            body = factories.question(questions[number % len(questions)])
            call("POST", f"{API}/chat", json.dumps(body))

        for number in range(QUESTIONS):
            ask(number)
            call("GET", "/health")
        for turn in range(1, ROUNDS + 1):
            of_health = _cpu(made, server, lambda _: call("GET", "/health"), range(HEALTHS))
            of_question = _cpu(made, server, ask, range(turn * QUESTIONS, (turn + 1) * QUESTIONS))
            health.append(of_health[0])
            question.append(of_question[0])
            ratios.append(of_question[0] / of_health[0])
            whole_ratios.append(sum(of_question) / sum(of_health))
        connection.close()
    times = "".join(f"{statistics.median(values) * 1000:>8.2f} ms" for values in (health, question))
    return f"{times}{statistics.median(ratios):>8.1f}{statistics.median(whole_ratios):>20.1f}"


def _cpu(made: Place, server: Gunicorn, call: Callable[[int], None], numbers: range) -> tuple[float, float]:
    """Return the seconds of CPU that a call takes of the server, and of PostgreSQL."""
    assert server.process is not None
    own = [psutil.Process(server.process.pid)]
    own += own[0].children(recursive=True)
    others = made.postgresql.processes() if made.postgresql is not None else []
    before = _seconds([*own, *others])
    for number in numbers:
        call(number)
    after = _seconds([*own, *others])
    server_seconds, database_seconds = (
        sum(after[process] - before[process] for process in processes if process in after and process in before)
        for processes in (own, others)
    )
    return server_seconds / len(numbers), database_seconds / len(numbers)


def _seconds(processes: Sequence[psutil.Process]) -> dict[psutil.Process, float]:
    """Return the CPU that each process has taken; one that has ended meanwhile, as autovacuum's do, is left out."""
    found = dict[psutil.Process, float]()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found[process] = times.user + times.system
    return found


def _profile(made: Place, questions: Sequence[str], **chosen: str) -> None:
    """Ask inside this process, and print the functions that took most of the time."""
    app = create_app(made.settings(LOG_LEVEL="WARNING", **chosen))
    client = app.test_client()
    bodies = [factories.question(questions[number % len(questions)]) for number in range(PROFILED)]
    profile = cProfile.Profile(time.thread_time)
    try:
        client.post(f"{API}/chat", json=bodies[0])
        with profile:
            for body in bodies:
                client.post(f"{API}/chat", json=body)
    finally:
        dispose(app)
    found = pstats.Stats(profile, stream=sys.stdout).strip_dirs()
    found.sort_stats("tottime").print_stats(SHOWN)
    found.sort_stats("cumulative").print_stats("chatkit|[a-z]", SHOWN)


if __name__ == "__main__":
    sys.exit(main())
