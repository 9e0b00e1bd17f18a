"""The frontier of a crawl: its scope, and each address once."""

import pytest

from chatkit.ingest.crawler.frontier import Frontier, root_of

START, ROOT = "https://x.example/docs", "https://x.example/docs/"


def test_each_address_inside_waits_once_in_the_order_found() -> None:
    frontier = Frontier(START, ROOT)
    frontier.add([START, f"{ROOT}b", f"{ROOT}a#part"])
    frontier.add([f"{ROOT}a", "HTTPS://X.example:443/docs/b", f"{ROOT}c"])
    assert list(frontier.queue) == [START, f"{ROOT}b", f"{ROOT}a", f"{ROOT}c"]
    assert frontier.found == set(frontier.queue)


@pytest.mark.parametrize(
    "outside", ["https://x.example/", "https://x.example/docsy", "http://x.example:81/docs/a", "mailto:a@b", "http://["]
)
def test_what_is_outside_is_never_fetched(outside: str) -> None:
    frontier = Frontier(START, ROOT)
    frontier.add([outside])
    assert not frontier.queue


@pytest.mark.parametrize(
    "spelling",
    ["a", "a/", "a/index.html", "a/index.htm", "a/index", "%61", "./a", "b/../a", "a?", "a#x"],
)
def test_every_spelling_of_a_page_is_one_page(spelling: str) -> None:
    frontier = Frontier(START, ROOT)
    frontier.add([f"{ROOT}a/", f"http://X.Example:80/docs/{spelling}"])
    assert list(frontier.queue) == [f"{ROOT}a/"]


def test_another_page_is_no_spelling() -> None:
    frontier = Frontier(START, ROOT)
    pages = [f"{ROOT}{name}" for name in ("a", "A", "a.html", "a?b=1", "a/b", "index-a", "a%2Fb")]
    frontier.add(pages)
    assert list(frontier.queue) == pages


def test_where_there_is_no_page_at_one_spelling_the_next_is_taken() -> None:
    frontier = Frontier(START, ROOT)
    frontier.add([f"{ROOT}a", f"{ROOT}a/", f"{ROOT}a/index.html"])
    frontier.queue.clear()
    frontier.release(f"{ROOT}a")
    assert list(frontier.queue) == [f"{ROOT}a/"]
    frontier.release(f"{ROOT}a/")
    assert list(frontier.queue) == [f"{ROOT}a/", f"{ROOT}a/index.html"]


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://x/docs/", "https://x/docs/"),
        ("https://x/docs", "https://x/docs/"),
        ("https://x/docs/index.html", "https://x/docs/"),
        ("https://x/docs/start.PHP?a=/b", "https://x/docs/"),
        ("https://x/en/2.0", "https://x/en/2.0/"),
        ("https://x/node.js", "https://x/node.js/"),
    ],
)
def test_a_crawl_stays_at_and_below_its_address_or_the_folder_of_its_page(url: str, root: str) -> None:
    assert root_of(url) == root
