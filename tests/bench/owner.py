"""Time the pages of the owner's room among a million questions: `python -m tests.bench.owner [QUESTIONS]`.

The questions lie in the last 90 days, four a conversation, of 1,000 accounts. Every page must answer 95 of 100 requests
within 300 ms, whatever filter finds much, little or nothing; an export must take no memory that grows with it. Beside
the time stands that of the processors, the database's among it, which a busy machine does not lengthen.
"""

import resource
import statistics
import sys
import time

from flask import Flask
from sqlalchemy import text

from chatkit import create_app
from chatkit.database.orm import db, on_sqlite
from tests import factories
from tests.conftest import dispose
from tests.eval.metrics import percentile
from tests.owner import room
from tests.owner.room import OWNERS, Room
from tests.slo.place import DATABASES, Place, place

QUESTIONS, REPEATS, MOST_MS = 1_000_000, 20, 300
DAYS, ACCOUNTS, PAGES, A_TURN = 90, 1_000, 300, 4
SOURCES = '[{"id": "a1", "url": "/guide/foghorn#interval", "title": "Foghorn", "excerpt": "' + "x" * 200 + '"}]'
PATHS = {
    "overview, 7 days": "/?days=7",
    "overview, 28 days": "/?days=28",
    "overview, 90 days": "/?days=90",
    "conversations": "/conversations/",
    "conversations, further back": "/conversations/?before={middle}",
    "conversations of a day": "/conversations/?since={day}&until={day}",
    "conversations, by outcome": "/conversations/?outcome=greeting",
    "conversations, rated down": "/conversations/?rating=down",
    "conversations, of a page": "/conversations/?page=/page-7",
    "conversations, of no page": "/conversations/?page=/nowhere",
    "conversations, of no site": "/conversations/?site=nowhere",
    "conversations, of a rare language": "/conversations/?language=fr&rating=up",
    "a conversation": "/conversations/{middle}",
    "server": "/server/",
}


def main(questions: int) -> int:
    """Print the 95th percentile of each page and what an export takes; return 1 where one is too slow."""
    slow = 0
    for kind in DATABASES:
        with place(kind) as found:
            app = create_app(
                found.settings(LOG_LEVEL="WARNING", OWNERS=OWNERS, CORS_ORIGINS="https://docs.example.com")
            )
            try:
                factories.index(app, found.folder / "pages")
                _fill(app, questions)
                entered = room.enter(app)
                print(f"{kind}, {questions:,} questions: milliseconds of {REPEATS} requests")
                print(f"  {'':<36}{'median':>10}{'95 of 100':>12}{'processors':>12}")
                for name, path in PATHS.items():
                    before = _processor_seconds(found)
                    median, p95 = _times(app, entered, path, questions)
                    took = (_processor_seconds(found) - before) * 1000 / REPEATS
                    slow += p95 > MOST_MS
                    late = "  too slow" if p95 > MOST_MS else ""
                    print(f"  {name:<36}{median:>10.1f}{p95:>12.1f}{took:>12.1f}{late}", flush=True)
                _export(entered)
            finally:
                dispose(app)
    return 1 if slow else 0


def _times(app: Flask, entered: Room, path: str, questions: int) -> tuple[float, float]:
    with app.app_context():
        day = db.session.scalar(text("SELECT MAX(day) FROM daily_counts"))
    address = path.format(middle=questions, day=str(day)[:10])
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        entered.get(address)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), percentile(taken, 0.95)


def _processor_seconds(where: Place) -> float:
    """Return what this process has used, and PostgreSQL's beside it."""
    beside = where.postgresql.processes() if where.postgresql is not None else []
    return time.process_time() + sum(sum(process.cpu_times()[:2]) for process in beside)


def _export(entered: Room) -> None:
    """Take a fifth of all along as CSV, and print what it took."""
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


def _fill(app: Flask, questions: int) -> None:
    """Add questions with their answers, facts and counts, as asking would, by the number :i of each."""
    with app.app_context():
        sqlite = on_sqlite()
        counting = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {questions}"
        numbers = f"(WITH RECURSIVE n (i) AS ({counting}) SELECT i FROM n)" if sqlite else _series(questions)
        seconds = f"i * {DAYS * 86_400}.0 / {questions} - {DAYS * 86_400}"
        moment = (
            f"strftime('%Y-%m-%d %H:%M:%f', 'now', ({seconds}) || ' seconds')"
            if sqlite
            else f"now() + ({seconds}) * interval '1 second'"
        )
        outcome = (
            "CASE i % 5 WHEN 0 THEN 'nearest' WHEN 1 THEN 'not_covered' WHEN 2 THEN 'greeting' ELSE 'answered' END"
        )
        rating = "CASE i % 40 WHEN 3 THEN 'down' WHEN 4 THEN 'up' END"
        own = f"i / {A_TURN} % {ACCOUNTS} + 1, 'c' || (i / {A_TURN}), {moment}"
        page = f"'https://docs.example.com/page-' || (i % {PAGES})"
        language = "CASE WHEN i % 5000 = 4 THEN 'fr' ELSE 'en' END"
        day = "date(asked_at)" if sqlite else "CAST(asked_at AT TIME ZONE 'UTC' AS date)"
        empty = "'[]', '[]', '{}', 'done', 0"
        rest = "sources, citations, metadata, state, beats"
        accounts = numbers.replace(str(questions), str(ACCOUNTS))
        times = numbers.replace(str(questions), "300") + (" AS m" if sqlite else "")
        for statement in (
            "INSERT INTO users (id, email, tier, created_at, saved_chats, saved_bytes)"
            f" SELECT i, i || '@example.com', 'full', {moment}, 0, 0 FROM {accounts}",
            f"INSERT INTO messages (id, user_id, conversation_id, created_at, role, content, {rest})"
            f" SELECT 2 * i - 1, {own}, 'user', 'How often does it sound, asked for the ' || i || '. time?', {empty}"
            f" FROM {numbers}",
            "INSERT INTO messages (id, user_id, conversation_id, created_at, role, content, message_id, outcome,"
            f" {rest})"
            f" SELECT 2 * i, {own}, 'assistant', 'The foghorn sounds every thirty seconds [1].', 'm' || i, {outcome},"
            f" '{SOURCES}', '[\"a1\"]', '{{}}', 'done', 0 FROM {numbers}",
            "INSERT INTO answer_facts"
            " (answer_id, conversation_id, asked_at, outcome, page, site, language, rating, is_counted)"
            f" SELECT 2 * i, 'c' || (i / {A_TURN}), {moment}, {outcome}, {page}, '/', {language}, {rating}, true"
            f" FROM {numbers}",
            "INSERT INTO daily_counts (measure, day, label, number)"
            f" SELECT 'outcome', {day}, outcome, COUNT(*) FROM answer_facts GROUP BY 2, 3",
            "INSERT INTO daily_counts (measure, day, label, number)"
            f" SELECT 'cited', {day}, page, COUNT(*) FROM answer_facts GROUP BY 2, 3",
            "INSERT INTO daily_counts (measure, day, label, number)"
            f" SELECT 'cited_down', {day}, page, COUNT(*) FROM answer_facts WHERE rating = 'down' GROUP BY 2, 3",
            "INSERT INTO daily_counts (measure, day, label, number)"
            f" SELECT 'rating', {day}, rating, COUNT(*) FROM answer_facts WHERE rating IS NOT NULL GROUP BY 2, 3",
            "INSERT INTO daily_counts (measure, day, label, number) SELECT 'latency', day, i, 40 FROM"
            f" (SELECT DISTINCT day FROM daily_counts) AS d, {times}",
            "INSERT INTO gaps (id, message_id, kind, question, page, note, fingerprint, asked_at)"
            " SELECT answer_id, 'm' || answer_id, 'weak', 'Why?', page, '', 'p' || answer_id, asked_at"
            " FROM answer_facts WHERE outcome IN ('nearest', 'not_covered')",
        ):
            db.session.execute(text(statement.replace(":%f", r"\:%f").replace(":%M", r"\:%M")))
            db.session.commit()
        if sqlite:
            db.session.execute(text("ANALYZE"))
            db.session.commit()
        else:
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))


def _series(last: int) -> str:
    return f"generate_series(1, {last}) AS n (i)"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else QUESTIONS))
