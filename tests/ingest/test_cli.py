"""Pages in: indexed, and found."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import retrieval
from chatkit.search.models import Page, PassageRow
from tests import factories


def test_indexing_reports_what_it_did(app: Flask, tmp_path: Path) -> None:
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged, report.removed, report.unreadable) == (4, 0, 0, {})
    assert report.passages == factories.count(app, PassageRow)


def test_indexing_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    before = factories.rows(app, PassageRow.__table__)
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged) == (0, 4)
    assert factories.rows(app, PassageRow.__table__) == before


def test_a_changed_page_is_indexed_again_and_found_by_its_new_words(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    report = factories.index(app, tmp_path / "guide", {"foghorn.md": "# Foghorn\n\nIt is now a trumpet.\n"})
    assert (report.indexed, report.unchanged) == (1, 3)
    with app.app_context():
        assert [hit.url for hit in retrieval.search("trumpet", 5)] == ["/guide/foghorn#foghorn"]
        assert retrieval.search("thirty seconds", 5) == []


def test_a_page_that_is_gone_is_removed_from_the_search(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    (tmp_path / "guide" / "foghorn.md").unlink()
    assert factories.index(app, tmp_path / "guide", {}).removed == 1
    with app.app_context():
        assert retrieval.search("foghorn", 5) == []
    assert factories.count(app, Page) == 3


def test_a_file_that_is_not_text_is_reported_and_the_rest_indexed(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "broken.md").write_bytes(b"\xff\xfe\x00")
    report = factories.index(app, tmp_path / "guide")
    assert list(report.unreadable) == ["broken.md"]
    assert report.indexed == 4


def test_a_page_with_a_nul_is_no_obstacle(app: Flask, tmp_path: Path) -> None:
    report = factories.index(app, tmp_path / "guide", {"odd.md": "# Odd\x00\n\nA \x00 inside.\n"})
    assert report.indexed + len(report.unreadable) == 1


def test_two_pages_with_the_same_text_are_both_indexed(app: Flask, tmp_path: Path) -> None:
    text = "# Same\n\nThe same words.\n"
    report = factories.index(app, tmp_path / "guide", {"a.md": text, "b.md": text})
    assert report.indexed == 2
    with app.app_context():
        assert len(retrieval.search("words", 5)) == 2


@pytest.mark.parametrize(
    ("question", "url"),
    [
        ("install", "/guide/install#installing"),
        ("Installing on Windows", "/guide/install#on-windows"),
        ("changing intervals of foghorns", "/guide/foghorn#changing-the-interval"),
        ("FOGHORN_INTERVAL", "/guide/foghorn#changing-the-interval"),
        ("refill oil", "/guide/lamps/oil#oil-lamps"),
    ],
)
def test_the_best_passage_comes_first(app: Flask, tmp_path: Path, question: str, url: str) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        assert retrieval.search(question, 5)[0].url == url


def test_a_rare_word_weighs_more_than_a_common_one(app: Flask, tmp_path: Path) -> None:
    pages = {f"common{number}.md": "# Page\n\nharbour harbour harbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages | {"rare.md": "# Page\n\nharbour tugboat\n"})
    with app.app_context():
        assert retrieval.search("harbour tugboat", 1)[0].url == "/guide/rare#page"


def test_no_more_than_the_limit_is_found(app: Flask, tmp_path: Path) -> None:
    pages = {f"{number}.md": "# Page\n\nharbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        assert len(retrieval.search("harbour", 3)) == 3


def test_ranks_fall(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        ranks = [hit.rank for hit in retrieval.search("how often does the foghorn sound in fog", 10)]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("question", ["", "   ", "!?", "\U0001f355"])
def test_a_question_without_words_finds_nothing(app: Flask, tmp_path: Path, question: str) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        assert retrieval.search(question, 5) == []
