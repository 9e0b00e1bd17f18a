"""Which sources are indexed again without a command, and when."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit.database.orm import db, utcnow
from chatkit.errors import ContentError
from chatkit.ingest import schedule
from chatkit.search.models import Source
from tests import factories

HOUR = timedelta(hours=1)


def _index(app: Flask, folder: Path) -> str:
    docs = factories.write_pages(folder, {"a.md": "# A\n\nword\n"})
    result = app.test_cli_runner().invoke(args=["content", "index", str(docs), "--base-url", f"/{folder.name}/"])
    assert result.exit_code == 0, result.output
    return str(docs)


def _due(after: timedelta) -> str | None:
    found = schedule.next_due(utcnow() + after)
    return found.name if found else None


def test_a_source_is_due_by_the_clock_and_when_it_is_asked_for(app: Flask, tmp_path: Path) -> None:
    one, two = _index(app, tmp_path / "one"), _index(app, tmp_path / "two")
    with app.app_context():
        assert _due(1000 * HOUR) is None
        [source] = schedule.find_sources([one])
        schedule.repeat([source], HOUR)
        assert (_due(timedelta()), _due(HOUR)) == (None, one)
        schedule.request(schedule.find_sources([two]))
        assert _due(HOUR) == two
        schedule.begin(source.id)
        schedule.end(source.id, "Done.", failed=False)
        [other] = schedule.find_sources([two])
        schedule.begin(other.id)
        assert (_due(timedelta()), _due(HOUR)) == (None, one)
        schedule.repeat([source], None)
        assert _due(1000 * HOUR) is None


def test_what_is_asked_for_while_it_is_at_work_is_done_once_more(app: Flask, tmp_path: Path) -> None:
    one = _index(app, tmp_path / "one")
    with app.app_context():
        sources = schedule.find_sources([])
        schedule.request(sources)
        schedule.begin(sources[0].id)
        schedule.request(sources)
        schedule.end(sources[0].id, "Done.", failed=False)
        assert _due(timedelta()) == one


def test_what_was_ended_from_outside_is_noted(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one")
    with app.app_context():
        sources = schedule.find_sources([])
        schedule.request(sources)
        assert schedule.end_interrupted() == 0
        schedule.begin(sources[0].id)
        assert schedule.end_interrupted() == 1
        assert schedule.end_interrupted() == 0
    status = app.test_cli_runner().invoke(args=["content", "status"]).output
    assert f"UTC: {schedule.INTERRUPTED}\n" in status


def test_only_a_source_of_which_it_is_kept_how_it_was_read_is_indexed_again(app: Flask, tmp_path: Path) -> None:
    one = _index(app, tmp_path / "one")
    factories.index(app, tmp_path / "by hand")
    with app.app_context():
        assert [source.name for source in schedule.find_sources([])] == [one]
        with pytest.raises(ContentError, match=r"It is not kept how .*by hand was read"):
            schedule.find_sources([str(tmp_path / "by hand")])
        with pytest.raises(ContentError, match="No source is called nothing"):
            schedule.find_sources([one, "nothing"])
        db.session.execute(update(Source).where(Source.name == one).values(name="https://x.example/"))
        db.session.commit()
        assert [source.name for source in schedule.find_sources(["https://x.example"])] == ["https://x.example/"]
