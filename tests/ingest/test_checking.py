"""`flask content check`: what it takes for wrong on a live site and in its sitemap, and what not."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from chatkit.commands import content
from chatkit.ingest import checking
from chatkit.ingest.checking import PublishedPage
from tests import factories
from tests.servers import LOOPBACK, free_port
from tests.website import Shown, Website, html, website

PAGES = {"a.md": "# A\n\none\n\n## Part\n\ntwo\n", "b.md": "# B\n\none\n", "c/d.md": "# D\n\none\n"}
HTML = {"Content-Type": "text/html"}


def _page(*ids: str) -> Shown:
    return Shown("<main>" + "".join(f"<h2 id='{each}'>x</h2>" for each in ids) + "</main>", headers=HTML)


def _right() -> dict[str, Shown]:
    return {"/docs/a": _page("a", "part"), "/docs/b": _page("b"), "/docs/c/d": _page("d")}


def _check(app: Flask, site: Website, *arguments: str) -> Result:
    more = [] if "--at" in arguments else ["--at", f"{site.origin}/docs/"]
    return app.test_cli_runner().invoke(args=["content", "check", "--delay", "0", *more, *arguments])


def test_pages_that_stand_where_the_index_says_are_right(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "docs", PAGES, "/docs/")
    with website() as site:
        # A slash more or less, and a link's name, are as good.
        moved = Shown(status=301, headers={"Location": "/docs/b/"})
        site.pages = _right() | {"/docs/b": moved, "/docs/b/": Shown('<main><a class=x name="b">', headers=HTML)}
        result = _check(app, site)
    assert (result.exit_code, result.output) == (
        0,
        f"{tmp_path / 'docs'}: 3 of 3 pages, with 4 anchors, compared with {site.origin}/docs/, 0 wrong\n",
    )


@pytest.mark.parametrize(
    ("path", "shown", "problem"),
    [
        ("/docs/b", Shown("", 404), "b: the site answered 404"),
        ("/docs/b", Shown(status=302, headers={"Location": "/docs/"}), "/docs/b: it redirects to http"),
        ("/docs/b", Shown(status=302, headers={"Location": "https://x.example/"}), "b: it redirects to another site"),
        ("/docs/b", Shown("x", headers={"Content-Type": "text/plain"}), "b: it is text/plain, not HTML"),
        ("/docs/a", _page("part"), "/docs/a#a: nothing on the page has this anchor"),
        ("/docs/a", Shown("<p>id=a</p><!-- <p id=a> --><h2 id=part data-id=a>", headers=HTML), "/docs/a#a: nothing"),
    ],
)
def test_what_readers_would_find_wrong_is_said(
    plain_app: Flask, tmp_path: Path, path: str, shown: Shown, problem: str
) -> None:
    factories.index(plain_app, tmp_path / "docs", PAGES, "/docs/")
    with website() as site:
        site.pages = _right() | {path: shown, "/docs/": html("Start")}
        result = _check(plain_app, site)
    assert result.exit_code == 1
    assert "1 wrong\n" in result.output
    assert problem in result.output


def test_a_folder_is_checked_before_it_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    docs = factories.write_pages(tmp_path / "docs", PAGES)
    with website() as site:
        site.pages = _right() | {"/docs/a": _page("a")}
        arguments = ["check", f"{docs}={site.origin}/docs/", "--delay", "0", "--exclude", "c/"]
        result = CliRunner().invoke(content, arguments)
    assert result.exit_code == 1
    assert "2 of 2 pages, with 3 anchors" in result.output
    assert f"  a.md: {site.origin}/docs/a#part: nothing on the page has this anchor\n" in result.output
    assert not (tmp_path / "none.db").exists()


def test_the_sitemap_of_the_published_site_is_enough_for_addresses(plain_app: Flask, tmp_path: Path) -> None:
    factories.index(plain_app, tmp_path / "docs", PAGES, "https://docs.example.com/")
    with website() as site:
        assert "No sitemap of " in _check(plain_app, site, "--sitemap").output
        named = site.sitemap("/docs/a.html", "https://docs.example.com/b/", "https://other.example/c/d")
        site.pages = {"/docs/sitemap.xml": Shown(named)}
        result = _check(plain_app, site, "--sitemap")
    assert result.exit_code == 1
    assert result.output.endswith(f", 1 wrong\n  c/d.md: {site.origin}/docs/c/d: no sitemap names it\n")


def test_a_base_url_that_is_a_path_needs_a_site(plain_app: Flask, tmp_path: Path) -> None:
    factories.index(plain_app, tmp_path / "docs", PAGES, "/docs/")
    result = plain_app.test_cli_runner().invoke(args=["content", "check"])
    assert result.exit_code == 2
    assert "addresses begin with /docs/ on whatever site shows the widget: say where by --at URL." in result.output


def test_a_site_that_is_down_is_not_asked_for_every_page(plain_app: Flask, tmp_path: Path) -> None:
    factories.index(plain_app, tmp_path / "docs", PAGES, f"http://{LOOPBACK}:{free_port()}/")
    result = plain_app.test_cli_runner().invoke(args=["content", "check", "--delay", "0"])
    assert (result.exit_code, result.output.count("it cannot be reached")) == (1, 1)


@pytest.mark.parametrize(("command", "said"), [("check", "Nothing is indexed"), ("reindex", "No source is known")])
def test_without_a_source_there_is_nothing_to_do(plain_app: Flask, command: str, said: str) -> None:
    result = plain_app.test_cli_runner().invoke(args=["content", command])
    assert (result.exit_code, said in result.output) == (1, True)


def test_a_name_that_no_source_has_is_said(plain_app: Flask) -> None:
    result = plain_app.test_cli_runner().invoke(args=["content", "check", "nothing"])
    assert (result.exit_code, "No source is called nothing." in result.output) == (1, True)


def test_a_sample_takes_pages_of_every_part() -> None:
    pages = [PublishedPage(f"{number:02}.md", "", ()) for number in range(10)]
    assert [page.path for page in checking.sample(pages, 3)] == ["00.md", "03.md", "06.md"]
    assert checking.sample(pages, 10) == checking.sample(pages, 99) == pages
