"""The test set: what passes, what has changed since the run before, what is exchanged, and where it ends."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ClauseElement, Select, event, select

from chatkit.curated.service import Draft, save
from chatkit.database.orm import db
from chatkit.errors import ApiError, Invalid, StorageFull
from chatkit.evaluation import questions, runs, service
from chatkit.evaluation.models import TestQuestion, TestRun
from chatkit.evaluation.questions import Line
from chatkit.ingest import follow_ups
from tests import factories

FOGHORN = Line("How often does the foghorn sound?", ("/guide/foghorn",))
INTERVAL = Line("How do I change the interval of the foghorn?", ("/guide/foghorn#changing-the-interval",))
SLACK = Line("How do I knit a scarf?", ())


def _add(app: Flask, *lines: Line) -> None:
    with app.app_context():
        for line in lines:
            service.add_one(line)


def _run(app: Flask) -> TestRun:
    with app.app_context():
        done = runs.run(rest=False)
    assert done is not None
    return done


def _passing(app: Flask, run: TestRun) -> list[bool]:
    with app.app_context():
        return [result.passed for result in service.results(run).values()]


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        (FOGHORN, True),
        (INTERVAL, True),
        (SLACK, True),
        (Line(FOGHORN.question, ("/guide/lamps/oil", "/guide/foghorn#changing-the-interval")), True),
        (Line(FOGHORN.question, ("/guide/foghorn#",)), False),
        (Line(FOGHORN.question, ("foghorn.md",)), True),
        (Line(FOGHORN.question, ("/guide/foghorn",), shows=(("every thirty seconds",),)), True),
        (Line(FOGHORN.question, ("/guide/foghorn",), shows=(("every forty seconds",),)), False),
        (Line(FOGHORN.question, ("/guide/lamps/oil",)), False),
        (Line(FOGHORN.question, ()), False),
        (Line(SLACK.question, ("/guide/foghorn",)), False),
    ],
)
def test_a_question_passes_when_a_right_section_is_shown_or_rightly_none(
    app: Flask, tmp_path: Path, line: Line, passes: bool
) -> None:
    factories.index(app, tmp_path / "guide")
    _add(app, line)
    assert _passing(app, _run(app)) == [passes]


def test_a_run_after_each_indexing_tells_what_has_changed(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "guide"
    factories.index(app, folder)
    _add(app, FOGHORN, INTERVAL)
    with app.app_context():
        follow_ups.run_due()
        follow_ups.run_due()
    assert _changes(app) == [([], [])]
    factories.index(app, folder, {"foghorn.md": "# Foghorn\n\nThe foghorn sounds every thirty seconds in dense fog.\n"})
    with app.app_context():
        follow_ups.run_due()
    assert _changes(app) == [([2], []), ([], [])]
    with app.app_context():
        last = service.latest_run()
        assert last is not None
        [result] = [result for result in service.results(last).values() if not result.passed]
    assert result.missing == INTERVAL.answered_by
    factories.index(app, folder)
    with app.app_context():
        follow_ups.run_due()
    assert _changes(app) == [([], [2]), ([2], []), ([], [])]


def _changes(app: Flask) -> list[tuple[list[int], list[int]]]:
    with app.app_context():
        latest_first = db.session.scalars(select(TestRun).order_by(TestRun.id.desc()))
        return [(run.newly_failing, run.newly_passing) for run in latest_first]


def test_a_curated_answer_counts_as_readers_get_it(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    _add(app, Line("Why is it so dark?", ("/guide/lamps/oil",)))
    assert _passing(app, _run(app)) == [False]
    with app.app_context():
        save(Draft(["Why is it so dark?"], "Refill the oil.", "/guide/lamps/oil"))
    assert _passing(app, _run(app)) == [True]


def test_questions_of_two_versions_are_asked_apart(app: Flask, tmp_path: Path) -> None:
    for version, word in (("1.0", "thirty"), ("2.0", "forty")):
        pages = {"foghorn.md": f"# Foghorn\n\nThe foghorn sounds every {word} seconds in dense fog.\n"}
        factories.index(app, tmp_path / version, pages, f"https://docs.example.com/{version}/")
    lines = [
        Line(FOGHORN.question, (f"https://docs.example.com/{version}/foghorn",), version=version)
        for version in ("1.0", "2.0")
    ]
    _add(app, *lines)
    assert _passing(app, _run(app)) == [True, True]


def test_of_what_is_not_asked_in_time_is_told(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    _add(app, FOGHORN, INTERVAL, SLACK)
    with app.app_context():
        done = runs.run(rest=False, max_seconds=0)
    assert done is not None
    assert (done.asked, done.not_asked) == (1, 2)


def test_the_latest_runs_are_kept(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_RUNS", 2)
    factories.index(app, tmp_path / "guide")
    _add(app, SLACK)
    for _ in range(4):
        _run(app)
    assert factories.count(app, TestRun) == 2


def test_without_questions_nothing_is_run(app: Flask) -> None:
    with app.app_context():
        assert runs.run() is None
    assert factories.count(app, TestRun) == 0


def _exported(app: Flask) -> list[str]:
    with app.app_context():
        return "".join(service.export_lines()).splitlines()


def _import(app: Flask, lines: Sequence[str]) -> service.Import:
    with app.app_context():
        return service.import_lines(lines)


def test_what_is_exported_is_imported_elsewhere(app: Flask) -> None:
    _add(app, FOGHORN, INTERVAL, SLACK)
    lines = _exported(app)
    assert _import(app, lines) == service.Import(0, 3)
    with app.app_context():
        service.remove([1, 2, 3])
        db.session.commit()
    assert _import(app, lines) == service.Import(3, 0)
    assert _exported(app) == lines


def test_an_import_adds_all_or_nothing(app: Flask) -> None:
    with pytest.raises(Invalid, match="Line 2"):
        _import(app, ['{"question": "Why?", "answered_by": []}', "nonsense"])
    assert factories.count(app, TestQuestion) == 0


@pytest.mark.parametrize("add", [_add, lambda app, line: _import(app, [questions.write(line)])], ids=["add", "import"])
def test_of_two_who_add_the_same_at_once_the_later_one_finds_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, add: Callable[[Flask, Line], object]
) -> None:
    insert, first, came = service._insert, threading.current_thread(), threading.Event()

    def listen(connection: object, statement: ClauseElement, *more: object) -> None:
        is_reading = isinstance(statement, Select) and "pg_advisory" not in str(statement)
        if threading.current_thread() is not first and not is_reading:
            came.set()

    with ThreadPoolExecutor(1) as thread:

        def overtaken(*arguments: Any) -> None:
            """Add when another, who began later, has come to where it writes, or waits to."""
            monkeypatch.setattr(service, "_insert", insert)
            later.append(thread.submit(_import, app, [questions.write(FOGHORN)]))
            assert came.wait(60)
            insert(*arguments)

        later = list[Any]()
        monkeypatch.setattr(service, "_insert", overtaken)
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_execute", listen)
        add(app, FOGHORN)
        assert later[0].result() == service.Import(0, 1)
        event.remove(engine, "before_execute", listen)
    assert factories.count(app, TestQuestion) == 1


def test_the_set_has_an_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_QUESTIONS", 2)
    _add(app, FOGHORN, INTERVAL)
    # In the place of the same one there is room.
    _add(app, FOGHORN)
    with pytest.raises(StorageFull):
        _add(app, SLACK)
    with pytest.raises(StorageFull):
        _import(app, ['{"question": "Why?", "answered_by": []}'])
    assert factories.count(app, TestQuestion) == 2


def test_what_is_not_there_cannot_be_removed(app: Flask) -> None:
    with app.app_context(), pytest.raises(ApiError, match="no such question"):
        service.remove([7])
