"""Questions that are counted at once do not wait for each other."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from chatkit.chat import daily_counts
from chatkit.chat.daily_counts import Counts, Measure
from chatkit.chat.models import DailyCount
from chatkit.database.orm import db, table, utcnow
from chatkit.owner.overview import overview
from tests import factories
from tests.conftest import Reused

ANSWERED: Counts = {(Measure.OUTCOME, "answered"): 1, (Measure.RATING, "up"): 1}


def _add_and_commit(app: Flask) -> None:
    with app.app_context():
        daily_counts.add(utcnow().date(), ANSWERED)
        db.session.commit()


def test_who_counts_while_another_has_not_committed_does_not_wait_and_all_is_summed(postgresql_reused: Reused) -> None:
    postgresql_reused.empty()
    app = postgresql_reused.app
    with app.app_context(), ThreadPoolExecutor(1) as thread:
        daily_counts.add(utcnow().date(), ANSWERED)
        for _ in range(2):
            thread.submit(_add_and_commit, app).result()
        db.session.commit()
        figures = overview(7)
    assert (figures.questions, figures.outcomes["answered"], figures.ratings) == (3, 3, {"up": 3})
    assert {(row["part"], row["number"]) for row in factories.rows(app, table(DailyCount))} == {(0, 1), (1, 2)}


def test_who_counts_alone_counts_in_one_row(app: Flask) -> None:
    for _ in range(2):
        _add_and_commit(app)
    assert [(row["part"], row["number"]) for row in factories.rows(app, table(DailyCount))] == [(0, 2), (0, 2)]
