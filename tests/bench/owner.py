"""Time the pages of the owner's room among a million questions: `python -m tests.bench.owner [QUESTIONS] [DATABASE]`.

Every table is at its bound, see `million.py`. Every page, and every act, must answer 95 of 100 requests within 300 ms,
whatever filter finds much, little or nothing; an export must take no memory that grows with it. Beside the time stand
that of the processors, the database's among it, which a busy machine does not lengthen, and how many statements the
database was asked. What is done beside the requests is timed below.
"""

import math
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, func, select, text

from chatkit import create_app
from chatkit.chat import content_gaps
from chatkit.chat.models import AnswerFacts, DailyCount
from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.gaps import clustering, digest, service, webhook
from chatkit.gaps.models import GapCluster
from chatkit.search import encoders
from chatkit.server import pruning
from chatkit.wiring import PRUNERS, READINGS
from tests import factories
from tests.bench.million import QUESTIONS, fill
from tests.bench.owner_pages import ACTS, PAGES, Form
from tests.conftest import dispose
from tests.eval.metrics import percentile
from tests.owner import room
from tests.owner.room import OWNERS, Room
from tests.slo.place import DATABASES, Place, place

REPEATS, MOST_MS = 20, 300
# What a form may be answered beside 303: there is no room, what it is about is gone, or nobody may say so by hand.
ANSWERED = {303, 404, 409, 422}


def main(questions: int, databases: tuple[str, ...]) -> int:
    """Print the 95th percentile of each page and act, and what an export and each job take; 1 where one is too slow."""
    slow = 0
    for kind in databases:
        with place(kind) as found:
            app = create_app(
                found.settings(LOG_LEVEL="WARNING", OWNERS=OWNERS, CORS_ORIGINS="https://docs.example.com")
            )
            try:
                factories.index(app, found.folder / "pages")
                slow += _measure(app, found, kind, questions)
            finally:
                dispose(app)
    print(f"{slow} of the pages and acts took longer than {MOST_MS} ms" if slow else f"all within {MOST_MS} ms")
    return 1 if slow else 0


def _measure(app: Flask, where: Place, kind: str, questions: int) -> int:
    """Fill a database and print its table; return how many pages and acts were too slow."""
    began = time.perf_counter()
    with app.app_context():
        model = encoders.choose(settings()).model
    fill(app, questions, model.model if model is not None else None)
    entered, names = room.enter(app), _names(app, questions)
    print(f"{kind}, {questions:,} questions, filled in {time.perf_counter() - began:.0f} s", flush=True)
    print(f"  {f'milliseconds of {REPEATS} requests':<40}{'median':>10}{'95 of 100':>12}{'processors':>12}{'asked':>8}")
    slow = 0
    for name, path in PAGES.items():
        address = path.format_map(names)
        slow += _is_slow(app, where, name, partial(entered.get, address))
    for name, made in ACTS.items():
        slow += _is_slow(app, where, name, _act(entered, made, names))
    _export(entered)
    for name, job in _jobs(app).items():
        with app.app_context():
            _print_times(app, where, name, job)
    return slow


def _act(entered: Room, made: Form, names: dict[str, Any]) -> Callable[[], object]:
    """Return what sends a form, each time with the next number."""
    numbers = count(1)

    def send() -> None:
        path, form = made(next(numbers), names)
        answer = entered.post(path, **form)
        if answer.status_code not in ANSWERED:
            raise RuntimeError(f"{path}: {answer.status_code}")

    return send


def _is_slow(app: Flask, where: Place, name: str, work: Callable[[], object]) -> bool:
    """Print what a page or an act takes, and tell whether that is too much."""
    return _print_times(app, where, name, work, REPEATS, MOST_MS) > MOST_MS


def _print_times(
    app: Flask, where: Place, name: str, work: Callable[[], object], repeats: int = 1, most_ms: float = math.inf
) -> float:
    """Print what some work takes, marked beyond ``most_ms``, and return the milliseconds of 95 of 100 times."""
    with app.app_context(), _counted() as asked:
        work()
    taken, processors = list[float](), _processor_seconds(where)
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    p95, used = percentile(taken, 0.95), (_processor_seconds(where) - processors) * 1000 / repeats
    figures = f"{statistics.median(taken):>10.1f}{p95:>12.1f}{used:>12.1f}{len(asked):>8}"
    print(f"  {name:<40}{figures}{'  too slow' if p95 > most_ms else ''}", flush=True)
    return p95


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Yield the statements that the database is asked meanwhile."""
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(db.engine, "before_cursor_execute", hear)


def _names(app: Flask, questions: int) -> dict[str, Any]:
    """Return what stands in the addresses for what differs between databases."""
    with app.app_context():
        day = db.session.scalar(select(func.max(DailyCount.day)))
        old = db.session.scalar(select(func.min(AnswerFacts.asked_at)))
        states = service.count_by_state()
        published = db.session.scalar(select(func.max(GapCluster.id)).where(GapCluster.state == "published"))
        mail = db.session.scalar(text("SELECT MAX(id) FROM outbox WHERE state = 'dead'"))
    last_open = sum(states[state] for state in service.OPEN) - 20
    return {
        "day": day,
        "old_day": f"{old:%Y-%m}-28",
        "middle": questions // 2 * 2,
        "last_open": max(last_open, 0),
        "last_verified": max(states["verified"] - 20, 0),
        "last_test": 1_950,
        "published": published,
        "mail": mail,
    }


def _jobs(app: Flask) -> dict[str, Callable[[], object]]:
    """Return what is done beside the requests. It is done twice, and the second time is printed."""
    found: dict[str, Callable[[], object]] = {
        "a hundred new questions clustered": _cluster,
        "the weekly mail": lambda: digest.queue_weekly(utcnow()),
        "the webhook's questions": _news,
    }
    found |= {_named(prune): partial(_pruned, prune) for prune in PRUNERS}
    return found | {_named(read): partial(_read, read) for read in READINGS}


def _named(work: Callable[..., object]) -> str:
    return f"{work.__module__.removeprefix('chatkit.')}.{work.__name__}"


def _cluster() -> None:
    """Bring a hundred questions among the clusters; a process that does not know these yet reads them first."""
    moment = utcnow().timestamp()
    for number in range(clustering.BATCH):
        content_gaps.record("weak", f"{moment}-{number}", f"Is there a zebra {number}?", None, None)
    db.session.commit()
    while clustering.cluster_batch():
        pass


def _news() -> None:
    """Read what the webhook would be told, and tell nobody."""
    news = select(GapCluster.id).where(GapCluster.state == "new", GapCluster.announced_at.is_(None))
    service.list_of(db.session.scalars(news.order_by(GapCluster.id).limit(webhook.MOST)).all())
    db.session.rollback()


def _pruned(prune: Callable[[int], int]) -> None:
    prune(pruning.BATCH)
    db.session.commit()


def _read(read: Callable[[Connection], Iterable[object]]) -> None:
    """Read what a scrape of /metrics does."""
    with db.engine.connect() as connection:
        list(read(connection))


def _processor_seconds(where: Place) -> float:
    """Return what this process has used, and PostgreSQL's beside it."""
    beside = where.postgresql.processes() if where.postgresql is not None else []
    return time.process_time() + sum(sum(process.cpu_times()[:2]) for process in beside)


def _export(entered: Room) -> None:
    """Take a tenth of all along as CSV, and print what it took."""
    before, began, size = _peak_mib(), time.perf_counter(), 0
    response = entered.client.get("/api/v1/owner/conversations?format=csv&outcome=greeting", buffered=False)
    lines = 0
    for piece in response.iter_encoded():
        size += len(piece)
        lines += piece.count(b"\r\n")
    seconds = time.perf_counter() - began
    grown = _peak_mib() - before
    print(f"  export of {lines:,} rows, {size / 2**20:.0f} MiB: {seconds:.0f} s, {grown:.1f} MiB more memory")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    chosen = sys.argv[1:]
    number = int(chosen[0].replace("_", "")) if chosen else QUESTIONS
    sys.exit(main(number, tuple(kind for kind in DATABASES if kind in chosen[1:]) or DATABASES))
