"""A site as a source: which of its pages are indexed, under which address, and what is not fetched again."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.errors import ContentError
from chatkit.ingest.crawler.site import Site
from chatkit.ingest.outcomes import GENERATED_INDEX
from chatkit.ingest.path_filter import EXCLUDED, NOT_INCLUDED, PathFilter
from chatkit.search import retrieval
from chatkit.search.models import Page
from chatkit.search.stated import Stated
from tests import factories
from tests.ingest.crawler.conftest import crawl, paths
from tests.servers import LOOPBACK, free_port
from tests.website import Shown, Website, html

# Where readers go whose browser runs no scripts.
NO_SCRIPTS = '<noscript><meta http-equiv=refresh content="0; url=/new"></noscript>'


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
    report = crawl(app, f"{site.origin}/docs")
    assert paths(app, site) == ["/docs/", "/docs/a", "/docs/b", "/docs/v1.2"]
    assert report.unreadable == {}
    assert sorted(set(site.paths())) == ["/docs", "/docs/", "/docs/a", "/docs/b", "/docs/v1.2"]


def test_a_version_is_a_folder_also_without_a_slash(app: Flask, site: Website) -> None:
    site.pages = {
        "/en/2.0": Shown(status=301, headers={"Location": "/en/2.0/"}),
        "/en/2.0/": html("2", "/en/1.0/", "/en/2.0/a.html"),
        "/en/2.0/a.html": html("A", "/en/2.0/b.html"),
        "/en/2.0/b.html": html("B"),
        "/en/1.0/": html("1"),
    }
    crawl(app, f"{site.origin}/en/2.0")
    assert paths(app, site) == ["/en/2.0/", "/en/2.0/a.html", "/en/2.0/b.html"]
    assert Site(f"{site.origin}/en/2.0/a.html", Path("instance")).base_url == f"{site.origin}/en/2.0/"


def test_robots_txt_is_obeyed(app: Flask, site: Website) -> None:
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: chatkit\nDisallow: /private*\nAllow: /private/but\n"
    site.pages = {
        "/robots.txt": Shown(robots),
        "/": html("Start", "/private", "/private/but", "/b"),
        "/private": html("Private"),
        "/private/but": html("But"),
        "/b": html("B"),
    }
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/b", "/private/but"]
    assert report.skipped == {f"{site.origin}/private": "robots.txt does not allow it"}
    assert "/private" not in site.paths()


@pytest.mark.parametrize("how", ["meta", "header"])
def test_a_page_that_asks_not_to_be_indexed_is_not(app: Flask, site: Website, how: str) -> None:
    asking = html("A", "/b", head="<meta name=robots content='NoIndex'>" if how == "meta" else "")
    if how == "header":
        asking = Shown(asking.body, headers=asking.headers | {"X-Robots-Tag": "noindex"})
    site.pages = {"/": html("Start", "/a"), "/a": asking, "/b": html("B")}
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/b"]
    assert report.skipped == {f"{site.origin}/a": "it asks not to be indexed"}


def test_an_index_that_sphinx_made_is_no_page_and_its_links_are_followed(app: Flask, site: Website) -> None:
    made = html("Index", "/b", head="<link rel=index title=Index href='#'>")
    site.pages = {"/": html("Start", "/genindex"), "/genindex": made, "/b": html("B")}
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/b"]
    assert report.skipped == {f"{site.origin}/genindex": GENERATED_INDEX}


def test_a_page_that_did_not_change_is_not_sent_again(each_app: Flask, site: Website) -> None:
    marked = {"ETag": '"1"', "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"}
    a = html("A")
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b")),
        "/a": Shown(a.body, headers=a.headers | marked),
        "/b": html("B"),
    }
    crawl(each_app, f"{site.origin}/")
    site.asked.clear()
    report = crawl(each_app, f"{site.origin}/")
    assert (report.indexed, report.unchanged) == (0, 2)
    [asked] = [one for one in site.asked if one.path == "/a"]
    assert (asked.headers["If-None-Match"], asked.headers["If-Modified-Since"]) == tuple(marked.values())
    site.pages["/a"] = Shown(html("A", text="Changed.").body, headers=a.headers | {"ETag": '"2"'})
    assert crawl(each_app, f"{site.origin}/").indexed == 1


def test_what_changes_around_the_content_is_no_change(app: Flask, site: Website) -> None:
    site.pages = {"/": html("A", head="<meta name=csrf content=1>")}
    crawl(app, f"{site.origin}/")
    site.pages = {"/": html("A", head="<meta name=csrf content=2>")}
    assert crawl(app, f"{site.origin}/").unchanged == 1


def test_a_page_that_is_gone_is_removed_and_one_that_fails_is_kept(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b"), "/a": html("A"), "/b": html("B")}
    crawl(each_app, f"{site.origin}/")
    site.pages |= {"/a": Shown("", 410), "/b": Shown("", 500)}
    report = crawl(each_app, f"{site.origin}/")
    assert (report.unchanged, report.removed) == (1, 1)
    assert report.unreadable == {f"{site.origin}/b": "the site answered 500"}
    assert paths(each_app, site) == ["/", "/b"]


def test_what_a_page_that_failed_links_to_is_found_the_next_time(each_app: Flask, site: Website) -> None:
    start = html("Start", "/a")
    site.pages = {"/": Shown(start.body, headers=start.headers | {"ETag": '"1"'}), "/a": Shown("", 500)}
    crawl(each_app, f"{site.origin}/")
    site.pages["/a"] = html("A")
    assert crawl(each_app, f"{site.origin}/").indexed == 1


def test_a_canonical_address_is_taken_when_it_is_of_the_site(app: Flask, site: Website) -> None:
    canonical = '<link rel=canonical href="%s">'
    site.pages = {
        "/": html("Start", "/a?x", "/b", "/c"),
        "/b": html("B", head=canonical % "/b/"),
        "/c": html("C", head=canonical % "https://elsewhere.example.com/c"),
    }
    crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/b/", "/c"]


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
        report = crawl(each_app, f"{site.origin}/")
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
    report = crawl(app, f"{site.origin}/")
    assert report.skipped == {f"{site.origin}/a": f"it leads to {site.origin}/new"}
    assert paths(app, site) == ["/b", "/new"]


def test_links_are_relative_to_what_the_page_says(app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "a", head='<base href="/sub/">'), "/sub/a": html("A")}
    crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/sub/a"]


def test_a_copy_of_a_site_is_indexed_for_where_it_will_be(app: Flask, site: Website) -> None:
    published = "https://docs.example.com/x/"
    site.pages = {"/": html("Start", "/a"), "/a": html("A", head=f"<link rel=canonical href={published}a/>")}
    crawl(app, f"{site.origin}/", base_url=published)
    assert paths(app, site) == [published, f"{published}a/"]


@pytest.mark.parametrize("base_url", [None, "/x/", "https://docs.example.com/x/"])
def test_links_lead_to_where_readers_get_the_pages(app: Flask, site: Website, base_url: str | None) -> None:
    links = (
        "sub/a#b",
        f"{site.origin}/docs/c?d",
        "/f",
        "pic.png",
        "javascript:x",
        "https://docs.example.com/x/e",
        "#g",
    )
    text = " ".join(f"<a href='{link}'>{number}</a>" for number, link in enumerate(links))
    site.pages = {"/docs/": html("Start", "sub/"), "/docs/sub/": html("Sub", text=text, head="<base href=/docs/>")}
    crawl(app, f"{site.origin}/docs/", base_url=base_url)
    with app.app_context():
        shown = next(hit.blocks[0].markdown for hit in retrieval.search("sub", 5) if "6" in hit.body)
    base = base_url or f"{site.origin}/docs/"
    published = f"[5]({base}e)" if base == "https://docs.example.com/x/" else "5"
    assert shown == f"[0]({base}sub/a#b) [1]({base}c?d) 2 3 4 {published} [6]({base}#g)"


def test_a_page_says_how_it_is_encoded(app: Flask, site: Website) -> None:
    text = "<html><head>%s</head><main><h1>Grüße</h1></main></html>"
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c", "/d")),
        "/a": Shown((text % "").encode("latin-1"), headers={"Content-Type": "text/html; charset=iso-8859-1"}),
        "/b": Shown((text % "<meta charset=iso-8859-1>").encode("latin-1"), headers={"Content-Type": "text/html"}),
        "/c": Shown(text % "", headers={"Content-Type": "text/html"}),
        "/d": Shown(text % "", headers={"Content-Type": "text/html; charset=nonsense"}),
    }
    crawl(app, f"{site.origin}/")
    assert {row["title"] for row in factories.rows(app, Page.__table__)} == {"Grüße"}


def test_no_more_pages_are_fetched_than_allowed(app: Flask, site: Website) -> None:
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/a", "/b", "/c"))} | {f"/{name}": html(name) for name in "abc"}
    report = crawl(app, f"{site.origin}/", max_pages=2)
    assert site.paths() == ["/a", "/b"]
    assert report.unreadable == {f"{site.origin}/c": "it is beyond the first 2 pages"}


def test_a_site_that_is_not_there_says_so(app: Flask) -> None:
    with pytest.raises(ContentError, match="cannot be reached"):
        crawl(app, f"http://{LOOPBACK}:{free_port()}/")


def test_what_an_owner_leaves_out_is_not_fetched(app: Flask, site: Website) -> None:
    site.pages = {
        "/sitemap.xml": Shown(site.sitemap("/", "/guide/a", "/guide/b%20c", "/blog/d")),
        "/": html("Start"),
        "/guide/a": html("A"),
        "/guide/b%20c": html("B"),
        "/blog/d": html("D"),
    }
    crawl(app, f"{site.origin}/", paths=PathFilter(["guide/"], ["guide/b c"]))
    assert paths(app, site) == ["/guide/a"]
    assert site.paths() == ["/guide/a"]


def test_links_are_followed_through_what_is_not_included_and_not_through_what_is_excluded(
    app: Flask, site: Website
) -> None:
    site.pages = {
        "/": html("Start", "/guide/", "/blog/"),
        "/guide/": html("Guide", "/guide/a"),
        "/guide/a": html("A"),
        "/blog/": html("Blog", "/guide/hidden"),
        "/guide/hidden": html("Hidden"),
    }
    report = crawl(app, f"{site.origin}/", paths=PathFilter(["guide/"], ["blog/"]))
    assert paths(app, site) == ["/guide/", "/guide/a"]
    assert sorted(site.paths()) == ["/", "/guide/", "/guide/a"]
    assert report.skipped == {f"{site.origin}/": NOT_INCLUDED, f"{site.origin}/blog/": EXCLUDED}


def test_versions_and_languages_are_told_by_folders_and_a_page_is_fetched_whole_when_they_are_stated_anew(
    each_app: Flask, site: Website
) -> None:
    words = html("A", text="Die Lampe ist nicht das Licht, und sie wird es auch nicht sein.")
    tagged = Shown(words.body, headers=words.headers | {"ETag": '"1"'})
    pages = {"/1.0/de/a": tagged, "/b": Shown(html("B").body, headers=tagged.headers)}
    site.pages = {"/": html("Start", *pages)} | pages

    def labels() -> dict[str, tuple[str | None, str | None]]:
        rows = factories.rows(each_app, Page.__table__)
        return {row["url"].removeprefix(site.origin): (row["version"], row["language"]) for row in rows}

    crawl(each_app, f"{site.origin}/")
    assert labels() == {"/": (None, None), "/1.0/de/a": ("1.0", "de"), "/b": (None, None)}
    crawl(each_app, f"{site.origin}/", stated=Stated(version="2.0", language="en"))
    assert labels() == {"/": ("2.0", "en"), "/1.0/de/a": ("2.0", "en"), "/b": ("2.0", "en")}


def test_older_versions_whose_canonical_address_is_the_newest_are_indexed(app: Flask, site: Website) -> None:
    canonical = f'<link rel=canonical href="{site.origin}/stable/a">'
    site.pages = {"/": html("Start", "/stable/a", "/1.0/a")}
    site.pages |= {f"/{version}/a": html("A", head=canonical) for version in ("stable", "1.0")}
    crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/1.0/a", "/stable/a"]


def test_the_spellings_of_one_page_are_one_page(each_app: Flask, site: Website) -> None:
    site.pages = {
        "/": html("Start", "/a", "/a/", "/a/index.html", "/a.html", "/b/", "/b", "/c.html", "/c"),
        "/a": html("A"),
        "/a/": html("A"),
        "/a/index.html": html("A"),
        "/a.html": html("A"),
        "/b/": Shown(status=301, headers={"Location": "/b"}),
        "/b": html("B"),
        "/c.html": html("C"),
        "/c": html("Another C"),
    }
    same = {f"{site.origin}/a.html": f"it is the page at {site.origin}/a"}
    report = crawl(each_app, f"{site.origin}/")
    assert report.skipped == same | {f"{site.origin}/b/": f"it leads to {site.origin}/b"}
    assert site.paths() == ["/", "/a", "/a.html", "/b/", "/c.html", "/c", "/b"]
    # The pages that are indexed are known now before any link is followed.
    assert crawl(each_app, f"{site.origin}/").skipped == same
    assert paths(each_app, site) == ["/", "/a", "/b", "/c", "/c.html"]


@pytest.mark.parametrize(
    "leading",
    [
        html("Moved", head='<meta http-equiv=refresh content="0; url=/new">'),
        Shown("<p>Moved</p>", headers={"Content-Type": "text/html", "Refresh": "0; url=/new"}),
        Shown("<script>location.href = '/new'</script>", headers={"Content-Type": "text/html"}),
        Shown("<p>Redirecting</p><script>location.replace('/new')</script>", headers={"Content-Type": "text/html"}),
    ],
)
def test_a_page_that_leads_to_another_in_whatever_way_is_followed(app: Flask, site: Website, leading: Shown) -> None:
    site.pages = {"/": html("Start", "/old"), "/old": leading, "/new": html("New")}
    report = crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/", "/new"]
    assert report.skipped == {f"{site.origin}/old": f"it leads to {site.origin}/new"}


def test_a_page_with_a_text_is_read_wherever_its_scripts_lead(app: Flask, site: Website) -> None:
    page = html("A", text="Words.<script>if (old) location.href = '/new'</script>", head=NO_SCRIPTS)
    site.pages = {"/": page, "/new": html("New")}
    crawl(app, f"{site.origin}/")
    assert paths(app, site) == ["/"]


@pytest.mark.parametrize(
    "body",
    [
        "<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>",
        "<div id=app>Loading…</div>",
        "<p>This site doesn't work properly without JavaScript enabled.</p>",
    ],
)
def test_a_page_that_only_scripts_fill_is_named(app: Flask, site: Website, body: str) -> None:
    filled = Shown(f"<title>App</title>{body}<script src=app.js></script>", headers={"Content-Type": "text/html"})
    site.pages = {"/": html("Start", "/app"), "/app": filled}
    report = crawl(app, f"{site.origin}/")
    assert report.textless == [f"{site.origin}/app"]
    assert report.passages == 1


def test_a_page_that_takes_too_long_keeps_no_other_from_being_read(app: Flask, site: Website) -> None:
    deep = Shown("<div>" * 6_000, headers={"Content-Type": "text/html"})
    site.pages = {"/sitemap.xml": Shown(site.sitemap("/deep", "/a")), "/deep": deep, "/a": html("A")}
    report = crawl(app, f"{site.origin}/")
    assert report.unreadable == {f"{site.origin}/deep": "its elements are nested too deep"}
    assert paths(app, site) == ["/a"]
