"""mdBook's chapters: which there are, in which order, where, under which titles, with what they include."""

from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.document import Document
from chatkit.ingest.readers.mdbook.generator import MdBook

SUMMARY = "# Summary\n\n[Intro](README.md)\n\n- [Own *name*](./guide/one.md)\n  - [Draft]()\n- [Two](guide/two.md)\n"


def _book(folder: Path, config: str = "", summary: str = SUMMARY, **files: str) -> MdBook:
    (folder / "src" / "guide").mkdir(parents=True)
    (folder / "book.toml").write_text(config)
    (folder / "src" / "SUMMARY.md").write_text(summary)
    for name, text in files.items():
        (folder / "src" / "guide" / f"{name}.txt").write_text(text)
    return MdBook.from_config(folder / "book.toml", folder)


def _read(book: MdBook, text: str, path: str = "guide/one.md") -> Document:
    return book.parse(PurePosixPath(path), book.expand(PurePosixPath(path), text))[1]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("README.md", ""),
        ("index.md", ""),
        ("one.md", "one.html"),
        ("guide/readme.md", "guide/"),
        ("guide/My page.md", "guide/My page.html"),
        ("guide/v1.2.md", "guide/v1.2.html"),
    ],
)
def test_a_chapter_has_the_address_mdbook_gives_it(tmp_path: Path, path: str, address: str) -> None:
    assert _book(tmp_path).address(PurePosixPath(path), {}) == address


def test_a_readme_keeps_its_name_where_the_book_does_without_the_default_preprocessors(tmp_path: Path) -> None:
    book = _book(tmp_path, "[build]\nuse-default-preprocessors = false\n", a="words")
    assert book.address(PurePosixPath("README.md"), {}) == "README.html"
    assert book.expand(PurePosixPath("guide/one.md"), "{{#include a.txt}}") == "{{#include a.txt}}"


def test_only_what_the_summary_names_is_a_page_and_comes_in_its_order(tmp_path: Path) -> None:
    book = _book(tmp_path, summary="- [B](b.md)\n- [A](a.md)\n")
    a, b = PurePosixPath("a.md"), PurePosixPath("b.md")
    assert book.skip_reason(a, {}) is None
    assert book.skip_reason(PurePosixPath("c.md"), {}) == "SUMMARY.md does not name it"
    assert book.skip_reason(PurePosixPath("SUMMARY.md"), {}) == "it is the table of contents"
    assert sorted([a, b], key=lambda path: book.order_key(path, {})) == [b, a]


def test_a_title_is_that_of_the_summary_unless_the_page_states_another(tmp_path: Path) -> None:
    book = _book(tmp_path)
    assert _read(book, "# Heading\n").title == "Own name"
    assert _read(book, "# Heading\n\n{{#title A title}}\n").title == "A title"
    assert _read(book, "# Heading\n\n`\\{{#title A title}}`\n").title == "Own name"


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ('cname = "docs.example.com"', "https://docs.example.com/"),
        ('cname = "docs.example.com"\nsite-url = "/book/"', "https://docs.example.com/book/"),
        ('site-url = "https://example.com/book"', "https://example.com/book/"),
        ('site-url = "/book/"', None),
        ("", None),
    ],
)
def test_a_book_is_published_where_its_configuration_says(tmp_path: Path, config: str, url: str | None) -> None:
    assert _book(tmp_path, f"[output.html]\n{config}\n").site_url == url


def test_the_pages_lie_where_the_configuration_says_and_a_part_of_them_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "text" / "guide").mkdir(parents=True)
    (tmp_path / "book.toml").write_text('[book]\nsrc = "text"\nlanguage = "de"\n')
    book = MdBook.from_config(tmp_path / "book.toml", tmp_path)
    assert (book.folder, book.language(PurePosixPath("a.md"))) == (tmp_path / "text", "de")
    part = MdBook.from_config(tmp_path / "book.toml", tmp_path / "text" / "guide")
    assert (part.folder, part.roots) == (tmp_path / "text", (tmp_path / "text" / "guide",))


def test_files_are_included_from_the_book_and_from_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    book = _book(tmp_path / "book", a="included")
    (tmp_path / "book" / "listing.txt").write_text("a listing")
    text = "{{#include a.txt}}, {{#include ../../listing.txt}}, {{#include ../../../secret.txt}}."
    assert _read(book, text).sections[0].blocks[0].body == "included, a listing, ."


@pytest.mark.parametrize(
    "config", ["no = toml = at all", "book = 1\noutput = []\n", "[output.html.code]\nhidelines = 3\n"]
)
def test_a_configuration_that_means_nothing_is_that_of_no_settings(tmp_path: Path, config: str) -> None:
    assert _read(_book(tmp_path, config), "# A\n\nIt's\n").sections[0].blocks[0].body == "It’s"
