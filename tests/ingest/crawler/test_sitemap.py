"""A sitemap: its pages, its further sitemaps, and what is refused."""

import gzip

import pytest

from chatkit.ingest.crawler import sitemap


def test_a_packed_sitemap_that_grows_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than 50 MB"):
        sitemap.parse(gzip.compress(b" " * (sitemap.MAX_SITEMAP_BYTES + 1)))


def test_a_sitemap_names_pages_and_an_index_names_sitemaps_in_any_namespace() -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="urn:images"'
    page = "<url><loc> https://x/a </loc><i:image><i:loc>https://x/a.png</i:loc></i:image></url>"
    assert sitemap.parse(f"<urlset {space}>{page}</urlset>".encode()) == (["https://x/a"], [])
    assert sitemap.parse(b"<sitemapindex><sitemap><loc>https://x/b</loc></sitemap></sitemapindex>") == (
        [],
        ["https://x/b"],
    )


def test_a_sitemap_may_be_packed() -> None:
    content = gzip.compress(b"<urlset><url><loc>https://x/a</loc></url></urlset>")
    assert sitemap.parse(content) == (["https://x/a"], [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<urlset", "it is no sitemap"),
        (b"", "it is no sitemap"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>', "it declares a document type"),
        (b"\x1f\x8bnot packed", "it cannot be unpacked"),
    ],
)
def test_what_is_no_sitemap_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sitemap.parse(content)
