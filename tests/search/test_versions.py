"""The same section in several versions of a site is found once."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import retrieval, versions
from chatkit.search.query import Question, analyze
from tests import factories


def test_of_one_section_in_several_versions_the_newest_takes_the_place_of_the_first() -> None:
    sections = [
        (1, "29.7", "https://x.org/docs/29.7/cli#force", "Force"),
        (2, "next", "https://x.org/docs/next/cli#force", "Force"),
        (3, "30.4", "https://x.org/docs/30.4/cli#force", "Force"),
        (4, "30.4", "https://x.org/docs/30.4/cli#watch", "Watch"),
    ]
    assert versions.distinct(sections) == [3, 4]


def test_another_section_or_another_heading_is_no_version() -> None:
    sections = [
        (1, "1.0", "/docs/1.0/a#x", "A > X"),
        (2, "2.0", "/docs/2.0/a#x", "A > Another"),
        (3, "", "/blog/2023/a#x", "A > X"),
        (4, "", "/blog/2024/a#x", "A > X"),
        (5, "", "/docs/a#x", "B"),
        (6, "", "/docs/a#x", "B"),
    ]
    assert versions.distinct(sections) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "names",
    [
        ["2.9", "2.10", "stable"],
        ["1.0", "v2", "latest"],
        ["next", "0.9"],
        ["main", "3.0-rc1", "2.4"],
        ["dev", "3.0.0-beta.2", "3.0.0-beta.10"],
        ["2.x", "3.x"],
        ["1", "2", "10"],
        ["edge", "main", "Bookworm", "1.0"],
    ],
)
def test_the_last_of_these_is_what_a_reader_gets_who_names_none(names: list[str]) -> None:
    assert max(names, key=versions.release_order) == names[-1]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("How do I force it in 30.4?", "30.4"),
        ("force, version 30.4.", "30.4"),
        ("v30.4: force", "30.4"),
        ("Does 30.40 force it?", None),
        ("Since 30.4.1?", None),
        ("What changed in 3.0-beta?", "3.0-beta"),
        ("What changed in 3.0?", None),
        ("How do I start 2 workers?", None),
        ("How do I start workers in v2?", "v2"),
        ("How do I start workers in version 2?", "v2"),
        ("Is it gone in 5.3?", "5.x"),
        ("What comes next?", None),
        ("What is in the next version?", "next"),
    ],
)
def test_a_version_that_a_question_names_is_told(question: str, named: str | None) -> None:
    assert versions.named_in(question, ["29.7", "30.4", "3.0-beta", "v2", "5.x", "next"]) == named


def test_the_version_at_addresses_without_one_is_the_current_one_where_others_stand_beside_it() -> None:
    pages: list[tuple[str, str | None, str]] = [
        ("a", None, "https://a.org/docs/cli"),
        ("a", None, "https://a.org/docs/new"),
        ("a", None, "https://a.org/docs/api/"),
        ("a", "29.7", "https://a.org/docs/29.7/cli"),
        ("a", "29.7", "https://a.org/docs/29.7/api"),
        ("b", "30.4", "/cli"),
        ("b", "29.7", "/29.7/cli"),
        ("c", None, "https://c.org/blog/a"),
        ("c", None, "https://c.org/blog/b"),
        ("c", "1.0", "https://c.org/1.0/a"),
    ]
    assert versions.current_versions(pages) == {"a": None, "b": "30.4"}


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


def test_of_several_versions_the_newest_is_retrieved(app: Flask, tmp_path: Path) -> None:
    pages = {f"{version}/page{number}.md": f"# Page {number}\n\nOil the lamp number {number}.\n"
             for version in ("1.0", "2.0", "10.0") for number in range(15)}  # fmt: skip
    factories.index(app, tmp_path / "pages", pages)
    with app.app_context():
        found = [passage.url for passage in retrieval.retrieve(analyze(Question("How do I oil the lamp?")))]
    assert len(found) == len(set(found)) == 15
    assert all(url.startswith("/guide/10.0/") for url in found)
