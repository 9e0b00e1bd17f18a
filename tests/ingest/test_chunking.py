"""Passages: under one heading, of whole blocks, within the stated size."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ingest import chunking
from chatkit.ingest.chunking import MOST_CHARACTERS, PASSAGE_CHARACTERS, Chunk, join, pack
from chatkit.ingest.document import Document, LinkedText, MarkdownBlock, Section, code, listing, prose, table, words
from chatkit.ingest.readers import markdown
from chatkit.search.passages import BlockKind, read_blocks


def _chunks(text: str, page: str = "/page") -> list[Chunk]:
    return chunking.chunks(page, markdown.parse(text, "page"))


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
    assert all(len(chunk.body) <= PASSAGE_CHARACTERS for chunk in found)
    assert all(chunk.body.startswith("Paragraph ") for chunk in found)
    assert {chunk.anchor for chunk in found} == {"a"}


def test_a_list_a_table_or_code_longer_than_a_passage_stays_whole() -> None:
    listed = "\n".join(f"- item {number} " + "word " * 10 for number in range(50)).replace(" \n", "\n").rstrip()
    code = "```sh\n" + "\n".join(f"line {number}" for number in range(300)) + "\n```"
    rows = "| a | b |\n| --- | --- |\n" + "\n".join(f"| {number} | word |" for number in range(150))
    for block in (listed, code, rows):
        assert PASSAGE_CHARACTERS < len(block) <= MOST_CHARACTERS
        assert [chunk.body for chunk in _chunks(f"before\n\n{block}\n\nafter\n")] == ["before", block, "after"]


def test_code_longer_than_the_most_is_cut_between_lines_and_fenced_again() -> None:
    lines = [f"line {number}" for number in range(1_000)]
    found = [chunk.body for chunk in _chunks("```sh\n" + "\n".join(lines) + "\n```\n")]
    assert len(found) > 1
    assert all(body.startswith("```sh\n") and body.endswith("\n```") for body in found)
    assert [line for body in found for line in body.split("\n")[1:-1]] == lines


def test_a_table_longer_than_the_most_is_cut_between_rows_and_keeps_its_head() -> None:
    rows = [f"| {number} | some words |" for number in range(500)]
    found = [chunk.body for chunk in _chunks("| a | b |\n| --- | --- |\n" + "\n".join(rows) + "\n")]
    assert len(found) > 1
    assert all(body.startswith("| a | b |\n| --- | --- |\n") for body in found)
    assert [row for body in found for row in body.split("\n")[2:]] == rows


def test_a_list_longer_than_the_most_is_cut_between_its_top_items() -> None:
    items = [f"- item {number}\n  - deeper {number}\n  - and more" for number in range(300)]
    found = [chunk.body for chunk in _chunks("\n".join(items) + "\n")]
    assert len(found) > 1
    assert all(body.startswith("- item") and body.endswith("- and more") for body in found)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentences = [f"Sentence {number} says e.g. This and that to Dr. Who of version 3.11 today." for number in range(60)]
    found = [chunk.body for chunk in _chunks(" ".join(sentences))]
    assert len(found) > 1
    assert all(len(body) <= PASSAGE_CHARACTERS for body in found)
    assert all(body.startswith("Sentence") and body.endswith("today.") for body in found)
    assert " ".join(found) == " ".join(sentences)


def test_a_sentence_that_announces_stays_with_what_it_announces() -> None:
    filler = "Word " * 295
    found = [
        chunk.body for chunk in _chunks(f"{filler}\n\nRun this:\n\n```sh\nmake run && make test && make lint\n```\n")
    ]
    assert found == [filler.strip(), "Run this:\n\n```sh\nmake run && make test && make lint\n```"]


def test_a_passages_id_survives_a_change_elsewhere() -> None:
    before = _chunks("# A\n\none\n\n# B\n\ntwo\n")
    after = _chunks("# A\n\nchanged\n\n# B\n\ntwo\n")
    assert before[1].stable_id == after[1].stable_id
    assert before[0].stable_id != after[0].stable_id


def test_the_same_passage_of_two_pages_has_two_ids() -> None:
    assert _chunks("# A\n\none\n", "/a")[0].stable_id != _chunks("# A\n\none\n", "/b")[0].stable_id


def test_an_anchor_too_long_to_keep_leads_to_the_heading_before() -> None:
    found = _chunks(f"# A\n\none\n\n## {'long ' * 50}\n\ntwo\n")
    assert [chunk.anchor for chunk in found] == ["a", "a"]


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
    kept = " ".join(f"{chunk.heading} {chunk.body}" for chunk in _chunks("\n\n".join(blocks)))
    bodies = [block for block in blocks if not block.startswith("## ")]
    wanted = {word for block in bodies for word in re.findall(r"[^\W\d_]+", block) if word != "x"}
    assert wanted <= set(re.findall(r"[^\W\d_]+", kept)) | {"x"}


@given(st.text())
def test_a_page_is_always_cut_alike(text: str) -> None:
    assert _chunks(text) == _chunks(text)


def _table(rows: list[list[str]]) -> MarkdownBlock:
    return table([[LinkedText(cell) for cell in row] for row in rows])


SENTENCE = st.lists(WORD, min_size=1, max_size=60).map(lambda words: "S" + " ".join(words) + ".")
LINE = st.text(alphabet="abc {}()#.:", max_size=120)
MANY = st.one_of(
    st.lists(SENTENCE, min_size=1, max_size=30).map(" ".join).map(prose),
    st.tuples(st.integers(1, 40), st.lists(LINE, min_size=1, max_size=5)).map(
        lambda drawn: code("\n".join(drawn[1] * drawn[0]), "py")
    ),
    st.tuples(st.integers(1, 40), st.lists(SENTENCE, min_size=1, max_size=4)).map(
        lambda drawn: listing(BlockKind.LIST, [[words(f"- {item}")] for item in drawn[1] * drawn[0]])
    ),
    st.tuples(st.integers(1, 60), PROSE).map(lambda drawn: _table([["a"], *[[drawn[1]]] * drawn[0]])),
)


@given(st.lists(MANY, max_size=6))
def test_no_passage_exceeds_its_size_and_none_cuts_a_sentence_an_item_or_code(blocks: list[MarkdownBlock]) -> None:
    texts = [block.body for block in blocks]
    found = [join(part) for part in pack(blocks)]
    for body in found:
        assert body.strip()
        assert len(body) <= MOST_CHARACTERS
        assert body.count("```") % 2 == 0
        # Only a single block may be longer than a passage.
        assert len(body) <= PASSAGE_CHARACTERS or body in texts or body.startswith(("```", "- ", "|"))
        if not body.startswith(("```", "- ", "|")):
            assert body.startswith("S")
    # What fits by itself stands whole in one passage.
    for block in blocks:
        most = PASSAGE_CHARACTERS if block.kind is BlockKind.PROSE else MOST_CHARACTERS
        if len(block.body) <= most:
            assert any(block.body in body for body in found)
    # Nothing is lost and nothing moves; a fence and the head of a table may stand again.
    again = {"", "```py", "```", "| a |", "| --- |"}
    lines = [line for body in found for line in body.replace(". S", ".\nS").split("\n") if line not in again]
    assert lines == [line for text in texts for line in text.replace(". S", ".\nS").split("\n") if line not in again]


@given(st.text(min_size=1, max_size=50), st.integers(1, 400))
def test_whatever_the_text_no_passage_exceeds_the_most(text: str, times: int) -> None:
    line = " ".join((text * times).split())
    blocks = [
        prose(line),
        code(text * times, ""),
        _table([["a"], [line]]),
        _table([[line], ["a"]]),
        listing(BlockKind.LIST, [[words(f"- {line}")]]),
    ]
    for block in blocks:
        assert all(len(join(part)) <= MOST_CHARACTERS for part in pack([block]))


@given(st.lists(MANY, max_size=6))
def test_a_passage_is_stored_with_the_units_of_its_blocks(blocks: list[MarkdownBlock]) -> None:
    for chunk in chunking.chunks("/page", Document("Page", (Section("", (), tuple(blocks)),))):
        for block in read_blocks(json.loads(json.dumps(chunk.blocks)), chunk.body):
            assert block.markdown in chunk.body
            assert all(text in chunk.body for text in block.texts)


def test_what_a_reader_knew_is_stored_with_the_passage() -> None:
    [chunk] = _chunks(
        "Set `A_B` to *[1]*. It stays.\n\n- one `x`\n\n  ```sh\n  a  *b\n  ```\n- two\n\n3. Go.\n\n"
        "| a | b |\n| --- | --- |\n| `c\\|d` | e |\n|  | f |\n\n```py\nx = 1\n\n  y\n```\n"
    )
    prose, items, steps, rows, lines = read_blocks(chunk.blocks, chunk.body)
    kinds = ["prose", "list", "steps", "table", "code"]
    assert [block.kind for block in (prose, items, steps, rows, lines)] == kinds
    assert [unit.markdown for unit in prose.units] == [r"Set `A_B` to \[1\]. ", "It stays."]
    assert prose.texts == ("Set A_B to [1]. It stays.",)
    assert [unit.lines for unit in items.units] == [(("one x",), ("a *b",)), (("two",),)]
    assert items.markdown == "- one `x`\n  ```sh\n  a  *b\n  ```\n- two"
    assert (steps.markdown, steps.texts) == ("3. Go.", ("Go.",))
    assert rows.head is not None
    assert rows.head.lines == (("a", "b"),)
    assert [unit.lines for unit in rows.units] == [(("c|d", "e"), ("f",))]
    assert rows.units[0].markdown == "| `c\\|d` | e |\n|  | f |"
    assert (lines.language, lines.markdown, lines.texts) == ("py", "```py\nx = 1\n\n  y\n```", ("x = 1", "y"))


@pytest.mark.parametrize(
    "shown", ["It comes ``as is''.", "A lone ` sign. Another.", "C:\\a *b* [c] <d> _e_", "- no list"]
)
def test_signs_that_are_words_are_stored_as_words(shown: str) -> None:
    [chunk] = chunking.chunks("/page", Document("Page", (Section("", (), (prose(shown),)),)))
    [block] = read_blocks(chunk.blocks, chunk.body)
    assert block.texts == (shown,)
    [chunk] = chunking.chunks(
        "/page", Document("Page", (Section("", (), (listing(BlockKind.LIST, [[words(shown).indented("- ")]]),)),))
    )
    [block] = read_blocks(chunk.blocks, chunk.body)
    assert block.texts == (shown,)


def test_an_item_that_is_nothing_but_code_is_kept() -> None:
    assert [passage.body for passage in _chunks("- ```\n  run\n  ```\n")] == ["- ```\n  run\n  ```"]
