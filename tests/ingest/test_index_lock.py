"""The lock of indexing: one at a time, kept while it works, given back when it fails."""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from chatkit import create_app
from chatkit.database.lease import Lease, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import ContentError, database_problem
from chatkit.ingest import index_lock, service
from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import IndexedPage, Outcome
from chatkit.search.models import Page, Source
from tests import factories
from tests.conftest import DATABASES, dispose
from tests.servers import PostgreSQL


class _Held(Folder):
    """A folder that is read no further until it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "/x/")
        self.begun, self.go_on = threading.Event(), threading.Event()

    def pages(self, known: Mapping[str, IndexedPage]) -> Iterator[Outcome]:
        self.begun.set()
        assert self.go_on.wait(30)
        yield from super().pages(known)


def test_the_second_of_two_waits_for_the_first(app: Flask, tmp_path: Path) -> None:
    pages = {f"{number}.md": f"# {number}\n\nword\n" for number in range(5)}
    held = _Held(factories.write_pages(tmp_path / "docs", pages))
    reports: dict[str, service.Report] = {}
    waiting, said = threading.Event(), list[str]()

    def wait(reason: str) -> None:
        said.append(reason)
        waiting.set()

    def run(name: str, source: Folder) -> None:
        with app.app_context():
            reports[name] = service.index(source, waiting=wait)

    first = threading.Thread(target=run, args=("first", held))
    second = threading.Thread(target=run, args=("second", Folder(tmp_path / "docs", "/x/")))
    first.start()
    assert held.begun.wait(30)
    second.start()
    assert waiting.wait(30)
    assert reports == {}
    assert re.fullmatch(
        rf"Another indexing is at work: process {os.getpid()} on \S+, since [-\d]+ [:\d]+ UTC\.", said[0]
    )
    held.go_on.set()
    first.join()
    second.join()
    assert (reports["first"].indexed, reports["second"].unchanged) == (5, 5)


def test_one_may_refuse_to_wait(app: Flask, tmp_path: Path) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def refuse(reason: str) -> None:
        raise ContentError("not now")

    with app.app_context():
        another = LeaseHolder(app, index_lock.LEASE)
        assert another.take()
        with pytest.raises(ContentError, match="not now"):
            service.index(source, waiting=refuse)
        another.release()
        assert service.index(source, waiting=refuse).indexed == 1


def test_one_waits_no_longer_than_it_may(app: Flask, tmp_path: Path) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")
    with app.app_context():
        another = LeaseHolder(app, index_lock.LEASE)
        assert another.take()
        with pytest.raises(ContentError, match=rf"process {os.getpid()} on .* since .* UTC.* run the command again"):
            service.index(source, wait_seconds=0.1)
        another.release()


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_without_tables_is_not_waited_for(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n"}), "/x/")
    url = f"sqlite:///{tmp_path}/empty.db"
    if kind == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.create("without_tables")
        url = server.url("without_tables")
    empty = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": url})
    with empty.app_context(), pytest.raises(DBAPIError) as refused:
        service.index(source)
    assert "Run `flask db upgrade`" in database_problem(refused.value)
    dispose(empty)


def test_one_that_lost_the_lock_writes_nothing(app: Flask, tmp_path: Path) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def lose(done: int, expected: int | None) -> None:
        db.session.execute(update(Lease).where(Lease.name == index_lock.LEASE).values(holder="another"))
        db.session.commit()

    with app.app_context(), pytest.raises(ContentError, match="run it again"):
        service.index(source, lose)
    assert factories.count(app, Source) == factories.count(app, Page) == 0


def test_one_that_failed_leaves_the_lock_to_the_next(app: Flask, tmp_path: Path) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def fail(done: int, expected: int | None) -> None:
        raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        service.index(source, fail)
    with app.app_context():
        assert db.session.scalar(select(Lease.until).where(Lease.name == index_lock.LEASE)) == 0
        assert service.index(source).indexed == 1
