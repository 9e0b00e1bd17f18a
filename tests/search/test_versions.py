"""The same section in several versions of a site is found once."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import retrieval, versions
from chatkit.search.query import Question, analyze
from tests import factories

ADDRESSES = {
    1: "https://x.org/docs/29.7/cli#force",
    2: "https://x.org/docs/next/cli#force",
    3: "https://x.org/docs/30.4/cli#force",
    4: "https://x.org/docs/30.4/cli#watch",
}


def _distinct(
    question: str = "How do I force it?", page_url: str | None = None, without: int | None = None
) -> list[int]:
    sections = [(id_, url, url.partition("#")[2]) for id_, url in ADDRESSES.items() if id_ != without]
    return versions.distinct(sections, question, page_url)


def test_of_several_versions_the_one_that_is_no_former_one_is_kept_in_the_place_of_the_first() -> None:
    assert _distinct() == [2, 4]
    assert _distinct(without=2) == [3, 4]


def test_the_version_of_the_reader_s_page_is_kept() -> None:
    assert _distinct(page_url="https://x.org/docs/29.7/") == [1, 4]


@pytest.mark.parametrize("question", ["How do I force it in 30.4?", "force, version 30.4", "v30.4: force"])
def test_the_version_that_the_question_names_is_kept(question: str) -> None:
    assert _distinct(question, page_url="https://x.org/docs/29.7/") == [3, 4]


def test_another_section_or_another_heading_is_no_version() -> None:
    sections = [
        (1, "/docs/1.0/a#x", "A > X"),
        (2, "/docs/2.0/a#x", "A > Another"),
        (3, "/blog/2023/a#x", "A > X"),
        (4, "/blog/2024/a#x", "A > X"),
        (5, "/docs/a#x", "B"),
        (6, "/docs/a#x", "B"),
    ]
    assert versions.distinct(sections, "", None) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("url", "version"),
    [
        ("/docs/version-29.7/cli", "version-29.7"),
        ("/en/v2/", "v2"),
        ("https://x.org/en/stable/a", "stable"),
        ("/3.x/a", "3.x"),
        ("/2024/a", ""),
        ("/next-steps/a", ""),
        ("/a#1.0", ""),
    ],
)
def test_a_part_of_an_address_that_is_a_version_is_told(url: str, version: str) -> None:
    assert versions.read_address(url).version == version


def test_a_section_is_retrieved_once_however_many_versions_hold_it(app: Flask, tmp_path: Path) -> None:
    pages = {f"{version}/page{number}.md": f"# Page {number}\n\nOil the lamp number {number}.\n"
             for version in ("1.0", "2.0", "3.0") for number in range(15)}  # fmt: skip
    factories.index(app, tmp_path / "pages", pages)
    with app.app_context():
        found = [passage.url for passage in retrieval.retrieve(analyze(Question("How do I oil the lamp?")))]
    assert len(found) == len(set(found)) == 15
    assert all(url.startswith("/guide/3.0/") for url in found)
