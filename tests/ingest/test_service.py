"""Indexing: what is read, kept, replaced and removed, in one step, whoever reads or indexes beside it."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from chatkit.database.lease import Lease, LeaseHolder
from chatkit.database.orm import db
from chatkit.errors import ContentError
from chatkit.ingest import index_lock, service
from chatkit.ingest.folder import Folder
from chatkit.ingest.index_writer import BUNDLED_DOCS, UNNAMED_SOURCE
from chatkit.ingest.outcomes import IndexedPage, Outcome
from chatkit.ingest.page_source import MAX_PAGE_BYTES
from chatkit.search import retrieval
from chatkit.search.models import Page, PassageRow, Source
from tests import factories
from tests.servers import eventually


def _write(folder: Path, pages: Mapping[str, str]) -> Path:
    for name, content in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def _index(app: Flask, folder: Path, pages: Mapping[str, str], base_url: str = "/x/", **how: Any) -> service.Report:
    _write(folder, pages)
    with app.app_context():
        return service.index(Folder(folder, base_url, **how))


def _urls(app: Flask) -> list[str]:
    return sorted(row["url"] for row in factories.rows(app, Page.__table__))


def _stable_ids(app: Flask) -> dict[str, str]:
    return {row["body"]: row["stable_id"] for row in factories.rows(app, PassageRow.__table__)}


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
    assert _urls(app) == ["/one/a", "/one/b", "/two/a"]


def test_an_address_that_another_source_has_is_left_to_it(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n\none\n"})
    report = _index(app, tmp_path / "two", {"a.md": "# A\n\ntwo\n", "b.md": "# B\n\ntwo\n"})
    assert report.skipped == {"a.md": f"its address /x/a is that of a.md of {tmp_path / 'one'}"}
    assert _urls(app) == ["/x/a", "/x/b"]


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
    assert _urls(app) == ["/x/one", "/x/three", "/x/two"]


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
    assert _urls(app) == ["/y/a/"]


def test_a_page_that_cannot_be_read_now_stays_as_it_was(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n", "b.md": "# B\n\ntwo\n"})
    (tmp_path / "docs" / "a.md").write_bytes(b"\xff\xfe")
    report = _index(app, tmp_path / "docs", {})
    assert (report.unreadable, report.removed) == ({"a.md": "it is not UTF-8"}, 0)
    assert "one" in _stable_ids(app)


@contextmanager
def _unprivileged() -> Iterator[None]:
    """Be somebody whom permissions hold for."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_pages_of_a_folder_that_cannot_be_read_stay(app: Flask) -> None:
    with tempfile.TemporaryDirectory() as place:
        docs = Path(place)
        docs.chmod(0o755)
        _index(app, docs, {"a.md": "# A\n\none\n", "b/c/d.md": "# D\n\ntwo\n"})
        (docs / "b" / "c").chmod(0)
        try:
            with _unprivileged():
                source = Folder(docs, "/x/")
        finally:
            (docs / "b" / "c").chmod(0o755)
        with app.app_context():
            report = service.index(source)
    assert (report.unchanged, report.removed) == (1, 0)
    assert report.unreadable == {
        "b/c": "Permission denied",
        "b/c/d.md": "its folder cannot be read: Permission denied",
    }
    assert _urls(app) == ["/x/a", "/x/b/c/d"]


def test_what_is_no_regular_file_is_not_waited_for(app: Flask, tmp_path: Path) -> None:
    _write(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    os.mkfifo(tmp_path / "docs" / "b.md")
    report = _index(app, tmp_path / "docs", {}, generator="auto")
    assert report.unreadable == {"b.md": "it is no regular file"}


def test_a_folder_without_a_page_leaves_the_index_as_it_is(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n"})
    (tmp_path / "docs" / "a.md").unlink()
    with pytest.raises(ContentError, match="holds no page"):
        _index(app, tmp_path / "docs", {"a.txt": "text"})
    (tmp_path / "docs" / "a.md").write_bytes(b"\xff")
    (tmp_path / "docs" / "b.md").write_bytes(b"\xff")
    with pytest.raises(ContentError, match=r"a\.md: it is not UTF-8"):
        _index(app, tmp_path / "docs", {})
    assert _urls(app) == ["/x/a"]


def test_a_link_out_of_the_folder_is_not_followed(app: Flask, tmp_path: Path) -> None:
    _write(tmp_path, {"secret.md": "# Secret\n\nsecret\n"})
    _write(tmp_path / "docs", {"a.md": "# A\n\none\n", "real.md": "# Real\n\nreal\n"})
    (tmp_path / "docs" / "out.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "docs" / "within.md").symlink_to(tmp_path / "docs" / "real.md")
    (tmp_path / "docs" / "away").symlink_to(tmp_path)
    report = _index(app, tmp_path / "docs", {})
    assert report.unreadable == {"out.md": "it is a link that leads out of the folder"}
    assert _urls(app) == ["/x/a", "/x/real", "/x/within"]


@pytest.mark.parametrize("name", [".hidden/a.md", "node_modules/x/a.md", ".a.md", "404.html", "a.txt"])
def test_what_is_no_page_is_passed_over(app: Flask, tmp_path: Path, name: str) -> None:
    report = _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n", name: "# B\n"})
    assert (report.indexed, report.unreadable, report.skipped) == (1, {}, {})


def test_a_page_too_large_is_reported(app: Flask, tmp_path: Path) -> None:
    report = _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n", "b.md": "x" * (MAX_PAGE_BYTES + 1)})
    assert report.unreadable == {"b.md": "it is larger than 5 MB"}


def test_built_pages_are_indexed_where_they_say_they_are(app: Flask, tmp_path: Path) -> None:
    html = "<html><head>%s</head><main><h1 id=a>A</h1><p>one</p></main></html>"
    canonical = '<link rel=canonical href="%s">'
    pages = {
        "index.html": html % "",
        "a/index.html": html % (canonical % "https://docs.example.com/x/a"),
        "b.html": html % (canonical % "https://elsewhere.example.com/b"),
        "c/index.html": html % "<meta name=robots content=noindex>",
        "d.html": html % "" + "{% block x %}",
    }
    report = _index(app, tmp_path / "docs", pages, "https://docs.example.com/x/")
    assert _urls(app) == [f"https://docs.example.com/x/{place}" for place in ("", "a", "b.html")]
    assert report.skipped == {"c/index.html": "it asks not to be indexed", "d.html": "it is a template of pages"}
    with app.app_context():
        assert all(hit.url.endswith("#a") for hit in retrieval.search("one", 5))


BUILT = '<html><head><link rel=canonical href="https://docs.example.com/%s"></head><main><h1>%s</h1></main></html>'


def _titles(app: Flask) -> dict[str, str]:
    rows = factories.rows(app, Page.__table__)
    return {row["url"].removeprefix("https://docs.example.com/"): row["title"] for row in rows}


def test_an_address_belongs_to_the_page_there_and_not_to_its_copies(app: Flask, tmp_path: Path) -> None:
    pages = {"1.0/a.html": BUILT % ("2.0/a.html", "Old"), "1.0/b.html": BUILT % ("2.0/b.html", "Only here")}
    _index(app, tmp_path / "docs", pages, "https://docs.example.com/")
    assert _titles(app) == {"2.0/a.html": "Old", "2.0/b.html": "Only here"}
    for indexed in (1, 0):
        report = _index(
            app, tmp_path / "docs", {"2.0/a.html": BUILT % ("2.0/a.html", "New")}, "https://docs.example.com/"
        )
        assert (report.indexed, report.unchanged, report.removed) == (indexed, 2 - indexed, indexed)
        assert report.skipped == {"1.0/a.html": "its address https://docs.example.com/2.0/a.html is that of 2.0/a.html"}
        assert _titles(app) == {"2.0/a.html": "New", "2.0/b.html": "Only here"}


def test_a_built_page_says_how_it_is_encoded(app: Flask, tmp_path: Path) -> None:
    text = "<head><meta charset=%s></head><main><h1>Grüße – A</h1></main>"
    _write(tmp_path / "docs", {"a.md": "# A\n"})
    for name, encoding in (("a", "iso-8859-1"), ("b", "utf-8"), ("c", "nonsense")):
        content = (text % encoding).encode("cp1252" if name == "a" else "utf-8")
        (tmp_path / "docs" / f"{name}.html").write_bytes(content)
    (tmp_path / "docs" / "d.html").write_bytes(b"\xef\xbb\xbf<title>Gr\xc3\xbc\xc3\x9fe \xe2\x80\x93 A</title>")
    (tmp_path / "docs" / "e.html").write_bytes((text % "utf-8").encode("cp1252"))
    report = _index(app, tmp_path / "docs", {}, generator="chatkit")
    assert report.unreadable == {"e.html": "it is not UTF-8"}
    titles = {row["path"]: row["title"] for row in factories.rows(app, Page.__table__)}
    assert titles == {"a.md": "A"} | dict.fromkeys([f"{name}.html" for name in "abcd"], "Grüße – A")


def test_the_page_that_searches_a_site_is_left_out_and_one_about_searching_is_not(app: Flask, tmp_path: Path) -> None:
    page = "<main><h1>Search</h1><p>word</p></main>"
    pages = {"search.html": page, "1.0/search.html": page, "1.0/searchindex.js": "", "api/search.html": page}
    report = _index(app, tmp_path / "docs", pages)
    searching = "it is the page that searches the site"
    assert report.skipped == {"search.html": searching, "1.0/search.html": searching}
    assert _urls(app) == ["/x/api/search.html"]


def test_a_page_that_only_leads_to_another_is_left_out(app: Flask, tmp_path: Path) -> None:
    refresh = '<html><head><meta http-equiv="Refresh" content="%s"></head><h1>A</h1></html>'
    pages = {
        "a.html": refresh % "0; url=/new",
        "b.html": refresh % "0;URL='b.html'",
        "c.html": refresh % "30",
        "d.html": '<head><noscript><meta http-equiv=refresh content="0; url=/d"></noscript></head><h1>D</h1>',
    }
    report = _index(app, tmp_path / "docs", pages, "https://docs.example.com/")
    assert report.skipped == {"a.html": "it leads to https://docs.example.com/new"}
    assert report.indexed == 3


@pytest.mark.parametrize(
    ("given", "base_url"),
    [("HTTPS://Docs.Example.COM/X", "https://docs.example.com/X/"), ("/", "/"), ("/x//", "/x/")],
)
def test_a_base_url_is_kept_in_one_form(tmp_path: Path, given: str, base_url: str) -> None:
    assert Folder(_write(tmp_path / "docs", {"a.md": "# A\n"}), given).base_url == base_url


def test_a_folder_whose_pages_are_published_nowhere_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "docs", {"a.md": "# A\n"})
    with pytest.raises(ValueError, match="--base-url"):
        Folder(tmp_path / "docs", None)
    _write(tmp_path, {"mkdocs.yml": "site_url: https://docs.example.com\n"})
    assert Folder(tmp_path / "docs", None).base_url == "https://docs.example.com/"


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
    held = _Held(_write(tmp_path / "docs", {f"{number}.md": f"# {number}\n\nword\n" for number in range(5)}))
    reports: dict[str, service.Report] = {}
    waiting = threading.Event()

    def run(name: str, source: Folder) -> None:
        with app.app_context():
            reports[name] = service.index(source, waiting=waiting.set)

    first = threading.Thread(target=run, args=("first", held))
    second = threading.Thread(target=run, args=("second", Folder(tmp_path / "docs", "/x/")))
    first.start()
    assert held.begun.wait(30)
    second.start()
    assert waiting.wait(30)
    assert reports == {}
    held.go_on.set()
    first.join()
    second.join()
    assert (reports["first"].indexed, reports["second"].unchanged) == (5, 5)


def test_one_may_refuse_to_wait(app: Flask, tmp_path: Path) -> None:
    source = Folder(_write(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def refuse() -> None:
        raise ContentError("not now")

    with app.app_context():
        another = LeaseHolder(app, index_lock.LEASE)
        assert another.take()
        with pytest.raises(ContentError, match="not now"):
            service.index(source, waiting=refuse)
        another.release()
        assert service.index(source, waiting=refuse).indexed == 1


def test_one_that_lost_its_turn_writes_nothing(app: Flask, tmp_path: Path) -> None:
    source = Folder(_write(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def lose(done: int, expected: int | None) -> None:
        db.session.execute(update(Lease).where(Lease.name == index_lock.LEASE).values(holder="another"))
        db.session.commit()

    with app.app_context(), pytest.raises(ContentError, match="run it again"):
        service.index(source, lose)
    assert factories.count(app, Source) == factories.count(app, Page) == 0


def test_one_that_failed_leaves_the_turn_to_the_next(app: Flask, tmp_path: Path) -> None:
    source = Folder(_write(tmp_path / "docs", {"a.md": "# A\n\none\n"}), "/x/")

    def fail(done: int, expected: int | None) -> None:
        raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        service.index(source, fail)
    with app.app_context():
        assert db.session.scalar(select(Lease.until).where(Lease.name == index_lock.LEASE)) == 0
        assert service.index(source).indexed == 1


def test_progress_counts_every_page(app: Flask, tmp_path: Path) -> None:
    source = Folder(_write(tmp_path / "docs", {"a.md": "# A\n\none\n", "b.md": "# B\n\ntwo\n"}), "/x/")
    told: list[tuple[int, int | None]] = []
    with app.app_context():
        service.index(source, lambda done, expected: told.append((done, expected)))
    assert told == [(1, 2), (2, 2)]


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["content", *arguments])
    return result.exit_code, result.output


def test_the_command_reports_what_it_did_and_why(app: Flask, tmp_path: Path) -> None:
    docs = _write(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    _run(app, "index", str(docs), "--base-url", "/x/")
    _write(docs, {"b.md": "# B\n\ntwo\n", "a/index.md": "# A\n"})
    (docs / "c.md").write_bytes(b"\xff")
    code, output = _run(app, "index", str(docs), "--base-url", "/x/")
    assert code == 0
    assert f"{docs}, read as chatkit, published at /x/\n" in output
    assert "1 pages indexed (1 passages), 1 unchanged, 0 removed, 1 unreadable, 1 left out\n" in output
    assert "unreadable: c.md: it is not UTF-8\n" in output
    assert "left out: a/index.md: its address /x/a is that of a.md\n" in output


def test_the_command_takes_several_sources_each_with_a_base_url(app: Flask, tmp_path: Path) -> None:
    one = _write(tmp_path / "one", {"a.md": "# A\n"})
    two = _write(tmp_path / "two", {"a.md": "# A\n"})
    empty = _write(tmp_path / "empty", {"a.txt": ""})
    code, output = _run(app, "index", f"{one}=https://one.example/", str(empty), str(two), "--base-url", "/two/")
    assert code == 1
    assert f"{empty} holds no page that can be indexed." in output
    assert _urls(app) == ["/two/a", "https://one.example/a"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--base-url", "/"], "nowhere is neither a folder nor"),
        (["docs"], "add --base-url"),
        (["docs", "--base-url", "docs.example.com"], "docs.example.com is no base URL"),
        *(
            (["docs", "--base-url", url], said)
            for url, said in [
                ("//x/", "is no base URL"),
                ("/x/?v=1", "no query"),
                ("https://x/?v=1", "no query"),
                ("https://x/#a", "no fragment"),
                ("https://u:p@x/", "no user name"),
                ("https://", "no address of a website"),
                ("https://x:y/", "Port"),
                (f"https://x/{'y' * 1_000}", "at most 1,000 characters"),
            ]
        ),
        (["docs", "--base-url", "/", "--name", "x" * 1_001], "at most 1,000 characters"),
        (["https://example.com/", "--delay", "nan"], "a delay of nan seconds"),
        (["https://example.com/", "--delay", "-1"], "a delay of -1 seconds"),
        (["https://example.com/", "--delay", "inf"], "a delay of inf seconds"),
        (["https://example.com/", "--max-pages", "0"], "x>=1"),
        (["https://a:b@example.com/"], "no user name"),
        (["https:///x"], "no address of a website"),
        (["docs", "docs", "--base-url", "/", "--name", "x"], "--name is for one SOURCE"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(
    plain_app: Flask, tmp_path: Path, arguments: list[str], said: str
) -> None:
    _write(tmp_path / "docs", {"a.md": "# A\n"})
    code, output = _run(plain_app, "index", *arguments)
    assert code != 0
    assert said in output


def test_status_lists_every_source(app: Flask, tmp_path: Path) -> None:
    assert "Nothing is indexed" in _run(app, "status")[1]
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n\n## B\n\ntwo\n", "b.md": ""})
    code, output = _run(app, "status")
    assert code == 0
    assert output.startswith(
        f"{tmp_path / 'docs'}\n  read as chatkit, published at /x/\n  2 pages, 2 passages, last indexed "
    )


def test_a_source_or_a_page_can_be_removed(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n\nword\n", "b.md": "# B\n\nword\n", "c.md": "# C\n\nword\n"}, "/one/")
    _index(app, tmp_path / "two", {"d.md": "# D\n\nword\n"}, "/two/")
    assert _run(app, "remove", "/one/a") == (0, "1 pages removed.\n")
    assert _run(app, "remove", "b.md") == (0, "1 pages removed.\n")
    assert _urls(app) == ["/one/c", "/two/d"]
    os.chdir(tmp_path)
    assert _run(app, "remove", "one") == (0, "1 pages removed.\n")
    with app.app_context():
        assert [hit.url for hit in retrieval.search("word", 5)] == ["/two/d#d"]
    code, output = _run(app, "remove", "one")
    assert code == 1
    assert "Nothing is indexed under one" in output


def test_a_path_that_several_sources_have_removes_nothing(app: Flask, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _index(app, tmp_path / name, {"index.md": "# A\n\nword\n"}, f"/{name}/")
    code, output = _run(app, "remove", "index.md")
    assert code == 1
    assert f"Several sources have a page index.md: {tmp_path / 'one'}, {tmp_path / 'two'}." in output
    assert _urls(app) == ["/one/", "/two/"]
    assert _run(app, "remove", "/one/") == (0, "1 pages removed.\n")


def test_a_source_that_has_no_page_left_can_be_removed(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\nword\n"})
    _run(app, "remove", "a.md")
    assert _run(app, "remove", str(tmp_path / "docs")) == (0, "0 pages removed.\n")
    assert "Nothing is indexed" in _run(app, "status")[1]


def test_searching_prints_the_best_passages(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    code, output = _run(app, "search", "refill the oil")
    assert code == 0
    assert "/guide/lamps/oil#oil-lamps" in output


def test_a_search_for_less_than_one_passage_is_refused(plain_app: Flask) -> None:
    code, output = _run(plain_app, "search", "oil", "--limit", "-1")
    assert (code, "x>=1" in output) == (2, True)


def test_searching_in_vain_says_so(app: Flask) -> None:
    assert _run(app, "search", "penguins") == (0, "Nothing found.\n")
