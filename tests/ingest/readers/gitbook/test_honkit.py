"""HonKit's books: what its configuration says, and files that must not be read."""

from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.readers import registry
from chatkit.ingest.readers.generator import Generator


def _book(folder: Path, config: str, contents: str = "docs/SUMMARY.md") -> Generator:
    (folder / contents).parent.mkdir(exist_ok=True)
    (folder / contents).write_text("* [One](a/one.md)\n* [Two](two.md)\n")
    (folder / "book.json").write_text(config)
    return registry.choose("auto", folder).generator


def test_the_configuration_says_where_the_pages_are_and_their_language(tmp_path: Path) -> None:
    book = _book(tmp_path, '{"root": "docs", "language": "de", "structure": {"readme": "start.md"}}')
    assert (book.name, book.folder, book.language(PurePosixPath("x.md"))) == ("honkit", tmp_path / "docs", "de")
    places = [PurePosixPath(path) for path in ("start.md", "a/one.md", "a/README.md")]
    assert [book.address(path, {}) for path in places] == ["", "a/one.html", "a/"]
    keys = [book.order_key(PurePosixPath(path), {}) for path in ("start.md", "a/one.md", "two.md")]
    assert keys == sorted(keys)


@pytest.mark.parametrize("config", ["", "[]", "{", '{"structure": 1, "variables": []}'])
def test_a_configuration_that_makes_no_sense_counts_as_none(tmp_path: Path, config: str) -> None:
    book = _book(tmp_path, config, "SUMMARY.md")
    assert (book.name, book.skip_reason(PurePosixPath("two.md"), {})) == ("honkit", None)


def test_a_page_without_a_heading_in_the_first_place_is_titled_by_its_link(tmp_path: Path) -> None:
    book = _book(tmp_path, "{}", "SUMMARY.md")
    titles = [book.parse(PurePosixPath("two.md"), text)[1].title for text in ("## Below\n", "# Own\n")]
    assert titles == ["Two", "Own"]


def test_files_from_elsewhere_are_not_included(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "book").mkdir()
    book = _book(tmp_path / "book", "{}", "SUMMARY.md")
    assert book.expand(PurePosixPath("two.md"), 'x{% include "../secret.md" %}y') == "xy"
