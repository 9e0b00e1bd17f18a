"""A site that was built already: known by its first page, however hostile that is."""

import time
from pathlib import Path

import pytest

from chatkit.ingest.readers.built_html import BuiltHtml


@pytest.mark.parametrize(
    "page",
    ["<!-- -->" * 12_000, "<!doctype html>" + "".join(f"<b x={number}>" for number in range(30_000)), "\n" * 100_000],
)
def test_a_first_page_without_measure_takes_no_longer_than_another(tmp_path: Path, page: str) -> None:
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    began = time.process_time()
    BuiltHtml.is_built(tmp_path)
    assert BuiltHtml.from_folder(tmp_path).site_url is None
    assert time.process_time() - began < 1


def test_its_first_page_may_say_where_it_is_published(tmp_path: Path) -> None:
    head = '<!-- a --> <!-- b -->\n<!DOCTYPE html><head><link rel="canonical" href="https://x.example/docs/index.html">'
    (tmp_path / "index.html").write_text(f"{head}</head><body>{'<div>' * 9_000}", encoding="utf-8")
    assert BuiltHtml.is_built(tmp_path)
    assert BuiltHtml.from_folder(tmp_path).site_url == "https://x.example/docs/"
