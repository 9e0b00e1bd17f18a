"""The job that has sources indexed again, in a process of its own."""

import json
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update

from chatkit.child import Child
from chatkit.database.lease import LeaseHolder
from chatkit.database.orm import db, utcnow
from chatkit.ingest import index_lock, neighbourhood, reindexing, schedule
from chatkit.ingest.models import IndexSchedule
from chatkit.search.models import Corpus, PageNeighbour, Source
from tests import factories
from tests.website import html, website


def _index(app: Flask, *arguments: str) -> None:
    result = app.test_cli_runner().invoke(args=["content", "index", *arguments])
    assert result.exit_code == 0, result.output


def _request(app: Flask) -> None:
    with app.app_context():
        schedule.request(schedule.find_sources([]))


def _start(app: Flask) -> subprocess.Popen[bytes] | None:
    child: Child = app.extensions["chatkit_reindexing"]
    before = child.process
    with app.app_context():
        reindexing.start_next()
    return child.process if child.process is not before else None


def _finish(app: Flask) -> None:
    process = _start(app)
    assert process is not None
    assert process.wait(60) == 0


def _status(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["content", "status"]).output


def test_a_source_is_indexed_again_the_way_it_was(app: Flask, tmp_path: Path) -> None:
    docs = factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n", "blog/b.md": "# B\n\ntwo\n"})
    _index(app, f"{docs}=/x/", "--exclude", "blog/", "--name", "handbook")
    factories.write_pages(docs, {"c.md": "# C\n\nthree\n"})
    _request(app)
    assert "  asked for at " in _status(app)
    _finish(app)
    assert factories.page_urls(app) == ["/x/a", "/x/c"]
    assert "UTC: 1 pages indexed (1 passages), 1 unchanged, 0 removed, 0 unreadable, 1 left out.\n" in _status(app)
    assert _start(app) is None


def test_sources_are_indexed_again_by_hand_and_one_that_fails_stops_no_other(app: Flask, tmp_path: Path) -> None:
    gone = factories.write_pages(tmp_path / "a", {"a.md": "# A\n\none\n"})
    docs = factories.write_pages(tmp_path / "b", {"b.md": "# B\n\none\n"})
    _index(app, f"{gone}=/a/", f"{docs}=/b/")
    gone.rename(tmp_path / "moved")
    factories.write_pages(docs, {"c.md": "# C\n\none\n"})
    result = app.test_cli_runner().invoke(args=["content", "reindex"])
    assert (result.exit_code, f"{gone}: {gone} is neither a folder" in result.output) == (1, True)
    assert factories.page_urls(app) == ["/a/a", "/b/b", "/b/c"]


def test_what_fails_is_kept_and_logged(plain_app: Flask, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    docs = factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    _index(plain_app, f"{docs}=/x/")
    docs.rename(tmp_path / "moved")
    _request(plain_app)
    _finish(plain_app)
    assert f"{docs} is neither a folder nor the address of a site" in _status(plain_app)
    logged = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert [(line["event"], line["level"]) for line in logged if line["event"] == "reindexed"] == [
        ("reindexed", "error")
    ]
    assert factories.page_urls(plain_app) == ["/x/a"]


def test_nothing_is_started_while_another_indexing_is_at_work(plain_app: Flask, tmp_path: Path) -> None:
    docs = factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    _index(plain_app, f"{docs}=/x/")
    _request(plain_app)
    with plain_app.app_context():
        another = LeaseHolder(plain_app, index_lock.LEASE)
        assert another.take()
        assert _start(plain_app) is None
        another.release()
    _finish(plain_app)


def test_an_index_from_before_there_were_neighbours_gets_them_once_and_reads_nothing(
    plain_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"horn": "sounds in dense fog", "bell": "rings in dense fog", "oil": "is for the wick", "tar": "is boiled"}
    pages = {f"{name}.md": f"# The {name}\n\nThe {name} {text}.\n" for name, text in texts.items()}
    docs = factories.write_pages(tmp_path / "docs", pages)
    _index(plain_app, f"{docs}=/x/")
    assert _start(plain_app) is None
    docs.rename(tmp_path / "moved")
    _forget_neighbours(plain_app)
    with monkeypatch.context() as broken:
        broken.setattr(Child, "start", _fail)
        with pytest.raises(OSError, match="no memory"):
            _start(plain_app)
    # What could not be started was not tried.
    _finish(plain_app)
    assert factories.count(plain_app, PageNeighbour) == 2
    # As if it had failed: it is for the next indexing then, or for later.
    _forget_neighbours(plain_app)
    assert _start(plain_app) is None
    with plain_app.app_context(), monkeypatch.context() as later:
        later.setattr(neighbourhood, "AGAIN_SECONDS", 0.0)
        assert neighbourhood.find_due() is not None
    found = [plain_app.test_cli_runner().invoke(args=["content", "neighbours"]).output for _ in range(2)]
    assert found == ["The neighbours of every page are found.\n", "There is nothing to find.\n"]


def _fail(*arguments: object) -> None:
    raise OSError("no memory")


def _forget_neighbours(app: Flask) -> None:
    with app.app_context():
        db.session.execute(delete(PageNeighbour))
        db.session.execute(update(Corpus).values(has_neighbours=False))
        db.session.commit()


def test_what_takes_too_long_is_given_up(plain_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "MAX_SECONDS", 0.3)
    stop = threading.Event()

    def hold(path: str) -> None:
        stop.wait(30)

    with website() as site:
        site.pages = {"/": html("Start")}
        _index(plain_app, f"{site.origin}/", "--delay", "0")
        site.before = hold
        with plain_app.app_context():
            [source] = schedule.find_sources([])
            schedule.request([source])
            reindexing.work(source, 0)
        stop.set()
    assert "It took longer than " in _status(plain_app)
    assert "failed at " in _status(plain_app)


def test_what_a_server_left_unfinished_is_said_and_done_when_it_is_due(plain_app: Flask, tmp_path: Path) -> None:
    docs = factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    _index(plain_app, f"{docs}=/x/")
    _request(plain_app)
    with plain_app.app_context():
        schedule.begin(schedule.find_sources([])[0].id)
    assert "  being indexed again since " in _status(plain_app)
    assert _start(plain_app) is None
    assert schedule.INTERRUPTED in _status(plain_app)
    with plain_app.app_context():
        db.session.execute(update(IndexSchedule).values(every_seconds=300, started_at=None))
        db.session.execute(update(Source).values(indexed_at=utcnow() - timedelta(hours=1)))
        db.session.commit()
    _finish(plain_app)
    assert "  indexed again every 5m\n" in _status(plain_app)
