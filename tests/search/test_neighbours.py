"""The neighbours of pages as they are kept: found when pages are indexed, within their site, version and language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from chatkit.database.lease import Lease
from chatkit.database.orm import db
from chatkit.ingest import inventory
from chatkit.ingest.index_lock import LEASE
from chatkit.search import neighbours
from chatkit.search.models import Corpus, Page
from chatkit.search.similarity import Neighbour, Similarity
from chatkit.search.stated import Stated
from tests import factories

FOG = {
    "horn.md": "# Foghorn\n\nThe horn sounds in dense fog.\n",
    "bell.md": "# Fog bell\n\nThe bell sounds in dense fog.\n",
    "oil.md": "# Oil\n\nTrim the wick of the lamp.\n",
    "tar.md": "# Tar\n\nBoil it.\n",
}


def _near(app: Flask) -> dict[str, list[str]]:
    """Return the neighbours of each page that has any, by their paths."""
    with app.app_context():
        paths = {row.id: row.url.removeprefix("/guide/") for row in db.session.execute(select(Page.id, Page.url))}
        found = dict[str, list[str]]()
        for one in neighbours.near(list(paths)):
            found.setdefault(paths[one.to], []).append(paths[one.id])
        return found


def test_neighbours_are_found_when_pages_are_indexed_changed_and_removed(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path, FOG)
    assert _near(app) == {"horn": ["bell"], "bell": ["horn"]}
    factories.index(app, tmp_path, {"oil.md": "# Oil\n\nThe oil horn sounds in dense fog.\n"})
    assert _near(app)["oil"] == ["horn", "bell"]
    with app.app_context():
        inventory.remove("/guide/horn")
    assert _near(app) == {"oil": ["bell"], "bell": ["oil"]}


def test_neighbours_are_not_found_anew_where_no_page_has_changed(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path, FOG)
    with app.app_context():
        assert not neighbours.refresh(lambda: None)
        # As after a process that was killed before it had found them, or on an index from before there were any.
        db.session.execute(update(Corpus).values(has_neighbours=False))
        db.session.commit()
        factories.index(app, tmp_path, {})
        assert db.session.scalar(select(Corpus.has_neighbours))


def test_no_transaction_is_open_while_pages_are_compared(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, seen = Similarity.nearest, list[bool]()

    def watched(self: Similarity, keep: int) -> Iterator[list[Neighbour]]:
        seen.append(db.session().in_transaction())
        return nearest(self, keep)

    monkeypatch.setattr(Similarity, "nearest", watched)
    factories.index(app, tmp_path, FOG)
    assert seen == [False]
    assert _near(app) == {"horn": ["bell"], "bell": ["horn"]}


@pytest.mark.parametrize("wrong", ["broken", "lost"])
def test_pages_stay_indexed_where_their_neighbours_are_not_found(
    app: Flask, tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.index(app, tmp_path, FOG)
    nearest = Similarity.nearest

    def fail(self: Similarity, keep: int) -> Iterator[list[Neighbour]]:
        if wrong == "broken":
            raise MemoryError
        # Another indexing takes over while this one stands still.
        db.session.execute(update(Lease).where(Lease.name == LEASE).values(holder="elsewhere:1:x"))
        db.session.commit()
        return nearest(self, keep)

    monkeypatch.setattr(Similarity, "nearest", fail)
    factories.index(app, tmp_path, {"oil.md": "# Oil\n\nThe oil horn sounds in dense fog.\n"})
    assert "oil" not in _near(app)
    with app.app_context():
        assert not db.session.scalar(select(Corpus.has_neighbours))
        db.session.execute(update(Lease).where(Lease.name == LEASE).values(until=0.0))
        db.session.commit()
    monkeypatch.undo()
    factories.index(app, tmp_path, {})
    assert _near(app)["oil"] == ["horn", "bell"]


def test_without_an_index_there_is_nothing_to_find(app: Flask) -> None:
    with app.app_context():
        assert neighbours.missing_in() is None
        neighbours.refresh(lambda: None)
        assert neighbours.near([1]) == []


@pytest.mark.parametrize("how", [{"site": "other"}, {"version": "2.0"}, {"language": "de"}], ids=str)
def test_a_page_of_another_site_version_or_language_is_no_neighbour(
    app: Flask, tmp_path: Path, how: dict[str, str]
) -> None:
    factories.index(app, tmp_path / "one", FOG)
    factories.index(app, tmp_path / "two", FOG, "/other/", stated=Stated(**how))
    near = _near(app)
    assert near["horn"] == ["bell"]
    assert near["/other/horn"] == ["/other/bell"]
