"""Time the pages of the owner's room among a million questions: `python -m tests.bench.owner [QUESTIONS] [DATABASE]`.

Every table is at its bound, see `million.py`. Every page, and every act, must answer 95 of 100 requests within 300 ms,
whatever filter finds much, little or nothing; an export must take no memory that grows with it. Beside the time stand
that of the processors, the database's among it, which a busy machine does not lengthen, and how many statements the
database was asked. What is done beside the requests is timed below.
"""

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
from tests.bench.million import QUESTIONS, SECTION, fill
from tests.conftest import dispose
from tests.eval.metrics import percentile
from tests.owner import room
from tests.owner.room import OWNERS, Room
from tests.slo.place import DATABASES, Place, place

REPEATS, MOST_MS = 20, 300
OUTCOMES, RATINGS, KINDS = ("answered", "nearest", "not_covered"), ("up", "none"), ("negative", "unsure", "sample")
STATES = ("new", "drafting", "published", "verified", "ignored")
PAGES = {
    **{f"overview, {days} days": f"/?days={days}" for days in (7, 28, 90)},
    "conversations": "/conversations/",
    "conversations, further back": "/conversations/?before={middle}",
    "conversations, the last page": "/conversations/?before=200",
    "conversations of today": "/conversations/?since={day}&until={day}",
    "conversations of an old day": "/conversations/?since={old_day}&until={old_day}",
    "conversations of it, rated down": "/conversations/?since={old_day}&until={old_day}&rating=down",
    "conversations before it": "/conversations/?until={old_day}",
    **{f"conversations, {outcome}": f"/conversations/?outcome={outcome}" for outcome in OUTCOMES},
    "conversations, by outcome": "/conversations/?outcome=greeting",
    "conversations, rated down": "/conversations/?rating=down",
    **{f"conversations, rated {rating}": f"/conversations/?rating={rating}" for rating in RATINGS},
    "conversations, of a page": "/conversations/?page=/page-7",
    "conversations, of no page": "/conversations/?page=/nowhere",
    "conversations, of a site": "/conversations/?site=/",
    "conversations, of no site": "/conversations/?site=nowhere",
    "conversations, of a rare language": "/conversations/?language=fr&rating=up",
    "conversations, of it, not covered": "/conversations/?language=fr&outcome=not_covered",
    "a conversation": "/conversations/{middle}",
    "gaps": "/gaps/",
    "gaps, the last page": "/gaps/?start={last_open}",
    **{f"gaps, {state}": f"/gaps/?state={state}" for state in STATES},
    "gaps, verified, the last page": "/gaps/?state=verified&start={last_verified}",
    "the largest gap": "/gaps/1",
    "a gap": "/gaps/7",
    "curated answers": "/answers/",
    "a curated answer": "/answers/3",
    "a new one, for the largest gap": "/answers/new?gap=1",
    "test set": "/tests/",
    "test set, the last page": "/tests/?after={last_test}",
    "test set, failing": "/tests/?show=failing",
    **{f"review, {kind}": f"/review/?kind={kind}" for kind in KINDS},
    "an answer to be judged": "/review/{middle}",
    "server": "/server/",
}
Form = Callable[[int, dict[str, Any]], tuple[str, dict[str, str]]]
# Where the forms of the room are sent, and what: each time another number, and what differs between databases.
ACTS: dict[str, Form] = {
    "take a gap to a state": lambda n, of: ("/gaps/1/state", {"state": ("drafting", "new")[n % 2]}),
    "set a gap verified": lambda n, of: (f"/gaps/{of['published']}/state", {"state": "verified"}),
    "change a curated answer": lambda n, of: ("/answers/3", {"questions": f"Where is lamp {n}?", "markdown": "There."}),
    "confirm one": lambda n, of: ("/answers/10/confirm", {"seen": "x"}),
    "add to the test set": lambda n, of: ("/tests/add", {"question": f"Where is lamp {n}?", "answered_by": SECTION}),
    "import into it": lambda n, of: ("/tests/import", {"lines": f'{{"question": "Who is {n}?", "answered_by": []}}'}),
    "remove from it": lambda n, of: ("/tests/remove", {"id": str(n)}),
    "run it": lambda n, of: ("/tests/run", {}),
    "judge": lambda n, of: (f"/review/{of['middle'] + 2 * n}", {"verdict": "right", "to_test_set": "yes"}),
    "index again": lambda n, of: ("/server/index/again", {}),
    "shut out": lambda n, of: ("/server/limits/ban", {"who": f"192.0.2.{n}", "hours": "24"}),
    "let in": lambda n, of: (f"/server/limits/bans/{n}/lift", {}),
    "let limits begin again": lambda n, of: ("/server/limits/reset", {"key": f"account:{n}"}),
    "try a mail again": lambda n, of: ("/server/mail/requeue", {"id": str(of["mail"] - 2 * n)}),
    "try all mails again": lambda n, of: ("/server/mail/requeue", {}),
}
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
        slow += _print_times(app, where, name, REPEATS, partial(entered.get, address))
    for name, made in ACTS.items():
        slow += _print_times(app, where, name, REPEATS, _act(entered, made, names))
    _export(entered)
    for name, job in _jobs(app).items():
        with app.app_context():
            _print_times(app, where, name, 1, job)
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


def _print_times(app: Flask, where: Place, name: str, repeats: int, work: Callable[[], object]) -> bool:
    """Print what some work takes; tell whether it is too slow."""
    with app.app_context(), _counted() as asked:
        work()
    taken, processors = [], _processor_seconds(where)
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    p95, used = percentile(taken, 0.95), (_processor_seconds(where) - processors) * 1000 / repeats
    late = "  too slow" if p95 > MOST_MS else ""
    print(
        f"  {name:<40}{statistics.median(taken):>10.1f}{p95:>12.1f}{used:>12.1f}{len(asked):>8}{late}",
        flush=True,
    )
    return p95 > MOST_MS


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
    """Return what is done beside the requests: each once with what there is to do, then with nothing left."""
    found: dict[str, Callable[[], object]] = {
        "the first piece of clustering": clustering.cluster_batch,
        "a hundred new questions clustered": _cluster,
        "the weekly mail": lambda: digest.queue_weekly(utcnow()),
        "the webhook's questions": _news,
    }
    found |= {_named(prune): partial(_pruned, prune) for prune in PRUNERS}
    return found | {_named(read): partial(_read, read) for read in READINGS}


def _named(work: Callable[..., object]) -> str:
    return f"{work.__module__.removeprefix('chatkit.')}.{work.__name__}"


def _cluster() -> None:
    """Bring a hundred questions among the clusters, once the process knows these."""
    while clustering.cluster_batch():
        pass
    for number in range(100):
        content_gaps.record("weak", f"new-{utcnow().timestamp()}-{number}", f"Is there a zebra {number}?", None, None)
    db.session.commit()
    began = time.perf_counter()
    clustering.cluster_batch()
    print(f"    of which the piece itself {(time.perf_counter() - began) * 1000:.0f} ms")


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
