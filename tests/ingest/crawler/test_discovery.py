"""What a site says of its own pages: robots.txt and sitemaps."""

import gzip

import pytest
from flask import Flask

from chatkit.errors import ContentError
from chatkit.search import retrieval
from tests.ingest.crawler.conftest import crawl, paths
from tests.servers import LOOPBACK
from tests.website import Shown, Website, html, website


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
    crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/a", "/b"]


def test_every_sitemap_that_robots_txt_names_is_read(app: Flask, site: Website) -> None:
    names = "".join(f"Sitemap: {site.origin}/{name}.xml\n" for name in ("one", "none", "two"))
    site.pages = {
        "/robots.txt": Shown(names),
        "/one.xml": Shown(site.sitemap("/a")),
        "/two.xml": Shown(site.sitemap("/b")),
        "/a": html("A"),
        "/b": html("B"),
    }
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/a", "/b"]
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
    crawl(each_app, f"{site.origin}/sitemap.xml")
    del site.pages["/gone"]
    one = f"{site.origin}/one.xml" if bad else "nonsense"
    site.pages |= {"/sitemap.xml": Shown(index % (one, site.origin)), "/one.xml": bad or Shown("", 404)}
    report = crawl(each_app, f"{site.origin}/sitemap.xml")
    assert paths(each_app, site) == ["/a", "/b"]
    assert (report.unchanged, report.removed) == (2, 1)
    assert reason in (report.unreadable | report.skipped)[one]


def test_a_sitemap_may_be_the_source(app: Flask, site: Website) -> None:
    site.pages = {"/maps/x.xml": Shown(site.sitemap("/a", f"http://{LOOPBACK}:1/b")), "/a": html("A")}
    crawl(app, f"{site.origin}/maps/x.xml")
    assert paths(app, site) == ["/a"]


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
        crawl(app, f"{site.origin}/sitemap.xml")


def test_a_site_whose_robots_txt_fails_is_left_alone(app: Flask, site: Website) -> None:
    site.pages = {"/robots.txt": Shown("", 500), "/": html("A")}
    with pytest.raises(ContentError, match=r"robots\.txt cannot be read: the site answered 500"):
        crawl(app, f"{site.origin}/")
    site.pages["/robots.txt"] = Shown("", 403)
    assert crawl(app, f"{site.origin}/").indexed == 1


def test_the_sitemap_and_robots_txt_are_not_fetched_from_elsewhere(app: Flask, site: Website) -> None:
    with website() as other:
        other.pages = {"/robots.txt": Shown(""), "/sitemap.xml": Shown(site.sitemap("/a"))}
        away = {"Location": f"{other.origin}/robots.txt"}
        site.pages = {"/robots.txt": Shown(status=302, headers=away), "/": html("A")}
        with pytest.raises(ContentError, match="redirects to another site"):
            crawl(app, f"{site.origin}/")
        site.pages["/robots.txt"] = Shown(f"Sitemap: {other.origin}/sitemap.xml")
        crawl(app, f"{site.origin}/")
        assert other.asked == []


def test_the_pages_that_the_sitemap_names_are_indexed(app: Flask, site: Website) -> None:
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b/")),
        "/a": html("A", "/unnamed", text="Foghorns sound."),
        "/b/": html("B"),
        "/unnamed": html("C"),
    }
    report = crawl(app, f"{site.origin}/")
    assert (report.indexed, report.unreadable, report.skipped) == (2, {}, {})
    assert paths(app, site) == ["/a", "/b/"]
    with app.app_context():
        assert [hit.url for hit in retrieval.search("foghorns", 1)] == [f"{site.origin}/a#top"]


def test_a_broken_sitemap_is_read_and_reported(app: Flask, site: Website) -> None:
    site.pages = {"/sitemap.xml": Shown(f"\n{site.sitemap('/a', '/b?c&d')}"), "/a": html("A"), "/b?c&d": html("B")}
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/a", "/b?c&d"]
    [(place, note)] = report.notes.items()
    assert place == f"{site.origin}/sitemap.xml"
    assert "read as far as it can be: XML or text declaration not at start" in note


def test_no_page_is_taken_to_be_gone_because_a_sitemap_is_cut_off(each_app: Flask, site: Website) -> None:
    whole = site.sitemap("/a", "/b")
    site.pages = {"/sitemap.xml": Shown(whole), "/a": html("A"), "/b": html("B")}
    crawl(each_app, f"{site.origin}/")
    site.pages["/sitemap.xml"] = Shown(whole[: whole.rindex("<url>")])
    assert crawl(each_app, f"{site.origin}/").removed == 0


def test_a_sitemap_may_be_plain_text_and_name_pages_by_paths(app: Flask, site: Website) -> None:
    site.pages = {
        "/sitemap.txt": Shown(f"{site.origin}/a\n{site.origin.upper()}/b\n"),
        "/relative.xml": Shown("<urlset><url><loc>/c</loc></url></urlset>"),
        **{f"/{name}": html(name) for name in "abc"},
    }
    crawl(app, f"{site.origin}/sitemap.txt")
    assert paths(app, site) == ["/a", "/b"]
    crawl(app, f"{site.origin}/relative.xml")
    assert paths(app, site) == ["/a", "/b", "/c"]
