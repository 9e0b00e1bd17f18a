"""Addresses: one form, base URLs, and where links lead."""

import pytest

from chatkit.ingest import urls


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("HTTP://Docs.Example.COM:80", "http://docs.example.com/"),
        ("https://docs.example.com:443/a?b#c", "https://docs.example.com/a?b"),
        ("http://docs.example.com:8080/a", "http://docs.example.com:8080/a"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("http://a/ü b%20c?d=e f", "http://a/%C3%BC%20b%20c?d=e%20f"),
        ("http://a/%7Eb/%c3%bc%2f?%61=%2B", "http://a/~b/%C3%BC%2F?a=%2B"),
        ("http://a/b/../c/./d?", "http://a/c/d"),
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


@pytest.mark.parametrize(
    ("given", "base_url"),
    [("HTTPS://Docs.Example.COM/X", "https://docs.example.com/X/"), ("/", "/"), ("/x//", "/x/")],
)
def test_a_base_url_ends_with_the_slash_that_paths_are_appended_to(given: str, base_url: str) -> None:
    assert urls.normalize_base(given) == base_url


@pytest.mark.parametrize(
    "given", ["//x/", "/\\x", "docs.example.com", "/x?v=1", "https://x/#a", "https://u:p@x/", "https://"]
)
def test_what_is_no_base_url_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"no base URL|address"):
        urls.normalize_base(given)


@pytest.mark.parametrize(
    ("base", "link", "url"),
    [
        (None, "b#part", "https://x.example/a/b"),
        ("/sub/", "b", "https://x.example/sub/b"),
        ("https://y.example/", "b", "https://y.example/b"),
        (None, None, None),
        (None, "http://[", None),
    ],
)
def test_a_link_is_relative_to_the_page_or_to_the_base_it_states(
    base: str | None, link: str | None, url: str | None
) -> None:
    assert urls.resolve("https://x.example/a/", base, link) == url


@pytest.mark.parametrize("other", ["https://x/a", "https://x/a/", "https://x/a.html", "https://x/a/index.html"])
def test_what_servers_take_for_the_same_page_is_the_same(other: str) -> None:
    assert urls.is_same_page("https://x/a/index", other)
    assert not urls.is_same_page("https://x/a/b", other)


def test_a_path_is_encoded_as_browsers_do() -> None:
    assert urls.quote_path("a b/\u00fc?#%.md") == "a%20b/%C3%BC%3F%23%25.md"


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("http://x.example/a", "https://x.example/a"),
        ("https://x.example/a", "https://x.example/a"),
        ("http://x.example:8080/a", "http://x.example:8080/a"),
        ("http://y.example/a", "http://y.example/a"),
    ],
)
def test_an_address_of_the_same_host_gets_the_scheme_of_its_site(url: str, result: str) -> None:
    assert urls.with_scheme_of("https://x.example", url) == result
