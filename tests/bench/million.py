"""What a large site has after years, each table at the bound that docs/limits.md names: filled by a few statements.

The questions lie in the last 90 days, four a conversation, of 1,000 accounts. With fewer questions than a million there
is less of everything else, too. Rows are made of their number, i, so that they are the same each time.
"""

import re
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import insert, text

from chatkit.curated.models import CuratedAnswer
from chatkit.curated.service import MAX_ANSWERS
from chatkit.database.orm import db, on_sqlite, utcnow
from chatkit.evaluation.models import TestQuestion, TestRun
from chatkit.evaluation.runs import KEPT_RUNS
from chatkit.evaluation.service import MAX_QUESTIONS as MAX_TESTS
from chatkit.gaps.clustering import GAVE_WAY, MAX_CLUSTERS

QUESTIONS = 1_000_000
DAYS, ACCOUNTS, A_TURN = 90, 1_000, 4
# Pages that answers rest on in each day of the year that is kept, and in each of the years before, of which every row
# should be gone: five years, as if none had been deleted.
PAGES, OLDER_PAGES, KEPT_DAYS, COUNTED_DAYS = 2_000, 300, 366, 1_800
# Twenty clusters that an owner worked on, on each working day of a year, beside as many new ones as there may be; and
# which share of all gaps stands in the largest, and in none since theirs gave way.
KEPT, LARGEST_SHARE, GAVE_WAY_SHARE = 5_000, 20, 50
MAILS, BANS, WINDOWS, ACTS, PASSAGES = 4_800, 10_000, 50_000, 36_500, 100_000
SECTION = "/guide/foghorn"
SOURCES = '[{"id": "a1", "url": "/guide/foghorn#interval", "title": "Foghorn", "excerpt": "' + "x" * 200 + '"}]'
MADE_WITH_IDS = ("users", "messages", "gaps", "gap_clusters", "curated_answers", "test_questions")
TIME_FORMAT = re.compile(r":(?=%)")


def fill(app: Flask, questions: int, encoder: str | None) -> None:
    """Fill an application's database; the passages that its pages count have vectors of this ``encoder``."""
    with app.app_context():
        for statement in (*_questions(questions), *_counts(questions), *_gaps(questions), *_server(questions, encoder)):
            db.session.execute(text(TIME_FORMAT.sub(r"\\:", statement)))
            db.session.commit()
        _add_answers_and_tests(questions)
        if on_sqlite():
            db.session.execute(text("ANALYZE"))
            db.session.commit()
            return
        for table in MADE_WITH_IDS:
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            db.session.execute(text(f"SELECT setval({sequence}, (SELECT MAX(id) FROM {table}))"))
        db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def part(bound: int, questions: int) -> int:
    """Return how many there are of what has so many rows beside a million questions."""
    return max(bound * questions // QUESTIONS, 60)


def _numbers(last: int, name: str = "i") -> str:
    """Return the numbers from 1 on, for a FROM."""
    if not on_sqlite():
        return f"generate_series(CAST(1 AS bigint), {last}) AS of_{name} ({name})"
    counting = f"SELECT 1 UNION ALL SELECT {name} + 1 FROM n WHERE {name} < {last}"
    return f"(WITH RECURSIVE n ({name}) AS ({counting}) SELECT {name} FROM n) AS of_{name}"


def _ago(seconds: str) -> str:
    """Return the time so many seconds ago."""
    if on_sqlite():
        return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ({seconds}) || ' seconds')"
    return f"now() - ({seconds}) * interval '1 second'"


def _day_ago(days: str) -> str:
    return f"date('now', '-' || ({days}) || ' days')" if on_sqlite() else f"CURRENT_DATE - CAST({days} AS int)"


def _spread(total: int, days: int = DAYS) -> str:
    """Return the time of row i of so many, the last one now."""
    return _ago(f"({total} - i) * {days * 86_400}.0 / {total}")


def _questions(questions: int) -> Iterator[str]:
    """Questions, their answers and ratings, and what owners find them by; of 50 answers one is rated down."""
    numbers, moment = _numbers(questions), _spread(questions)
    outcome = "CASE i % 10 WHEN 0 THEN 'nearest' WHEN 1 THEN 'not_covered' WHEN 2 THEN 'greeting' ELSE 'answered' END"
    rating = "CASE i % 50 WHEN 3 THEN 'down' WHEN 4 THEN 'up' END"
    own = f"i / {A_TURN} % {ACCOUNTS} + 1, 'c' || (i / {A_TURN}), {moment}"
    page = f"'https://docs.example.com/page-' || (i % {PAGES})"
    language = "CASE WHEN i % 5000 = 4 THEN 'fr' ELSE 'en' END"
    empty, rest = "'[]', '[]', '{}', 'done', 0", "sources, citations, metadata, state, beats"
    yield (
        "INSERT INTO users (id, email, tier, created_at, saved_chats, saved_bytes)"
        f" SELECT i, i || '@example.com', 'full', {moment}, 0, 0 FROM {_numbers(ACCOUNTS)}"
    )
    yield (
        f"INSERT INTO messages (id, user_id, conversation_id, created_at, role, content, {rest})"
        f" SELECT 2 * i - 1, {own}, 'user', 'How often does it sound, asked for the ' || i || '. time?', {empty}"
        f" FROM {numbers}"
    )
    yield (
        f"INSERT INTO messages (id, user_id, conversation_id, created_at, role, content, message_id, outcome, {rest})"
        f" SELECT 2 * i, {own}, 'assistant', 'The foghorn sounds every thirty seconds [1].', 'm' || i, {outcome},"
        f" '{SOURCES}', '[\"a1\"]', '{{}}', 'done', 0 FROM {numbers}"
    )
    yield (
        "INSERT INTO answer_facts"
        " (answer_id, conversation_id, asked_at, outcome, page, site, language, rating, is_counted)"
        f" SELECT 2 * i, 'c' || (i / {A_TURN}), {moment}, {outcome}, {page}, '/', {language}, {rating}, true"
        f" FROM {numbers}"
    )
    yield (
        "INSERT INTO feedback (answer_id, rating, note, rated_at) SELECT answer_id, rating, 'It was not so.', asked_at"
        " FROM answer_facts WHERE rating IS NOT NULL"
    )
    # Of the newest nearly all were judged, so that what is left is far back; of those before, some.
    yield (
        "INSERT INTO review_verdicts (answer_id, verdict, section, reviewed_at)"
        f" SELECT answer_id, 'right', '{SECTION}', asked_at FROM answer_facts"
        " WHERE (rating = 'down' OR outcome = 'nearest') AND (answer_id % 14 = 0"
        f" OR answer_id BETWEEN {2 * questions - 49_000} AND {2 * questions - 1_000})"
    )


def _counts(questions: int) -> Iterator[str]:
    """The figures of the days of these questions, and of the days before."""
    day = "date(asked_at)" if on_sqlite() else "CAST(asked_at AT TIME ZONE 'UTC' AS date)"
    into, ago = "INSERT INTO daily_counts (measure, day, label, number) SELECT", _day_ago("d")
    for measure, label, which in (
        ("outcome", "outcome", "true"),
        ("cited", "page", "true"),
        ("cited_down", "page", "rating = 'down'"),
        ("rating", "rating", "rating IS NOT NULL"),
    ):
        yield f"{into} '{measure}', {day}, {label}, COUNT(*) FROM answer_facts WHERE {which} GROUP BY 2, 3"
    days = f"{_numbers(COUNTED_DAYS, 'd')} CROSS JOIN"
    pages, old = f"WHERE d > {DAYS} AND (d <= {KEPT_DAYS} OR i <= {part(OLDER_PAGES, questions)})", f"WHERE d > {DAYS}"
    url = "'https://docs.example.com/page-' || i"
    yield f"{into} 'latency', {ago}, CASE WHEN i < 100 THEN i ELSE (i - 90) * 10 END, 9 FROM {days} {_numbers(180)}"
    yield f"{into} 'outcome', {ago}, o, 2000 FROM {days} (SELECT DISTINCT outcome AS o FROM answer_facts) AS x {old}"
    yield f"{into} 'rating', {ago}, o, 200 FROM {days} (SELECT 'up' AS o UNION SELECT 'down') AS x {old}"
    yield f"{into} 'cited', {ago}, {url}, 5 FROM {days} {_numbers(part(PAGES, questions))} {pages}"
    yield f"{into} 'cited_down', {ago}, {url}, 1 FROM {days} {_numbers(part(PAGES // 10, questions))} {pages}"
    yield f"INSERT INTO model_days (day, tokens) SELECT {ago}, 500000 FROM {_numbers(COUNTED_DAYS, 'd')}"


def _gaps(questions: int) -> Iterator[str]:
    """As many gaps as a site keeps, most of them in new clusters, of which the first are the largest."""
    new, kept = part(MAX_CLUSTERS, questions), part(KEPT, questions)
    fraction = "(i * 7919 % 9973 / 9973.0)"
    cluster = (
        f"CASE WHEN i % {GAVE_WAY_SHARE} = 49 THEN {GAVE_WAY} WHEN i % {LARGEST_SHARE} = 0 THEN 1"
        f" WHEN i % 20 < 13 THEN 2 + CAST({new - 2} * {fraction} * {fraction} AS int)"
        f" ELSE {new + 1} + i * 7919 % {kept} END"
    )
    asked = "'Where does part ' || (c % 97) || ' of unit ' || (c % 89) || ' stand on deck ' || (c % 83) || '?'"
    kind = "CASE i % 10 WHEN 0 THEN 'down' WHEN 1 THEN 'unanswered' ELSE 'weak' END"
    page = f"'https://docs.example.com/page-' || (i % {PAGES})"
    yield (
        "INSERT INTO gaps (id, message_id, kind, question, page, note, fingerprint, asked_at, cluster_id)"
        f" SELECT i, 'm' || i, {kind}, {asked}, {page}, CASE WHEN i % 10 = 0 THEN 'It was not so.' ELSE '' END,"
        f" 'p' || c || '-' || (i / 20 % 1000), {_spread(questions)}, c"
        f" FROM (SELECT i, {cluster} AS c FROM {_numbers(questions)}) AS made"
    )
    state = (
        f"CASE WHEN cluster_id <= {new} THEN 'new' WHEN cluster_id % 10 = 0 THEN 'drafting'"
        " WHEN cluster_id % 10 = 1 THEN 'published' WHEN cluster_id % 10 < 5 THEN 'ignored' ELSE 'verified' END"
    )
    times = "MIN(asked_at), MAX(asked_at), MAX(asked_at)"
    yield (
        "INSERT INTO gap_clusters"
        " (id, state, is_kept, leader_id, size, failing_state, failed, opened_at, state_at, asked_at)"
        f" SELECT cluster_id, {state}, cluster_id > {new}, MIN(id), COUNT(*), '', '[]', {times}"
        f" FROM gaps WHERE cluster_id > {GAVE_WAY} GROUP BY cluster_id"
    )


def _server(questions: int, encoder: str | None) -> Iterator[str]:
    """What the page of the server shows, and the acts of a year."""
    mails, acts, passages = (part(bound, questions) for bound in (2 * MAILS, ACTS, PASSAGES))
    yield (
        "INSERT INTO outbox (recipient, template, context, state, attempts, last_error, due_at, created_at)"
        " SELECT i || '@example.com', 'signin', '{}', CASE i % 2 WHEN 0 THEN 'dead' ELSE 'waiting' END, 10,"
        f" 'The server refused it.', {_spread(mails, 1)}, {_spread(mails, 1)} FROM {_numbers(mails)}"
    )
    yield (
        f"INSERT INTO bans (key, created_at) SELECT 'address:10.' || (i / 65536) || '.' || (i / 256 % 256) || '.'"
        f" || (i % 256) || '/32', {_ago('i')} FROM {_numbers(part(BANS, questions))}"
    )
    yield (
        "INSERT INTO rate_limits (key, action, hits, window_end_ms)"
        f" SELECT 'account:' || i, 'chat', 1, 4000000000000 FROM {_numbers(part(WINDOWS, questions))}"
    )
    yield (
        "INSERT INTO audit_log (at, actor, action, subject, data)"
        f" SELECT {_spread(acts, 365)}, 'owner@example.org', 'gap_state', 'gap ' || i, '{{}}' FROM {_numbers(acts)}"
    )
    yield (
        "INSERT INTO sources (id, name, base_url, generator, indexed_at)"
        f" SELECT 2, 'large', 'https://large.example.com/', 'chatkit', {_ago('i')} FROM {_numbers(1)}"
    )
    yield (
        "INSERT INTO pages (id, source_id, path, url, title, content_hash, language, indexed_at)"
        f" SELECT 1000 + i, 2, i || '.md', 'https://large.example.com/' || i, 'Page', '', 'en', {_ago('i')}"
        f" FROM {_numbers(passages // 10)}"
    )
    yield (
        "INSERT INTO passages (stable_id, page_id, position, anchor, heading, body, term_count, text_hash)"
        f" SELECT 's' || i, 1000 + 1 + i % {passages // 10}, i, '', 'Page', 'It sounds. It sounds.', 4, 't' || i"
        f" FROM {_numbers(passages)}"
    )
    if encoder is not None:
        yield (
            "INSERT INTO embeddings (text_hash, model, vector)"
            f" SELECT 't' || i, '{encoder}', CAST('made up' AS {'blob' if on_sqlite() else 'bytea'})"
            f" FROM {_numbers(passages)}"
        )


def _add_answers_and_tests(questions: int) -> None:
    """Add curated answers and a test set, each as long as it may be, and as many runs as are kept."""
    now, tests = utcnow(), range(1, part(MAX_TESTS, questions) + 1)
    answers = [
        {
            "id": number,
            "questions": [f"Where does lamp {number} of deck {other} stand in the fog?" for other in range(20)],
            "markdown": "It stands. " * 700,
            "page_url": SECTION,
            "standing": "changed" if number % 10 == 0 else "current",
            "hits": number * 7,
            "hit_at": now,
        }
        for number in range(1, part(MAX_ANSWERS, questions) + 1)
    ]
    db.session.execute(insert(CuratedAnswer), answers)
    asked = [
        {"id": number, "question": f"Where does lamp {number} stand?", "answered_by": [SECTION, f"{SECTION}#interval"]}
        for number in tests
    ]
    db.session.execute(insert(TestQuestion), asked)
    shown = [f"https://docs.example.com/a/longer/path/page-{number}#a-section-of-it" for number in range(3)]
    results = {str(id_): {"passed": id_ % 3 > 0, "outcome": "nearest", "shown": shown} for id_ in tests}
    failing = [id_ for id_ in tests if id_ % 3 == 0]
    run = {"index_state": "x", "asked": len(tests), "passed": len(tests) - len(failing), "seconds": 90.0, "ran_at": now}
    changed = {"newly_failing": failing[::2], "newly_passing": failing[1::2]}
    db.session.execute(insert(TestRun), [run | changed | {"results": results}] * KEPT_RUNS)
    db.session.commit()
