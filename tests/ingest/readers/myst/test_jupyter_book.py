"""Jupyter Book 1: which pages it builds, where, and with the ids that docutils gives their headings."""

from pathlib import Path, PurePosixPath

import pytest
import yaml

from chatkit.ingest.document import Document
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.myst.jupyter_book import JupyterBook

TOC = {
    "format": "jb-book",
    "root": "intro",
    "parts": [{"caption": "One", "chapters": [{"file": "b", "sections": [{"glob": "sub/*"}]}]}],
}


def _book(folder: Path, files: dict[str, str], config: object = None, toc: object = None) -> JupyterBook:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "_config.yml").write_text(yaml.safe_dump(config or {}))
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc or TOC))
    return JupyterBook.from_config(folder / "_config.yml", folder)


def _read(book: JupyterBook, text: str) -> Document:
    return book.parse(PurePosixPath("a.md"), text)[1]


def test_every_page_is_published_and_those_of_the_table_of_contents_come_first(tmp_path: Path) -> None:
    files = {
        "intro.md": "",
        "b.ipynb": '{"cells": []}',
        "sub/10.md": "",
        "sub/9.md": "",
        "loose.md": "",
        "x/draft.md": "",
    }
    book = _book(tmp_path, files, {"exclude_patterns": ["x/*"], "html": {"baseurl": "https://docs.example.com/book"}})
    paths = ["intro.md", "b.ipynb", "sub/9.md", "sub/10.md", "loose.md"]
    assert sorted(files.keys() - {"x/draft.md"}, key=lambda path: book.order_key(PurePosixPath(path), {})) == paths
    assert [book.address(PurePosixPath(path), {}) for path in paths] == [
        "intro.html", "b.html", "sub/9.html", "sub/10.html", "loose.html",
    ]  # fmt: skip
    assert book.skip_reason(PurePosixPath("loose.md"), {}) is None
    assert book.skip_reason(PurePosixPath("x/draft.md"), {}) == "the book leaves it out"
    assert book.skip_reason(PurePosixPath("_build/html/intro.html"), {}) == "it was built of another"
    assert book.site_url == "https://docs.example.com/book/"


def test_only_listed_pages_are_published_where_the_configuration_says_so(tmp_path: Path) -> None:
    book = _book(tmp_path, {"intro.md": "", "loose.md": ""}, {"only_build_toc_files": True})
    assert book.skip_reason(PurePosixPath("loose.md"), {}) == "_toc.yml does not name it"


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# What's New in v2.0? `code` & *em*\n\n## 2.0 Größe æ\n", ["what-s-new-in-v2-0-code-em", "grosze-ae"]),
        ("# A\n\n## A\n\n## 月\n\n## 火\n", ["a", "id1", "id2", "id3"]),
        ("# A[^1]\n\n## A\n\n[^1]: Note.\n\n[^own]: Named.[^own]\n", ["a", "id2", "id3"]),
        ("(moon)=\n## 月\n\n(b)=\n\n## B\n\n## C\n\n## C\n", ["moon", "b", "c", "id3"]),
        ("# {index}`Word <single: word>` and {ref}`x <y>`\n", ["word-and-x"]),
    ],
)
def test_a_heading_has_the_id_docutils_gives_it(tmp_path: Path, text: str, anchors: list[str]) -> None:
    assert [section.anchor for section in _read(_book(tmp_path, {}), text).sections] == anchors


def test_the_title_is_the_first_heading_and_the_language_the_configurations(tmp_path: Path) -> None:
    book = _book(tmp_path, {}, {"sphinx": {"config": {"language": "de"}}})
    assert _read(book, "---\ntitle: Front\n---\n# Heading\n").title == "Heading"
    assert book.language(PurePosixPath("a.md")) == "de"


def test_substitutions_and_definition_lists_are_those_of_the_configuration(tmp_path: Path) -> None:
    text = "---\nmyst:\n  substitutions:\n    b: mine\n---\n{{ a }} {{ b }}\n\nTerm\n: Words\n"
    book = _book(tmp_path, {}, {"parse": {"myst_substitutions": {"a": 1, "b": "theirs"}}})
    assert [block.body for block in _read(book, text).sections[0].blocks] == ["1 mine", "Term : Words"]
    book = _book(tmp_path, {}, {"parse": {"myst_enable_extensions": ["deflist"]}})
    assert [block.body for block in _read(book, text).sections[0].blocks] == ["mine", "Term", "Words"]


def test_it_is_told_from_jekyll_by_its_table_of_contents(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("title: A\n")
    assert JupyterBook.find_config(tmp_path) is None
    _book(tmp_path, {"intro.md": "# A\n"})
    assert registry.choose("auto", tmp_path).generator.name == "jupyter-book"
