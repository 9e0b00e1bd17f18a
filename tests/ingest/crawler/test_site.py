"""A site in: what is fetched, what is not, how politely, and how an interrupted crawl goes on."""

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from chatkit.errors import ContentError
from chatkit.ingest import inventory, service, urls
from chatkit.ingest.crawler import fetch, sitemap
from chatkit.ingest.crawler import site as crawler
from chatkit.ingest.crawler.site import Site
from chatkit.search import retrieval
from chatkit.search.models import Page
from tests import factories
from tests.conftest import Reused
from tests.servers import LOOPBACK, free_port
from tests.website import Shown, Website, html, website


@pytest.fixture
def site() -> Iterator[Website]:
    """Run a website of its own for a test."""
    with website() as running:
        yield running


@pytest.fixture
def app(plain_app: Flask) -> Flask:
    """Return the application on SQLite: fetching knows no database."""
    return plain_app


@pytest.fixture
def each_app(reused: Reused) -> Flask:
    """Return an application on each database, for what is kept from one crawl to the next."""
    return reused.app


def _crawl(app: Flask, address: str, **how: Any) -> service.Report:
    with app.app_context():
        return service.index(Site(address, Path("instance"), delay_seconds=0, **how))


def _urls(app: Flask, site: Website) -> list[str]:
    return sorted(row["url"].removeprefix(site.origin) for row in factories.rows(app, Page.__table__))


def test_the_pages_that_the_sitemap_names_are_indexed(app: Flask, site: Website) -> None:
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b/")),
        "/a": html("A", "/unnamed", text="Foghorns sound."),
        "/b/": html("B"),
        "/unnamed": html("C"),
    }
    report = _crawl(app, f"{site.origin}/")
    assert (report.indexed, report.unreadable, report.skipped) == (2, {}, {})
    assert _urls(app, site) == ["/a", "/b/"]
    with app.app_context():
        assert [hit.url for hit in retrieval.search("foghorns", 1)] == [f"{site.origin}/a#top"]


def test_without_a_sitemap_links_are_followed_within_the_site(app: Flask, site: Website) -> None:
    others = ("../outside", f"http://{LOOPBACK}:{free_port()}/", "pic.png", "?page=2", "mailto:a@b", "http://[")
    site.pages = {
        "/docs": Shown(status=301, headers={"Location": "/docs/"}),
        "/docs/": html("Start", "a", "/docs/b#part", *others),
        "/docs/a": html("A", "./", "v1.2"),
        "/docs/b": html("B"),
        "/docs/v1.2": html("V"),
        "/outside": html("Outside"),
    }
    report = _crawl(app, f"{site.origin}/docs")
    assert _urls(app, site) == ["/docs/", "/docs/a", "/docs/b", "/docs/v1.2"]
    assert report.unreadable == {}
    assert sorted(set(site.paths())) == ["/docs", "/docs/", "/docs/a", "/docs/b", "/docs/v1.2"]


def test_a_sitemap_may_be_named_by_robots_txt_packed_and_in_parts(app: Flask, site: Website) -> None:
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{site.origin}/one.xml.gz</loc></sitemap><sitemap><loc>{site.origin}/two.xml</loc></sitemap>"
        f"<sitemap><loc>http://{LOOPBACK}:1/elsewhere.xml</loc></sitemap></sitemapindex>"
    )
    site.pages = {
        "/robots.txt": Shown(f"Sitemap: {site.origin}/maps/index.xml\n"),
        "/maps/index.xml": Shown(index),
        "/one.xml.gz": Shown(gzip.compress(site.sitemap("/a").encode())),
        "/two.xml": Shown(site.sitemap("/b")),
        "/a": html("A"),
        "/b": html("B"),
    }
    _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/a", "/b"]


def test_every_sitemap_that_robots_txt_names_is_read(app: Flask, site: Website) -> None:
    names = "".join(f"Sitemap: {site.origin}/{name}.xml\n" for name in ("one", "none", "two"))
    site.pages = {
        "/robots.txt": Shown(names),
        "/one.xml": Shown(site.sitemap("/a")),
        "/two.xml": Shown(site.sitemap("/b")),
        "/a": html("A"),
        "/b": html("B"),
    }
    report = _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/a", "/b"]
    assert report.skipped == {f"{site.origin}/none.xml": "the sitemap cannot be read: the site answered 404"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Shown("", 500), "the site answered 500"),
        (Shown("", 404), "the site answered 404"),
        (Shown("<urlset"), "it is no sitemap"),
        (None, "is no address of a website"),
    ],
)
def test_one_bad_sitemap_of_several_keeps_no_page_from_being_read(
    each_app: Flask, site: Website, bad: Shown | None, reason: str
) -> None:
    index = "<sitemapindex><sitemap><loc>%s</loc></sitemap><sitemap><loc>%s/two.xml</loc></sitemap></sitemapindex>"
    site.pages = {
        "/sitemap.xml": Shown(index % (f"{site.origin}/one.xml", site.origin)),
        "/one.xml": Shown(site.sitemap("/a", "/gone")),
        "/two.xml": Shown(site.sitemap("/b")),
        "/a": html("A"),
        "/b": html("B"),
        "/gone": html("Gone"),
    }
    _crawl(each_app, f"{site.origin}/sitemap.xml")
    del site.pages["/gone"]
    one = f"{site.origin}/one.xml" if bad else "nonsense"
    site.pages |= {"/sitemap.xml": Shown(index % (one, site.origin)), "/one.xml": bad or Shown("", 404)}
    report = _crawl(each_app, f"{site.origin}/sitemap.xml")
    assert _urls(each_app, site) == ["/a", "/b"]
    assert (report.unchanged, report.removed) == (2, 1)
    assert reason in (report.unreadable | report.skipped)[one]


def test_a_version_is_a_folder_also_without_a_slash(app: Flask, site: Website) -> None:
    site.pages = {
        "/en/2.0": Shown(status=301, headers={"Location": "/en/2.0/"}),
        "/en/2.0/": html("2", "/en/1.0/", "/en/2.0/a.html"),
        "/en/2.0/a.html": html("A", "/en/2.0/b.html"),
        "/en/2.0/b.html": html("B"),
        "/en/1.0/": html("1"),
    }
    _crawl(app, f"{site.origin}/en/2.0")
    assert _urls(app, site) == ["/en/2.0/", "/en/2.0/a.html", "/en/2.0/b.html"]
    assert Site(f"{site.origin}/en/2.0/a.html", Path("instance")).base_url == f"{site.origin}/en/2.0/"


def test_a_sitemap_may_be_the_source(app: Flask, site: Website) -> None:
    site.pages = {"/maps/x.xml": Shown(site.sitemap("/a", f"http://{LOOPBACK}:1/b")), "/a": html("A")}
    _crawl(app, f"{site.origin}/maps/x.xml")
    assert _urls(app, site) == ["/a"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the site answered 404"),
        ("<urlset", "it is no sitemap"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>', "declares a document type"),
        ("<urlset/>", "it names no page"),
        (b"\x1f\x8bnot packed", "cannot be unpacked"),
        ("<urlset><url><loc>https://docs.example.com/a</loc></url></urlset>", "only pages of other sites"),
    ],
)
def test_a_sitemap_that_is_none_is_refused(app: Flask, site: Website, content: str | bytes | None, said: str) -> None:
    if content is not None:
        site.pages = {"/sitemap.xml": Shown(content)}
    with pytest.raises(ContentError, match=said):
        _crawl(app, f"{site.origin}/sitemap.xml")


def test_a_packed_sitemap_that_grows_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than 50 MB"):
        sitemap.parse(gzip.compress(b" " * (sitemap.MAX_SITEMAP_BYTES + 1)))


def test_robots_txt_is_obeyed(app: Flask, site: Website) -> None:
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: chatkit\nDisallow: /private*\nAllow: /private/but\n"
    site.pages = {
        "/robots.txt": Shown(robots),
        "/": html("Start", "/private", "/private/but", "/b"),
        "/private": html("Private"),
        "/private/but": html("But"),
        "/b": html("B"),
    }
    report = _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/", "/b", "/private/but"]
    assert report.skipped == {f"{site.origin}/private": "robots.txt does not allow it"}
    assert "/private" not in site.paths()


def test_a_site_whose_robots_txt_fails_is_left_alone(app: Flask, site: Website) -> None:
    site.pages = {"/robots.txt": Shown("", 500), "/": html("A")}
    with pytest.raises(ContentError, match=r"robots\.txt cannot be read: the site answered 500"):
        _crawl(app, f"{site.origin}/")
    site.pages["/robots.txt"] = Shown("", 403)
    assert _crawl(app, f"{site.origin}/").indexed == 1


@pytest.mark.parametrize("how", ["meta", "header"])
def test_a_page_that_asks_not_to_be_indexed_is_not(app: Flask, site: Website, how: str) -> None:
    asking = html("A", "/b", head="<meta name=robots content='NoIndex'>" if how == "meta" else "")
    if how == "header":
        asking = Shown(asking.body, headers=asking.headers | {"X-Robots-Tag": "noindex"})
    site.pages = {"/": html("Start", "/a"), "/a": asking, "/b": html("B")}
    report = _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/", "/b"]
    assert report.skipped == {f"{site.origin}/a": "it asks not to be indexed"}


def test_one_says_who_asks_and_waits_between_requests(
    app: Flask, site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages = {
        "/robots.txt": Shown("User-agent: *\nCrawl-delay: 0.1\n"),
        "/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c")),
        **{f"/{name}": html(name) for name in "abc"},
    }
    _crawl(app, f"{site.origin}/")
    assert all(one.headers["User-Agent"].startswith("ChatKit/") for one in site.asked)
    times = [one.at for one in site.asked if one.path in {"/a", "/b", "/c"}]
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(times))


def test_a_page_that_did_not_change_is_not_sent_again(each_app: Flask, site: Website) -> None:
    marked = {"ETag": '"1"', "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"}
    a = html("A")
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b")),
        "/a": Shown(a.body, headers=a.headers | marked),
        "/b": html("B"),
    }
    _crawl(each_app, f"{site.origin}/")
    site.asked.clear()
    report = _crawl(each_app, f"{site.origin}/")
    assert (report.indexed, report.unchanged) == (0, 2)
    [asked] = [one for one in site.asked if one.path == "/a"]
    assert (asked.headers["If-None-Match"], asked.headers["If-Modified-Since"]) == tuple(marked.values())
    site.pages["/a"] = Shown(html("A", text="Changed.").body, headers=a.headers | {"ETag": '"2"'})
    assert _crawl(each_app, f"{site.origin}/").indexed == 1


def test_what_changes_around_the_content_is_no_change(app: Flask, site: Website) -> None:
    site.pages = {"/": html("A", head="<meta name=csrf content=1>")}
    _crawl(app, f"{site.origin}/")
    site.pages = {"/": html("A", head="<meta name=csrf content=2>")}
    assert _crawl(app, f"{site.origin}/").unchanged == 1


def test_a_page_that_is_gone_is_removed_and_one_that_fails_is_kept(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b"), "/a": html("A"), "/b": html("B")}
    _crawl(each_app, f"{site.origin}/")
    site.pages |= {"/a": Shown("", 410), "/b": Shown("", 500)}
    report = _crawl(each_app, f"{site.origin}/")
    assert (report.unchanged, report.removed) == (1, 1)
    assert report.unreadable == {f"{site.origin}/b": "the site answered 500"}
    assert _urls(each_app, site) == ["/", "/b"]


def test_what_a_page_that_failed_links_to_is_found_the_next_time(each_app: Flask, site: Website) -> None:
    start = html("Start", "/a")
    site.pages = {"/": Shown(start.body, headers=start.headers | {"ETag": '"1"'}), "/a": Shown("", 500)}
    _crawl(each_app, f"{site.origin}/")
    site.pages["/a"] = html("A")
    assert _crawl(each_app, f"{site.origin}/").indexed == 1


def test_redirects_lead_only_within_the_site(app: Flask, site: Website) -> None:
    with website() as other:
        other.pages = {"/secret": html("Secret")}
        site.pages = {
            "/": html("Start", "/moved", "/away", "/loop"),
            "/moved": Shown(status=301, headers={"Location": "/b"}),
            "/b": html("B"),
            "/away": Shown(status=302, headers={"Location": f"{other.origin}/secret"}),
            "/loop": Shown(status=302, headers={"Location": "/loop"}),
        }
        report = _crawl(app, f"{site.origin}/")
        assert other.asked == []
    assert _urls(app, site) == ["/", "/b"]
    assert report.unreadable == {f"{site.origin}/away": f"it redirects to another site, {other.origin}"}
    assert report.skipped[f"{site.origin}/moved"] == f"it leads to {site.origin}/b"


def test_the_sitemap_and_robots_txt_are_not_fetched_from_elsewhere(app: Flask, site: Website) -> None:
    with website() as other:
        other.pages = {"/robots.txt": Shown(""), "/sitemap.xml": Shown(site.sitemap("/a"))}
        away = {"Location": f"{other.origin}/robots.txt"}
        site.pages = {"/robots.txt": Shown(status=302, headers=away), "/": html("A")}
        with pytest.raises(ContentError, match="redirects to another site"):
            _crawl(app, f"{site.origin}/")
        site.pages["/robots.txt"] = Shown(f"Sitemap: {other.origin}/sitemap.xml")
        _crawl(app, f"{site.origin}/")
        assert other.asked == []


def test_a_canonical_address_is_taken_when_it_is_of_the_site(app: Flask, site: Website) -> None:
    canonical = '<link rel=canonical href="%s">'
    site.pages = {
        "/": html("Start", "/a?x", "/b", "/c"),
        "/b": html("B", head=canonical % "/b/"),
        "/c": html("C", head=canonical % "https://elsewhere.example.com/c"),
    }
    _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/", "/b/", "/c"]


def test_the_page_that_a_copy_names_is_fetched_and_has_its_address(each_app: Flask, site: Website) -> None:
    canonical = '<link rel=canonical href="/new">'
    a, b = html("A", head=canonical), html("B", head='<link rel=canonical href="/gone">')
    site.pages = {
        "/": html("Start", "/a", "/b"),
        "/a": Shown(a.body, headers=a.headers | {"ETag": '"1"'}),
        "/b": b,
        "/new": html("New", head=canonical),
    }
    for _ in range(2):
        report = _crawl(each_app, f"{site.origin}/")
        assert report.skipped[f"{site.origin}/a"] == f"its address {site.origin}/new is that of {site.origin}/new"
        titles = {row["url"]: row["title"] for row in factories.rows(each_app, Page.__table__)}
        assert titles == {f"{site.origin}/": "Start", f"{site.origin}/gone": "B", f"{site.origin}/new": "New"}


def test_a_page_that_only_leads_to_another_is_followed(app: Flask, site: Website) -> None:
    refresh = '<meta http-equiv=refresh content="0; url=/%s">'
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b")),
        "/a": html("A", head=refresh % "new#part"),
        "/b": html("B", head=refresh % "b"),
        "/new": html("New"),
    }
    report = _crawl(app, f"{site.origin}/")
    assert report.skipped == {f"{site.origin}/a": f"it leads to {site.origin}/new"}
    assert _urls(app, site) == ["/b", "/new"]


def test_links_are_relative_to_what_the_page_says(app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "a", head='<base href="/sub/">'), "/sub/a": html("A")}
    _crawl(app, f"{site.origin}/")
    assert _urls(app, site) == ["/", "/sub/a"]


def test_a_copy_of_a_site_is_indexed_for_where_it_will_be(app: Flask, site: Website) -> None:
    published = "https://docs.example.com/x/"
    site.pages = {"/": html("Start", "/a"), "/a": html("A", head=f"<link rel=canonical href={published}a/>")}
    _crawl(app, f"{site.origin}/", base_url=published)
    assert _urls(app, site) == [published, f"{published}a/"]


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (Shown("%PDF", headers={"Content-Type": "application/pdf"}), "left out: it is application/pdf, not HTML"),
        (Shown(b"x" * 5_000_001, headers={"Content-Type": "text/html"}), "it is larger than 5 MB"),
        (Shown(gzip.compress(b"x" * 5_000_001), headers={"Content-Encoding": "gzip"}), "it is larger than 5 MB"),
        (Shown("not packed", headers={"Content-Encoding": "gzip"}), "it cannot be reached"),
        (Shown(status=0), "it cannot be reached"),
        (Shown("", 301), "left out: it leads to"),
        (Shown("", 302, {"Location": "file:///etc/passwd"}), "it redirects to what is no address"),
        (Shown("", 302, {"Location": "http://[bad"}), "it redirects to what is no address"),
        (Shown("", 429, {"Retry-After": "3600"}), "the site is too busy to answer"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_reason(app: Flask, site: Website, shown: Shown, reason: str) -> None:
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/a", "/odd")), "/a": html("A"), "/odd": shown}
    report = _crawl(app, f"{site.origin}/")
    skipped = reason.startswith("left out: ")
    found = report.skipped if skipped else report.unreadable
    assert found[f"{site.origin}/odd"].startswith(reason.removeprefix("left out: "))
    assert _urls(app, site) == ["/a"]


def test_an_answer_without_end_is_cut(site: Website) -> None:
    site.pages = {"/slow": Shown("x", drip_seconds=0.05)}
    with pytest.raises(fetch.FetchError, match=r"it takes longer than 0\.3 seconds"):
        fetch.Fetcher(site.origin, 0, response_seconds=0.3).get(f"{site.origin}/slow", 1_000)


def test_a_busy_site_is_given_time(app: Flask, site: Website) -> None:
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/a")), "/a": Shown("", 503, {"Retry-After": "0"})}

    def recover(path: str) -> None:
        if [one.path for one in site.asked].count("/a") == 2:
            site.pages["/a"] = html("A")

    site.before = recover
    assert _crawl(app, f"{site.origin}/").indexed == 1


def test_a_page_says_how_it_is_encoded(app: Flask, site: Website) -> None:
    text = "<html><head>%s</head><main><h1>Grüße</h1></main></html>"
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c", "/d")),
        "/a": Shown((text % "").encode("latin-1"), headers={"Content-Type": "text/html; charset=iso-8859-1"}),
        "/b": Shown((text % "<meta charset=iso-8859-1>").encode("latin-1"), headers={"Content-Type": "text/html"}),
        "/c": Shown(text % "", headers={"Content-Type": "text/html"}),
        "/d": Shown(text % "", headers={"Content-Type": "text/html; charset=nonsense"}),
    }
    _crawl(app, f"{site.origin}/")
    assert {row["title"] for row in factories.rows(app, Page.__table__)} == {"Grüße"}


def test_no_more_pages_are_fetched_than_allowed(app: Flask, site: Website) -> None:
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c"))} | {f"/{name}": html(name) for name in "abc"}
    report = _crawl(app, f"{site.origin}/", max_pages=2)
    assert site.paths() == ["/a", "/b"]
    assert report.unreadable == {f"{site.origin}/c": "it is beyond the first 2 pages"}


def _interrupted(app: Flask, address: str) -> Path:
    """Crawl two pages of a site, and return what is kept of that."""

    def interrupt(done: int, expected: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        service.index(Site(address, Path("instance"), delay_seconds=0), interrupt)
    [book] = Path("instance").glob("crawl-*")
    return book


def test_an_interrupted_crawl_goes_on_where_it_stopped(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b")} | {f"/{name}": html(name, "/c") for name in "abc"}
    _interrupted(each_app, f"{site.origin}/")
    assert factories.count(each_app, Page) == 0
    assert site.paths() == ["/", "/a"]
    assert _crawl(each_app, f"{site.origin}/").indexed == 4
    assert site.paths() == ["/b", "/c"]
    assert list(Path("instance").glob("crawl-*")) == []


def test_what_was_cut_off_while_it_was_kept_is_fetched_again(app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a"), "/a": html("A")}
    book = _interrupted(app, f"{site.origin}/")
    book.write_bytes(book.read_bytes()[:-20])
    site.paths()
    assert _crawl(app, f"{site.origin}/").indexed == 2
    assert site.paths() == ["/a"]


@pytest.mark.parametrize("damage", [b"{\n", b"[]\n", b'{"kind": "Parsed", "links": []}\n', b"\xff\n"])
@pytest.mark.parametrize("line", [0, 1, 2])
def test_what_is_damaged_is_fetched_again_with_all_that_follows(
    app: Flask, site: Website, damage: bytes, line: int
) -> None:
    site.pages = {"/": html("Start", "/a"), "/a": html("A")}
    book = _interrupted(app, f"{site.origin}/")
    lines = book.read_bytes().splitlines(keepends=True)
    book.write_bytes(b"".join([*lines[:line], damage, *lines[line + 1 :]]))
    site.paths()
    assert _crawl(app, f"{site.origin}/").indexed == 2
    assert site.paths() == ["/", "/a"][max(line - 1, 0) :]


@pytest.mark.parametrize("how", [{"base_url": "https://docs.example.com/"}, {"name": "docs"}])
def test_a_crawl_that_is_another_begins_anew(app: Flask, site: Website, how: dict[str, str]) -> None:
    site.pages = {"/": html("Start", "/a"), "/a": html("A")}
    _interrupted(app, f"{site.origin}/")
    site.paths()
    assert _crawl(app, f"{site.origin}/", **how).indexed == 2
    assert site.paths() == ["/", "/a"]
    base = how.get("base_url", f"{site.origin}/")
    assert {row["url"] for row in factories.rows(app, Page.__table__)} == {base, f"{base}a"}


def test_what_has_left_the_index_since_an_interruption_is_fetched_again(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b"), "/a": html("A"), "/b": html("B")}
    _crawl(each_app, f"{site.origin}/")
    _interrupted(each_app, f"{site.origin}/")
    with each_app.app_context():
        inventory.remove(f"{site.origin}/")
    report = _crawl(each_app, f"{site.origin}/")
    assert (report.indexed, report.unchanged) == (3, 0)
    assert _urls(each_app, site) == ["/", "/a", "/b"]


def test_a_site_that_is_down_in_the_middle_is_gone_on_with_later(app: Flask, site: Website) -> None:
    names = [f"/{number}" for number in range(10)]
    site.pages = {"/sitemap.xml": Shown(site.sitemap(*names))} | {name: html(name) for name in names}
    site.pages |= dict.fromkeys(names[2:], Shown(status=0))
    with pytest.raises(ContentError, match="goes on where this one stopped"):
        _crawl(app, f"{site.origin}/")
    assert len(site.paths()) == 2 + crawler.MAX_UNREACHABLE
    site.pages |= {name: html(name) for name in names}
    assert _crawl(app, f"{site.origin}/").indexed == 10
    assert site.paths() == names[2:]


def test_a_site_that_is_not_there_says_so(app: Flask) -> None:
    with pytest.raises(ContentError, match="cannot be reached"):
        _crawl(app, f"http://{LOOPBACK}:{free_port()}/")


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("HTTP://Docs.Example.COM:80", "http://docs.example.com/"),
        ("https://docs.example.com:443/a?b#c", "https://docs.example.com/a?b"),
        ("http://docs.example.com:8080/a", "http://docs.example.com:8080/a"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("http://a/ü b%20c?d=e f", "http://a/%C3%BC%20b%20c?d=e%20f"),
    ],
)
def test_addresses_are_compared_in_one_form(address: str, result: str) -> None:
    assert urls.normalize(address) == result


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://a/b", "http://", "http://user@example.com/", "http://a:b/"]
)
def test_what_is_no_address_of_a_website_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|Port"):
        urls.normalize(address)


def test_the_command_takes_the_address_of_a_site(app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a"), "/a": html("A")}
    arguments = ["content", "index", f"{site.origin}/=https://docs.example.com/", "--delay", "0"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    assert "2 pages indexed (2 passages)" in result.output
    assert _urls(app, site) == ["https://docs.example.com/", "https://docs.example.com/a"]
    result = app.test_cli_runner().invoke(args=["content", "remove", f"{site.origin}/"])
    assert result.output == "2 pages removed.\n"
