"""Running the test set: every question is asked as a reader would, without a model, and what changed is kept."""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from chatkit.answers.extractive import Outcome
from chatkit.database.orm import db, utcnow
from chatkit.evaluation import places, questions, service
from chatkit.evaluation.models import TestRun
from chatkit.evaluation.places import Places
from chatkit.evaluation.questions import Asked, Line
from chatkit.search import index

# Readers come first: a run works at most this long, and rests as long as it works.
MAX_SECONDS = 120.0
KEPT_RUNS = 20
SHOWN_PLACES = 3


def run(rest: bool = True, max_seconds: float = MAX_SECONDS) -> TestRun | None:
    """Ask every question of the test set, keep what came of it, and commit; None where there is no question.

    Without ``rest`` it does not pause for readers, as in a command. What is not asked in time is counted.
    """
    began, busy = time.monotonic(), 0.0
    lines = {row.id: service.to_line(row) for row in service.list_page(0, service.MAX_QUESTIONS)}
    if not lines:
        return None
    state, known = index.corpus_statistics().state, places.indexed()
    found: dict[str, Any] = {}
    for id_, line in lines.items():
        if busy > max_seconds:
            break
        started = time.monotonic()
        found[str(id_)] = _ask(line, known)
        # No transaction stays open while others are let go first.
        db.session.rollback()
        took = time.monotonic() - started
        busy += took
        time.sleep(took if rest else 0)
    return _keep(state, found, len(lines) - len(found), time.monotonic() - began)


def _ask(line: Line, known: Places) -> dict[str, Any]:
    asked = questions.ask(line, known)
    shown = [one.place for one in asked.shown[:SHOWN_PLACES]]
    result: dict[str, Any] = {"passed": _passes(asked), "outcome": asked.outcome.value, "shown": shown}
    missing = known.unknown(line.answered_by)
    return result | ({"missing": missing} if missing else {})


def _passes(asked: Asked) -> bool:
    """Tell whether a right section is shown where readers see it, with the words that are asked for.

    Of an answer they see the section that it rests on, of what comes nearest the first three. What no page answers
    must not be answered.
    """
    if not asked.right:
        return asked.outcome is not Outcome.ANSWERED
    seen = 1 if asked.outcome is Outcome.ANSWERED else SHOWN_PLACES
    is_seen = asked.place is not None and asked.place <= seen
    return is_seen and (asked.helps or not asked.line.shows)


def _keep(state: str, found: Mapping[str, Any], not_asked: int, seconds: float) -> TestRun:
    """Keep a run, and the latest ones beside it."""
    before = service.latest_run()
    earlier: Mapping[str, Any] = before.results if before is not None else {}
    changed = [id_ for id_ in found if id_ in earlier and earlier[id_]["passed"] != found[id_]["passed"]]
    run = TestRun(
        index_state=state,
        asked=len(found),
        passed=sum(one["passed"] for one in found.values()),
        not_asked=not_asked,
        results=dict(found),
        newly_failing=[int(id_) for id_ in changed if not found[id_]["passed"]],
        newly_passing=[int(id_) for id_ in changed if found[id_]["passed"]],
        seconds=seconds,
        ran_at=utcnow(),
    )
    db.session.add(run)
    db.session.flush()
    oldest_kept = select(TestRun.id).order_by(TestRun.id.desc()).offset(KEPT_RUNS)
    db.session.execute(delete(TestRun).where(TestRun.id.in_(oldest_kept)))
    db.session.commit()
    return run
