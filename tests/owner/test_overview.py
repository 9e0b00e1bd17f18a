"""Every figure of the overview is what SQL says, and nobody is counted who is no reader."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chatkit.chat import daily_counts
from chatkit.chat.daily_counts import Measure
from chatkit.chat.left_out import is_left_out
from chatkit.chat.models import AnswerFacts, DailyCount, Message
from chatkit.database.orm import db, table, utcnow
from chatkit.owner import figures, plots
from chatkit.owner.overview import percentile
from tests import factories, tables
from tests.factories import API, MakeApp
from tests.owner import room, week

MODEL = {"LLM_MODEL": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}

READERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/120 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; cubot/power)",
    "python-requests/2.32",
    "botanist/1",
    "",
)
MACHINES = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "UptimeRobot/2.0",
    "Pingdom.com_bot_version_1.4",
    "Mozilla/5.0 HeadlessChrome/140.0",
    "facebookexternalhit/1.1 crawler",
)


def test_every_figure_of_some_days_is_what_sql_says(make_app: MakeApp, tmp_path: Path) -> None:
    app, shown = make_app(**week.SETTINGS), make_app(**week.SETTINGS, **MODEL)
    factories.index(app, tmp_path)
    week.play(app, 30, 5)
    assert week.differences(shown, room.enter(shown)) == []
    assert factories.count(app, AnswerFacts, ~AnswerFacts.is_counted) > 2


def test_the_figures_outlive_the_transcripts(owned: Flask) -> None:
    app = owned
    app.test_client().post(f"{API}/chat", json=factories.question("Hello!"))
    before = factories.rows(app, table(DailyCount))
    with app.app_context():
        db.session.execute(table(Message).delete())
        db.session.commit()
    assert factories.count(app, AnswerFacts) == 0
    assert factories.rows(app, table(DailyCount)) == before
    assert "Questions of each day" in room.enter(app).get()


def test_machines_are_not_counted_and_what_they_call_themselves_is_not_kept(plain_app: Flask) -> None:
    client = plain_app.test_client()
    for agent in (READERS[0], MACHINES[0]):
        client.post(f"{API}/chat", json=factories.question("Hello!"), headers={"User-Agent": agent})
    facts = factories.rows(plain_app, table(AnswerFacts))
    assert [row["is_counted"] for row in facts] == [True, False]
    assert [row["number"] for row in factories.rows(plain_app, table(DailyCount))] == [1]
    assert "Googlebot" not in tables.dump(plain_app).text
    with plain_app.app_context():
        assert [agent for agent in READERS if is_left_out(None, agent)] == []
        assert [agent for agent in MACHINES if not is_left_out(None, agent)] == []


def test_nothing_is_counted_in_test_mode(make_app: MakeApp) -> None:
    app = make_app(INTEGRATION_TEST_MODE="true")
    app.test_client().post(f"{API}/chat", json=factories.question("Hello!"))
    assert factories.count(app, DailyCount) == 0


@pytest.mark.parametrize(
    ("milliseconds", "label"), [(0.4, "0"), (9.9, "9"), (99.9, "99"), (100, "100"), (128, "120"), (12_987, "12000")]
)
def test_a_time_is_counted_by_its_first_two_digits(milliseconds: float, label: str) -> None:
    assert daily_counts.latency_label(milliseconds) == label


def test_a_percentile_is_a_value_that_was_counted() -> None:
    assert percentile({10: 1}, 0.95) == 10
    assert percentile({10: 95, 20: 5}, 0.95) == 10
    assert percentile({10: 94, 20: 6}, 0.95) == 20
    assert percentile({10: 1, 20: 1}, 0.5) == 10


def test_a_share_is_told_of_twenty_and_more() -> None:
    assert (figures.percent(1, 19), figures.percent(5, 20)) == ("", "25 %")
    assert [figures.share(1, whole) for whole in (0, 19, 2_000)] == ["", "of 19", "< 1 % of 2\u202f000"]
    assert [figures.percent(part, 1_000) for part in (0, 4, 5, 995, 996, 1_000)] == [
        "0 %",
        "< 1 %",
        "< 1 %",
        "> 99 %",
        "> 99 %",
        "100 %",
    ]


def test_a_plot_stacks_what_its_table_lists() -> None:
    plot = plots.stacked_bars("Lamps", ["Mon", "Tue"], {"lit": [3, 0], "out": [1, 2]})
    assert plot.rows == [("Mon", [3, 1]), ("Tue", [0, 2])]
    first, above, other = plot.bars
    assert [bar.title for bar in plot.bars] == ["Mon: 3 lit", "Mon: 1 out", "Tue: 2 out"]
    assert above.y + above.height == pytest.approx(first.y)
    assert first.y + first.height == other.y + other.height == plot.base
    assert (first.x, other.x, first.width) == (5, 55, 40)


def test_counts_are_forgotten_after_a_year(app: Flask) -> None:
    with app.app_context():
        today = utcnow().date()
        for ago in (0, 366, 367):
            daily_counts.add(today - timedelta(days=ago), {(Measure.OUTCOME, "answered"): 1})
        assert daily_counts.prune(10) == 1
        assert daily_counts.prune(10) == 0


def test_a_label_of_any_length_is_counted(app: Flask) -> None:
    with app.app_context():
        counts: dict[tuple[Measure, str], Any] = {(Measure.CITED, "灯" * 2_000): 1}
        daily_counts.add(utcnow().date(), counts)
        daily_counts.add(utcnow().date(), counts)
        db.session.commit()
    [row] = factories.rows(app, table(DailyCount))
    assert (row["number"], row["label"]) == (2, "灯" * 333)
