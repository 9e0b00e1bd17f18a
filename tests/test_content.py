"""Pages in: parsed, cut into passages, indexed, found."""

import re
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from chatkit.content import markdown, search, service
from chatkit.content.markdown import Chunk
from chatkit.content.models import Page, Passage
from tests import factories


def _chunks(text: str, path: str = "page.md") -> list[Chunk]:
    return markdown.chunks(path, markdown.parse(text, path))


def test_a_passage_never_crosses_a_heading() -> None:
    found = _chunks("# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree\n")
    assert [(chunk.heading, chunk.anchor, chunk.body) for chunk in found] == [
        ("A", "a", "one"),
        ("A > B", "b", "two"),
        ("A > C", "c", "three"),
    ]


def test_a_long_section_is_cut_between_blocks() -> None:
    found = _chunks("# A\n\n" + "\n\n".join(f"Paragraph {number} " + "word " * 60 for number in range(20)))
    assert len(found) > 3
    assert all(len(chunk.body) <= 1_500 for chunk in found)
    assert {chunk.anchor for chunk in found} == {"a"}


def test_a_code_block_is_never_cut() -> None:
    code = "\n".join(f"line {number}" for number in range(500))
    found = _chunks(f"# A\n\n```sh\n{code}\n```\n\nafter\n")
    assert found[0].body == f"```sh\n{code}\n```"


def test_lists_and_tables_stay_markdown() -> None:
    text = "- one\n- two\n  - deeper\n\n3. three\n4. four\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert _chunks(text)[0].body == (
        "- one\n- two\n  - deeper\n\n3. three\n4. four\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
    )


def test_a_passages_id_survives_a_change_elsewhere() -> None:
    before = _chunks("# A\n\none\n\n# B\n\ntwo\n")
    after = _chunks("# A\n\nchanged\n\n# B\n\ntwo\n")
    assert before[1].stable_id == after[1].stable_id
    assert before[0].stable_id != after[0].stable_id


def test_repeated_headings_have_different_anchors() -> None:
    assert [chunk.anchor for chunk in _chunks("# A\n\none\n\n# A\n\ntwo\n\n# A\n\nthree\n")] == ["a", "a-1", "a-2"]


def test_a_heading_that_looks_like_a_repeat_has_an_anchor_of_its_own() -> None:
    anchors = [chunk.anchor for chunk in _chunks("# A\n\none\n\n# A\n\ntwo\n\n# A 1\n\nthree\n")]
    assert len(anchors) == len(set(anchors))


def test_a_heading_may_name_its_anchor() -> None:
    [chunk] = _chunks("# Long heading {#short}\n\ntext\n")
    assert (chunk.anchor, chunk.heading) == ("short", "Long heading")


def test_a_page_is_titled_by_its_front_matter_then_its_heading_then_its_path() -> None:
    assert markdown.parse('---\ntitle: "Mine"\n---\n# A\n\nx\n', "p").title == "Mine"
    assert markdown.parse("# A\n\nx\n", "p").title == "A"
    assert markdown.parse("x\n", "p").title == "p"


def test_the_rendered_page_carries_the_anchors_of_its_passages() -> None:
    text = factories.GUIDE["foghorn.md"]
    anchors = {chunk.anchor for chunk in _chunks(text)}
    assert anchors == set(re.findall(r'id="([^"]+)"', markdown.render(text)))


def test_raw_html_in_a_page_is_text() -> None:
    html = markdown.render("# A\n\n<script>alert(1)</script>\n\n<b onclick=x>b</b> [x](javascript:alert(1))\n")
    assert "<script" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html


WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyzäß中文", min_size=1, max_size=8)
PROSE = st.lists(WORD, min_size=1, max_size=40).map(" ".join)
BLOCK = st.one_of(
    PROSE,
    PROSE.map(lambda text: f"## {text}"),
    st.lists(PROSE, min_size=1, max_size=5).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(PROSE, min_size=1, max_size=5).map(lambda items: "\n".join(f"> {item}" for item in items)),
    PROSE.map(lambda text: f"```\n{text}\n```"),
    PROSE.map(lambda text: f"*{text}* and `{text}` and [{text}](/x)"),
    st.lists(PROSE, min_size=2, max_size=2).map(lambda cells: f"| {cells[0]} | {cells[1]} |\n| --- | --- |\n| q | r |"),
)


@given(st.lists(BLOCK, max_size=20))
def test_passages_lose_no_words(blocks: list[str]) -> None:
    text = "\n\n".join(blocks)
    document = markdown.parse(text, "page")
    kept = " ".join(f"{chunk.heading} {chunk.body}" for chunk in markdown.chunks("page.md", document))
    bodies = [block for block in blocks if not block.startswith("## ")]
    wanted = {word for block in bodies for word in re.findall(r"[^\W\d_]+", block) if word != "x"}
    assert wanted <= set(re.findall(r"[^\W\d_]+", kept)) | {"x"}


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    document = markdown.parse(text, "page")
    for chunk in markdown.chunks("page.md", document):
        assert chunk.body
    markdown.render(text)


@given(st.text(alphabet="#-*`>|[](){}!_~ \n\tab1.:\\<&\r\x00"))
def test_no_markdown_breaks_the_parser(text: str) -> None:
    for chunk in markdown.chunks("page.md", markdown.parse(text, "page")):
        assert chunk.body
    markdown.render(text)


@given(st.text())
def test_a_page_is_always_cut_alike(text: str) -> None:
    assert _chunks(text) == _chunks(text)


@given(st.text())
def test_a_slug_is_stable(text: str) -> None:
    slug = markdown.slugify(text)
    assert slug == markdown.slugify(slug)
    assert re.fullmatch(r"[\w-]+", slug)


def test_indexing_reports_what_it_did(app: Flask, tmp_path: Path) -> None:
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged, report.removed, report.unreadable) == (4, 0, 0, {})
    assert report.passages == factories.count(app, Passage)


def test_indexing_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    before = factories.rows(app, Passage.__table__)
    report = factories.index(app, tmp_path / "guide")
    assert (report.indexed, report.unchanged) == (0, 4)
    assert factories.rows(app, Passage.__table__) == before


def test_a_changed_page_is_indexed_again_and_found_by_its_new_words(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    report = factories.index(app, tmp_path / "guide", {"foghorn.md": "# Foghorn\n\nIt is now a trumpet.\n"})
    assert (report.indexed, report.unchanged) == (1, 3)
    with app.app_context():
        assert [hit.url for hit in search.search("trumpet", 5)] == ["/guide/foghorn#foghorn"]
        assert search.search("thirty seconds", 5) == []


def test_a_page_that_is_gone_is_removed_from_the_search(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    (tmp_path / "guide" / "foghorn.md").unlink()
    assert factories.index(app, tmp_path / "guide", {}).removed == 1
    with app.app_context():
        assert search.search("foghorn", 5) == []
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
        assert len(search.search("words", 5)) == 2


@pytest.mark.parametrize(
    ("path", "slug"),
    [("index.md", ""), ("a.md", "a"), ("a/b.md", "a/b"), ("a/index.md", "a"), ("reindex.md", "reindex")],
)
def test_a_file_has_a_place_in_the_site(path: str, slug: str) -> None:
    assert service.page_slug(path) == slug


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
        assert search.search(question, 5)[0].url == url


def test_a_rare_word_weighs_more_than_a_common_one(app: Flask, tmp_path: Path) -> None:
    pages = {f"common{number}.md": "# Page\n\nharbour harbour harbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages | {"rare.md": "# Page\n\nharbour tugboat\n"})
    with app.app_context():
        assert search.search("harbour tugboat", 1)[0].url == "/guide/rare#page"


def test_no_more_than_the_limit_is_found(app: Flask, tmp_path: Path) -> None:
    pages = {f"{number}.md": "# Page\n\nharbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        assert len(search.search("harbour", 3)) == 3


def test_ranks_fall(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        ranks = [hit.rank for hit in search.search("how often does the foghorn sound in fog", 10)]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("question", ["", "   ", "!?", "\U0001f355"])
def test_a_question_without_words_finds_nothing(app: Flask, tmp_path: Path, question: str) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        assert search.search(question, 5) == []
