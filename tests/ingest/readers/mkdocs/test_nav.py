"""The order and titles of pages, by `nav` or by the files that plugins read in its place."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from chatkit.ingest.readers.mkdocs.nav import Navigation

PAGES = ("z.md", "index.md", "b/one.md", "b/index.md", "b/deep/a.md", "a/two.md", "a/ten.md")


def _sorted(docs: Path, settings: dict[str, Any]) -> list[str]:
    navigation = Navigation(docs, settings)
    return sorted(PAGES, key=lambda page: navigation.key(PurePosixPath(page)))


@pytest.mark.parametrize(
    ("nav", "order"),
    [
        (None, ["index.md", "z.md", "a/ten.md", "a/two.md", "b/index.md", "b/one.md", "b/deep/a.md"]),
        (
            [{"Z": "z.md"}, {"Part": ["b/one.md", {"Two": "a/two.md"}]}, {"Web": "https://x.example/a"}, "./index.md"],
            ["z.md", "b/one.md", "a/two.md", "index.md", "a/ten.md", "b/index.md", "b/deep/a.md"],
        ),
        ("no list", ["index.md", "z.md", "a/ten.md", "a/two.md", "b/index.md", "b/one.md", "b/deep/a.md"]),
    ],
)
def test_pages_are_in_the_order_of_the_navigation_else_of_their_files(
    tmp_path: Path, nav: object, order: list[str]
) -> None:
    assert _sorted(tmp_path, {"nav": nav}) == order


@pytest.mark.parametrize(("plugin", "name"), [("awesome-pages", ".pages"), ("awesome-nav", ".nav.yml")])
def test_the_list_of_a_folder_orders_and_titles_what_lies_in_it(tmp_path: Path, plugin: str, name: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    (tmp_path / name).write_text("nav: [b, ..., z.md]\n")
    (tmp_path / "a" / name).write_text("nav:\n  - Second: two.md\n  - ten.md\n")
    (tmp_path / "b" / name).write_text("- no mapping")
    settings = {"plugins": [plugin]}
    order = ["b/index.md", "b/one.md", "b/deep/a.md", "index.md", "a/two.md", "a/ten.md", "z.md"]
    assert _sorted(tmp_path, settings) == order
    assert Navigation(tmp_path, settings).title(PurePosixPath("a/two.md")) == "Second"
    before = Navigation(tmp_path, settings).fingerprint
    (tmp_path / name).write_text("nav: [z.md]\n")
    assert Navigation(tmp_path, settings).fingerprint != before


def test_a_navigation_in_markdown_orders_and_titles_pages(tmp_path: Path) -> None:
    (tmp_path / "SUMMARY.md").write_text("* [Last](z.md)\n* [B](b/)\n    * [One](b/one.md)\n")
    navigation = Navigation(tmp_path, {"plugins": ["literate-nav"]})
    assert navigation.title(PurePosixPath("b/one.md")) == "One"
    assert navigation.key(PurePosixPath("z.md")) < navigation.key(PurePosixPath("b/one.md"))
