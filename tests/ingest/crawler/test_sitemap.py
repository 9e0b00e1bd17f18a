"""A sitemap: its pages, its further sitemaps, what is wrong with it, and what is refused."""

import gzip
import time

import pytest

from chatkit.ingest.crawler import sitemap
from chatkit.ingest.crawler.sitemap import Sitemap

PAGE = "<url><loc>https://x/a</loc></url>"


def test_a_packed_sitemap_that_grows_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than 50 MB"):
        sitemap.parse(gzip.compress(b" " * (sitemap.MAX_SITEMAP_BYTES + 1)))


def test_a_sitemap_names_pages_and_an_index_names_sitemaps_in_any_namespace() -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="urn:images"'
    page = "<url><loc> https://x/a </loc><i:image><i:loc>https://x/a.png</i:loc></i:image></url>"
    assert sitemap.parse(f"<urlset {space}>{page}</urlset>".encode()) == Sitemap(["https://x/a"])
    index = b"<sitemapindex><sitemap><loc>https://x/b</loc></sitemap></sitemapindex>"
    assert sitemap.parse(index) == Sitemap([], ["https://x/b"])


@pytest.mark.parametrize("parts", [[f"<urlset>{PAGE}</urlset>"], [f"<urlset>{PAGE}", "</urlset>"]])
def test_a_sitemap_may_be_packed(parts: list[str]) -> None:
    assert sitemap.parse(b"".join(gzip.compress(part.encode()) for part in parts)) == Sitemap(["https://x/a"])


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        (f"<urlset>{PAGE}</urlset>".encode("utf-8-sig"), ["https://x/a"]),
        (f'<?xml version="1.0" encoding="UTF-16"?><urlset>{PAGE}</urlset>'.encode("utf-16"), ["https://x/a"]),
        (
            b"<urlset><url><loc>https://x/?a=1&amp;b=&#228;&#xE4;</loc></url></urlset>",
            ["https://x/?a=1&b=\u00e4\u00e4"],
        ),
        (b"<urlset><url><loc><![CDATA[https://x/?a=1&b]]></loc></url></urlset>", ["https://x/?a=1&b"]),
        (b"<URLSET><URL><LOC>https://x/a</LOC></URL></URLSET>", ["https://x/a"]),
        (b"<a:urlset xmlns:a='b'><a:url><a:loc>https://x/a</a:loc></a:url></a:urlset>", ["https://x/a"]),
        (b"<urlset><!-- <url><loc>https://x/no</loc></url> --></urlset>", []),
        (b"https://x/a\r\n\r\nhttps://x/b\r\n", ["https://x/a", "https://x/b"]),
    ],
)
def test_whatever_the_standards_allow_is_read(content: bytes, pages: list[str]) -> None:
    assert sitemap.parse(content) == Sitemap(pages)


@pytest.mark.parametrize(
    ("content", "pages", "fault"),
    [
        (f'\n<?xml version="1.0"?><urlset>{PAGE}</urlset>', ["https://x/a"], "not at start"),
        (
            "<urlset><url><loc>https://x/?a&b=1&copy=2</loc></url></urlset>",
            ["https://x/?a&b=1&copy=2"],
            "not well-formed",
        ),
        (f'<?xml version="1.0" encoding="utf-16"?><urlset>{PAGE}</urlset>', ["https://x/a"], "encoding"),
        (f'<?xml version="1.0" encoding="nonsense"?><urlset>{PAGE}</urlset>', ["https://x/a"], "encoding"),
        (
            f"<i:urlset>{PAGE}<url><i:image><i:loc>https://x/p</i:loc></i:image></url>",
            ["https://x/a"],
            "no element|no closing",
        ),
        (f"<urlset>{PAGE}<url><loc>https://x/b</urlset>", ["https://x/a"], "mismatched"),
        (f"<urlset>{PAGE}<url><loc>https://x/b", ["https://x/a"], "unclosed|no element"),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><urlset><url><loc>https://x/&b;</loc></url></urlset>',
            ["https://x/&b;"],
            "type",
        ),
        (f"<!DOCTYPE urlset>{PAGE.join(['<urlset>', '</urlset>'])}", ["https://x/a"], "document type"),
        ("https://x/a\nnonsense", ["https://x/a"], "1 of its lines"),
    ],
)
def test_one_that_is_broken_is_read_as_far_as_it_can_be_and_its_fault_is_told(
    content: str, pages: list[str], fault: str
) -> None:
    found = sitemap.parse(content.encode())
    assert found.pages == pages
    with pytest.raises(ValueError, match=fault):
        raise ValueError(found.fault)


def test_one_in_another_encoding_than_it_declares_is_read() -> None:
    page = "<url><loc>https://x/\u00fc</loc></url>"
    for declared, used in (("utf-8", "latin-1"), ("latin-1", "latin-1"), ("latin-1", "utf-8"), ("none", "latin-1")):
        content = f'<?xml version="1.0" encoding="{declared}"?><urlset>{page}</urlset>'.encode(used)
        assert sitemap.parse(content).pages == ["https://x/\u00fc".encode().decode("utf-8")]


def test_one_that_is_packed_and_cut_off_is_read_as_far_as_it_goes() -> None:
    pages = "".join(f"<url><loc>https://x/{number}</loc></url>" for number in range(2_000))
    found = sitemap.parse(gzip.compress(f"<urlset>{pages}</urlset>".encode())[:2_000])
    assert found.pages[0] == "https://x/0"
    assert found.fault == "what is packed is cut off"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<urlset", "it is no sitemap"),
        (b"", "it is no sitemap"),
        (b"<!DOCTYPE html><html><body><a href='https://x/a'>a</a></body></html>", "it is no sitemap"),
        (b"Nothing here.", "it is no sitemap"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>', "it declares a document type"),
        (b"\x1f\x8bnot packed", "it cannot be unpacked"),
    ],
)
def test_what_is_no_sitemap_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sitemap.parse(content)


@pytest.mark.parametrize(
    "part", ["<!--", "<!DOCTYPE [", "<![CDATA[", "<url", "<loc>", "<loc><![CDATA[", "&", "<?", "<url '"]
)
def test_hostile_sitemaps_take_no_longer_than_others(part: str) -> None:
    began = time.process_time()
    sitemap.parse(f"<urlset>{PAGE}{part * 100_000}".encode())
    assert time.process_time() - began < 1
