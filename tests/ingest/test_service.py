"""Indexing: what is kept, replaced and removed, in one step, whoever reads beside it."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from chatkit.database.orm import db
from chatkit.errors import ContentError
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.ingest.index_writer import BUNDLED_DOCS, UNNAMED_SOURCE
from chatkit.ingest.outcomes import IndexedPage, Outcome
from chatkit.search import retrieval
from chatkit.search.models import Page, PassageRow, Source
from tests import factories
from tests.servers import eventually


def _index(app: Flask, folder: Path, pages: Mapping[str, str], base_url: str = "/x/", **how: Any) -> service.Report:
    return factories.index(app, folder, pages, base_url, **how)


def _stable_ids(app: Flask) -> dict[str, str]:
    return {row["body"]: row["stable_id"] for row in factories.rows(app, PassageRow.__table__)}


def test_indexing_reports_what_it_did(app: Flask, tmp_path: Path) -> None:
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged, report.removed, report.unreadable) == (4, 0, 0, {})
    assert report.passages == factories.count(app, PassageRow)


def test_indexing_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    before = factories.rows(app, PassageRow.__table__)
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged) == (0, 4)
    assert factories.rows(app, PassageRow.__table__) == before


def test_a_changed_page_is_indexed_again_and_found_by_its_new_words(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    report = factories.index(app, tmp_path / "guide", {"foghorn.md": "# Foghorn\n\nIt is now a trumpet.\n"})
    assert (report.indexed, report.unchanged) == (1, 3)
    with app.app_context():
        assert [hit.url for hit in retrieval.search("trumpet", 5)] == ["/guide/foghorn#foghorn"]
        assert retrieval.search("thirty seconds", 5) == []


def test_a_page_that_is_gone_is_removed_from_the_search(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    (tmp_path / "guide" / "foghorn.md").unlink()
    assert factories.index(app, tmp_path / "guide", {}).removed == 1
    with app.app_context():
        assert retrieval.search("foghorn", 5) == []
    assert factories.count(app, Page) == 3


def test_two_pages_with_the_same_text_are_both_indexed(app: Flask, tmp_path: Path) -> None:
    text = "# Same\n\nThe same words.\n"
    report = factories.index(app, tmp_path / "guide", {"a.md": text, "b.md": text})
    assert report.indexed == 2
    with app.app_context():
        assert len(retrieval.search("words", 5)) == 2


BUILT = '<html><head><link rel=canonical href="https://docs.example.com/%s"></head><main><h1>%s</h1></main></html>'


def _titles(app: Flask) -> dict[str, str]:
    rows = factories.rows(app, Page.__table__)
    return {row["url"].removeprefix("https://docs.example.com/"): row["title"] for row in rows}


def test_a_page_knows_its_source_and_its_link(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a b.md": "# A\n\none\n"}, "https://docs.example.com/x")
    [page], [source] = factories.rows(app, Page.__table__), factories.rows(app, Source.__table__)
    assert (page["path"], page["url"], page["title"]) == ("a b.md", "https://docs.example.com/x/a%20b", "A")
    assert (source["name"], source["base_url"], source["generator"]) == (
        str(tmp_path / "docs"),
        "https://docs.example.com/x/",
        "chatkit",
    )
    assert page["source_id"] == source["id"]


def test_indexing_one_source_leaves_the_others(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n", "b.md": "# B\n\ntext\n"}, "/one/")
    report = _index(app, tmp_path / "two", {"a.md": "# A\n\ntext\n"}, "/two/")
    assert (report.indexed, report.removed) == (1, 0)
    assert factories.page_urls(app) == ["/one/a", "/one/b", "/two/a"]


def test_an_address_that_another_source_has_is_left_to_it(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n\none\n"})
    report = _index(app, tmp_path / "two", {"a.md": "# A\n\ntwo\n", "b.md": "# B\n\ntwo\n"})
    assert report.skipped == {"a.md": f"its address /x/a is that of a.md of {tmp_path / 'one'}"}
    assert factories.page_urls(app) == ["/x/a", "/x/b"]


def test_of_two_files_with_one_address_the_first_is_indexed(app: Flask, tmp_path: Path) -> None:
    pages = {"a.md": "# A\n\nfirst\n", "a/index.md": "# A\n\nsecond\n"}
    for _ in range(2):
        report = _index(app, tmp_path / "docs", pages)
        assert list(report.skipped) == ["a/index.md"]
        assert [row["path"] for row in factories.rows(app, Page.__table__)] == ["a.md"]


def test_two_pages_may_exchange_their_addresses(app: Flask, tmp_path: Path) -> None:
    page = "---\nslug: /%s\n---\n# Same\n\nThe same words.\n"
    how = {"generator": "docusaurus"}
    _index(app, tmp_path / "docs", {"a.md": page % "one", "b.md": page % "two"}, **how)
    report = _index(app, tmp_path / "docs", {"a.md": page % "two", "b.md": page % "one"}, **how)
    assert report.indexed == 2
    assert {row["path"]: row["url"] for row in factories.rows(app, Page.__table__)} == {
        "a.md": "/x/two",
        "b.md": "/x/one",
    }


def test_ids_of_unchanged_text_survive(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n\n## B\n\ntwo\n", "b.md": "# C\n\nthree\n"})
    before = _stable_ids(app)
    _index(app, tmp_path / "docs", {"a.md": "# A\n\nchanged\n\n## B\n\ntwo\n"})
    after = _stable_ids(app)
    assert {body: after[body] for body in ("two", "three")} == {body: before[body] for body in ("two", "three")}
    assert "one" not in after


def test_a_folder_that_moved_is_the_same_source(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "checkout-1", {"a.md": "# A\n\none\n", "b.md": "# B\n\ntwo\n"})
    (tmp_path / "checkout-1").rename(tmp_path / "checkout-2")
    (tmp_path / "checkout-2" / "b.md").unlink()
    report = _index(app, tmp_path / "checkout-2", {})
    assert (report.indexed, report.unchanged, report.removed) == (0, 1, 1)
    assert [row["name"] for row in factories.rows(app, Source.__table__)] == [str(tmp_path / "checkout-2")]


def test_of_folders_that_moved_each_is_known_again(app: Flask, tmp_path: Path) -> None:
    names = ("blog", "docs")
    for name in reversed(names):
        _index(app, tmp_path / "checkout-1" / name, {f"{name}.md": f"# {name}\n\nword\n"})
    (tmp_path / "checkout-1").rename(tmp_path / "checkout-2")
    for name in names:
        report = _index(app, tmp_path / "checkout-2" / name, {})
        assert (report.unchanged, report.removed) == (1, 0)
    sources = {row["name"] for row in factories.rows(app, Source.__table__)}
    assert sources == {str(tmp_path / "checkout-2" / name) for name in names}


def test_a_folder_that_may_be_either_of_two_is_neither(app: Flask, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _index(app, tmp_path / "checkout-1" / name, {f"{name}.md": f"# {name}\n\nword\n"})
    (tmp_path / "checkout-1").rename(tmp_path / "checkout-2")
    assert _index(app, tmp_path / "checkout-2" / "three", {"three.md": "# 3\n\nword\n"}).removed == 0
    assert factories.page_urls(app) == ["/x/one", "/x/three", "/x/two"]


def test_a_named_source_is_the_same_wherever_it_stands(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n\none\n"}, name="docs")
    report = _index(app, tmp_path / "two", {"a.md": "# A\n\none\n"}, name="docs")
    assert (report.indexed, report.unchanged, report.skipped) == (0, 1, {})


@pytest.mark.parametrize("name", [BUNDLED_DOCS, UNNAMED_SOURCE])
def test_pages_that_are_there_by_default_give_way_to_the_owners(app: Flask, tmp_path: Path, name: str) -> None:
    _index(app, tmp_path / "default", {"a.md": "# A\n\ntext\n", "b.md": "# B\n\ntext\n"}, name=name)
    report = _index(app, tmp_path / "docs", {"a.md": "# A\n\ntext\n"})
    assert (report.indexed, report.skipped) == (1, {})
    assert [row["name"] for row in factories.rows(app, Source.__table__)] == [str(tmp_path / "docs")]
    with app.app_context():
        assert [hit.url for hit in retrieval.search("text", 5)] == ["/x/a#a"]


def test_another_base_url_or_generator_reads_every_page_again(app: Flask, tmp_path: Path) -> None:
    pages = {"a.md": "# A\n\none\n"}
    _index(app, tmp_path / "docs", pages)
    assert _index(app, tmp_path / "docs", pages, "/y/").indexed == 1
    assert _index(app, tmp_path / "docs", pages, "/y/", generator="mkdocs").indexed == 1
    assert factories.page_urls(app) == ["/y/a/"]


def test_a_page_that_cannot_be_read_now_stays_as_it_was(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n", "b.md": "# B\n\ntwo\n"})
    (tmp_path / "docs" / "a.md").write_bytes(b"\xff\xfe")
    report = _index(app, tmp_path / "docs", {})
    assert (report.unreadable, report.removed) == ({"a.md": "it is not UTF-8"}, 0)
    assert "one" in _stable_ids(app)


def test_a_folder_without_a_page_leaves_the_index_as_it_is(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n"})
    (tmp_path / "docs" / "a.md").unlink()
    with pytest.raises(ContentError, match="holds no page"):
        _index(app, tmp_path / "docs", {"a.css": "text"})
    (tmp_path / "docs" / "a.md").write_bytes(b"\xff")
    (tmp_path / "docs" / "b.md").write_bytes(b"\xff")
    with pytest.raises(ContentError, match=r"a\.md: it is not UTF-8"):
        _index(app, tmp_path / "docs", {})
    assert factories.page_urls(app) == ["/x/a"]


def test_an_address_belongs_to_the_page_there_and_not_to_its_copies(app: Flask, tmp_path: Path) -> None:
    pages = {"mirror/a.html": BUILT % ("docs/a.html", "Old"), "mirror/b.html": BUILT % ("docs/b.html", "Only here")}
    _index(app, tmp_path / "docs", pages, "https://docs.example.com/")
    assert _titles(app) == {"docs/a.html": "Old", "docs/b.html": "Only here"}
    for indexed in (1, 0):
        report = _index(
            app, tmp_path / "docs", {"docs/a.html": BUILT % ("docs/a.html", "New")}, "https://docs.example.com/"
        )
        assert (report.indexed, report.unchanged, report.removed) == (indexed, 2 - indexed, indexed)
        assert report.skipped == {
            "mirror/a.html": "its address https://docs.example.com/docs/a.html is that of docs/a.html"
        }
        assert _titles(app) == {"docs/a.html": "New", "docs/b.html": "Only here"}


def test_readers_see_all_of_the_old_or_all_of_the_new(app: Flask, tmp_path: Path) -> None:
    numbers = range(250)
    _index(app, tmp_path / "docs", {f"{number}.md": "# Old\n\nword\n" for number in numbers})
    seen, stop = list[tuple[tuple[str, int], ...]](), threading.Event()

    def watch() -> None:
        with app.app_context():
            while not stop.is_set():
                counted = db.session.execute(text("SELECT heading, count(*) FROM passages GROUP BY heading"))
                seen.append(tuple((heading, count) for heading, count in counted))
                db.session.rollback()

    reader = threading.Thread(target=watch)
    reader.start()
    try:
        eventually(lambda: seen)
        _index(app, tmp_path / "docs", {f"{number}.md": "# New\n\nword\n" for number in numbers})
        after = len(seen)
        eventually(lambda: len(seen) > after + 1)
    finally:
        stop.set()
        reader.join()
    assert set(seen) == {(("Old", len(numbers)),), (("New", len(numbers)),)}


def test_progress_counts_every_page(app: Flask, tmp_path: Path) -> None:
    source = Folder(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n", "b.md": "# B\n\ntwo\n"}), "/x/")
    told: list[tuple[int, int | None]] = []
    with app.app_context():
        service.index(source, lambda done, expected: told.append((done, expected)))
    assert told == [(1, 2), (2, 2)]


class _Ended(Folder):
    """A folder of which a process that reads its pages is ended."""

    def pages(self, indexed: Mapping[str, IndexedPage]) -> Iterator[Outcome]:
        yield from super().pages(indexed)
        raise BrokenProcessPool


def test_a_process_that_is_ended_leaves_the_index_as_it_is_and_says_what_to_do(app: Flask, tmp_path: Path) -> None:
    source = _Ended(factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")
    with app.app_context(), pytest.raises(ContentError, match=r"ended from outside.* run the command again"):
        service.index(source)
    assert factories.count(app, Page) == 0
