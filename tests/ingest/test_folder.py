"""A folder as a source: which files are pages, which are left out, and where each is published."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chatkit.ingest import folder, path_filter, service, unread_formats
from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import GENERATED_INDEX
from chatkit.ingest.page_deadline import page_deadline
from chatkit.ingest.page_source import MAX_PAGE_BYTES
from chatkit.ingest.path_filter import PathFilter
from chatkit.search import retrieval
from chatkit.search.models import Page, PassageRow
from tests import factories


def _index(app: Flask, folder: Path, pages: Mapping[str, str], base_url: str = "/x/", **how: Any) -> service.Report:
    return factories.index(app, folder, pages, base_url, **how)


def test_a_file_that_is_not_text_is_reported_and_the_rest_indexed(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "broken.md").write_bytes(b"\xff\xfe\x00")
    report = factories.index(app, tmp_path / "guide")
    assert list(report.unreadable) == ["broken.md"]
    assert report.indexed == 4


def test_a_page_that_takes_too_long_keeps_no_other_from_being_indexed(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "page_deadline", partial(page_deadline, 0.3))
    pages = {
        "deep.html": "<main>" * 50_000,
        "wide.html": "<p " + " ".join(f"a{number}" for number in range(50_000)) + ">a</p>",
        "slow.md": "![" * 100_000,
        "a.md": "# A\n\nOne.\n",
        "b.html": "<h1>B</h1><p>Two.</p>",
    }
    report = _index(app, tmp_path, pages)
    assert report.indexed == 2
    assert report.unreadable == {
        "deep.html": "its elements are nested too deep",
        "wide.html": "an element has more than 10,000 attributes",
        "slow.md": "it takes longer than 0.3 seconds to read",
    }


def test_a_nul_which_postgresql_does_not_take_is_replaced(app: Flask, tmp_path: Path) -> None:
    report = _index(app, tmp_path / "docs", {"odd.md": "# Odd\x00\n\nA \x00 inside.\n", "b.html": "<h1>B\x00</h1>"})
    assert (report.indexed, report.unreadable) == (2, {})
    assert [row["body"] for row in factories.rows(app, PassageRow.__table__)] == ["A \ufffd inside."]


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
    assert factories.page_urls(app) == ["/x/a", "/x/b/c/d"]


def test_what_is_no_regular_file_is_not_waited_for(app: Flask, tmp_path: Path) -> None:
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    os.mkfifo(tmp_path / "docs" / "b.md")
    report = _index(app, tmp_path / "docs", {}, generator="auto")
    assert report.unreadable == {"b.md": "it is no regular file"}


def test_a_link_out_of_the_folder_is_not_followed(app: Flask, tmp_path: Path) -> None:
    factories.write_pages(tmp_path, {"secret.md": "# Secret\n\nsecret\n"})
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n", "real.md": "# Real\n\nreal\n"})
    (tmp_path / "docs" / "out.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "docs" / "within.md").symlink_to(tmp_path / "docs" / "real.md")
    (tmp_path / "docs" / "away").symlink_to(tmp_path)
    report = _index(app, tmp_path / "docs", {})
    assert report.unreadable == {"out.md": "it is a link that leads out of the folder"}
    assert factories.page_urls(app) == ["/x/a", "/x/real", "/x/within"]


@pytest.mark.parametrize("name", [".hidden/a.md", "node_modules/x/a.md", ".a.md", "a.css"])
def test_what_is_no_page_is_passed_over(app: Flask, tmp_path: Path, name: str) -> None:
    report = _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n", name: "# B\n"})
    assert (report.indexed, report.unreadable, report.skipped) == (1, {}, {})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("404.html", "where there is no page"),
        *((f"b/c{suffix}", "build the site and index its HTML") for suffix in (*unread_formats.FORMATS, ".RST")),
    ],
)
def test_documentation_that_is_no_page_is_counted_with_the_reason(
    plain_app: Flask, tmp_path: Path, name: str, reason: str
) -> None:
    report = _index(plain_app, tmp_path / "docs", {"a.md": "# A\n\none\n", name: "B\n"})
    assert (report.indexed, list(report.skipped)) == (1, [name])
    assert reason in report.skipped[name]


@pytest.mark.parametrize(
    ("include", "exclude", "urls"),
    [
        (["guide/"], [], ["/x/guide/a", "/x/guide/b/c"]),
        ([], ["guide/"], ["/x/d"]),
        (["*.md", "!/d.md"], ["b/"], ["/x/guide/a"]),
        (["/guide/*.md"], [], ["/x/guide/a"]),
        ([], ["# no comment is a pattern"], ["/x/d", "/x/guide/a", "/x/guide/b/c"]),
    ],
)
def test_an_owner_chooses_pages_by_patterns(
    app: Flask, tmp_path: Path, include: list[str], exclude: list[str], urls: list[str]
) -> None:
    """What was indexed before and is not chosen any more goes."""
    pages = {"guide/a.md": "# A\n\none\n", "guide/b/c.md": "# C\n\none\n", "d.md": "# D\n\none\n"}
    _index(app, tmp_path / "docs", pages)
    report = _index(app, tmp_path / "docs", {}, paths=PathFilter(include, exclude))
    assert factories.page_urls(app) == urls
    assert set(report.skipped.values()) <= {path_filter.EXCLUDED, path_filter.NOT_INCLUDED}
    assert len(report.skipped) == report.removed == 3 - len(urls)


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
        "genindex.html": html % "<link rel=index title=Index href='#'>",
        "_sources/a.rst.txt": "A\n=\n",
    }
    report = _index(app, tmp_path / "docs", pages, "https://docs.example.com/x/")
    assert factories.page_urls(app) == [f"https://docs.example.com/x/{place}" for place in ("", "a", "b.html")]
    assert report.skipped == {
        "c/index.html": "it asks not to be indexed",
        "d.html": "it is a template of pages",
        "genindex.html": GENERATED_INDEX,
    }
    with app.app_context():
        assert all(hit.url.endswith("#a") for hit in retrieval.search("one", 5))


def test_a_built_page_says_how_it_is_encoded(app: Flask, tmp_path: Path) -> None:
    text = "<head><meta charset=%s></head><main><h1>Grüße – A</h1></main>"
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n"})
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
    assert factories.page_urls(app) == ["/x/api/search.html"]


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


def test_a_folder_whose_pages_are_published_nowhere_is_refused(tmp_path: Path) -> None:
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n"})
    with pytest.raises(ValueError, match="--base-url"):
        Folder(tmp_path / "docs", None)
    factories.write_pages(tmp_path, {"mkdocs.yml": "site_url: https://docs.example.com\n"})
    assert Folder(tmp_path / "docs", None).base_url == "https://docs.example.com/"


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("book.toml", '[book]\nsrc = "OUT"\n'),
        ("mkdocs.yml", "site_name: Site\ndocs_dir: OUT\n"),
        ("hugo.toml", 'baseURL = "https://example.com/"\ncontentDir = "OUT"\n'),
        ("_config.yml", "title: Site\nsource: OUT\n"),
        ("book.json", '{"root": "OUT"}'),
        (".gitbook.yaml", "root: OUT\n"),
        ("docusaurus.config.js", 'module.exports = {title: "Site", presets: [["classic", {docs: {path: "OUT"}}]]};\n'),
        (".vitepress/config.mjs", 'export default {title: "Site", srcDir: "OUT"};\n'),
    ],
)
def test_no_configuration_takes_pages_from_elsewhere_on_the_machine(name: str, config: str, tmp_path: Path) -> None:
    secret = {
        "secret.md": "# Secret\n",
        "SUMMARY.md": "# Summary\n\n- [Secret](secret.md)\n",
        "README.md": "# Elsewhere\n",
    }
    factories.write_pages(tmp_path / "elsewhere", secret)
    for out in ("../../elsewhere", str(tmp_path / "elsewhere")):
        site = factories.write_pages(
            tmp_path / "sites/site", {name: config.replace("OUT", out), "index.md": "# Start\n", "docs/a.md": "# A\n"}
        )
        assert not [path for path in _paths(site) if "elsewhere" in path or "secret" in path]


def _paths(site: Path) -> list[str]:
    """Return the pages of a site, none when it is refused for where its pages are."""
    with suppress(ValueError):
        return [outcome.path for outcome in Folder(site, "/x/").pages({})]
    return []
