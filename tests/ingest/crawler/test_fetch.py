"""Fetching: politely, within limits, and never from another site."""

import gzip
import itertools

import pytest
from flask import Flask

from chatkit.ingest.crawler import fetch
from tests.ingest.crawler.conftest import crawl, paths
from tests.website import Shown, Website, html, website


def test_an_answer_without_end_is_cut(site: Website) -> None:
    site.pages = {"/slow": Shown("x", drip_seconds=0.05)}
    with pytest.raises(fetch.FetchError, match=r"it takes longer than 0\.3 seconds"):
        fetch.Fetcher(site.origin, 0, response_seconds=0.3).get(f"{site.origin}/slow", 1_000)


def test_one_says_who_asks_and_waits_between_requests(
    app: Flask, site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages = {
        "/robots.txt": Shown("User-agent: *\nCrawl-delay: 0.1\n"),
        "/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c")),
        **{f"/{name}": html(name) for name in "abc"},
    }
    crawl(app, f"{site.origin}/")
    assert all(one.headers["User-Agent"].startswith("ChatKit/") for one in site.asked)
    times = [one.at for one in site.asked if one.path in {"/a", "/b", "/c"}]
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(times))


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
        report = crawl(app, f"{site.origin}/")
        assert other.asked == []
    assert paths(app, site) == ["/", "/b"]
    assert report.unreadable == {f"{site.origin}/away": f"it redirects to another site, {other.origin}"}
    assert report.skipped[f"{site.origin}/moved"] == f"it leads to {site.origin}/b"


def test_a_busy_site_is_given_time(app: Flask, site: Website) -> None:
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/a")), "/a": Shown("", 503, {"Retry-After": "0"})}

    def recover(path: str) -> None:
        if [one.path for one in site.asked].count("/a") == 2:
            site.pages["/a"] = html("A")

    site.before = recover
    assert crawl(app, f"{site.origin}/").indexed == 1


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
    report = crawl(app, f"{site.origin}/")
    skipped = reason.startswith("left out: ")
    found = report.skipped if skipped else report.unreadable
    assert found[f"{site.origin}/odd"].startswith(reason.removeprefix("left out: "))
    assert paths(app, site) == ["/a"]
