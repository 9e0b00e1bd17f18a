"""Markdown in: sections under anchors, and the same anchors on the page that is shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ingest.document import Section, prose
from chatkit.ingest.readers import markdown
from tests import factories


def _sections(text: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    found = markdown.parse(text, "page").sections
    return [(section.anchor, section.headings, tuple(block.body for block in section.blocks)) for section in found]


def _blocks(text: str) -> tuple[str, ...]:
    [section] = markdown.parse(text, "page").sections
    return tuple(block.body for block in section.blocks)


def test_what_follows_a_heading_stands_under_it_and_those_above() -> None:
    assert _sections("before\n\n# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree\n") == [
        ("", (), ("before",)),
        ("a", ("A",), ("one",)),
        ("b", ("A", "B"), ("two",)),
        ("c", ("C",), ("three",)),
    ]


def test_lists_and_tables_stay_markdown() -> None:
    text = "- one\n- two\n  - deeper\n\n3. three\n4. four\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert _blocks(text) == (
        "- one\n- two\n  - deeper",
        "3. three\n4. four",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
    )


def test_code_in_a_list_stays_with_its_item() -> None:
    text = "1. Run this:\n\n   ```sh\n   make\n\n   make run\n   ```\n2. Look.\n"
    assert _blocks(text) == ("1. Run this:\n   ```sh\n   make\n\n   make run\n   ```\n2. Look.",)


def test_code_keeps_its_language_its_lines_and_its_fences() -> None:
    assert _blocks("```py title=x\na = 1\n\n  b\n```\n") == ("```py\na = 1\n\n  b\n```",)
    assert _blocks("    indented\n") == ("```\nindented\n```",)
    assert _blocks("````md\n```\ninner\n```\n````\n") == ("````md\n```\ninner\n```\n````",)


def test_prose_loses_its_marks_and_keeps_its_words() -> None:
    text = "*One* **two** `three` [four](/x) <https://five.example>\nsix&nbsp;&amp; [seven][s]\n\n[s]: /y\n"
    assert _blocks(text) == ("One two `three` four https://five.example six & seven",)


def test_html_in_a_page_is_read_as_html() -> None:
    text = "One<br>two <kbd>Ctrl</kbd>.\n\n<details><summary>More</summary>\n\nInner *text*.\n\n</details>\n"
    assert _blocks(text + "\n<script>alert(1)</script>\n") == ("One two Ctrl.", "More", "Inner text.")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("!!! note\n    Inside.\n\n    ```\n    code\n    ```\n\nAfter.\n", ("Inside.", "```\ncode\n```", "After.")),
        ('!!! warning "Mind *this*"\n\n    Inside.\n', ("Mind this", "Inside.")),
        ('??? tip "Folded"\n    Inside.\n', ("Folded", "Inside.")),
        ('=== "pip"\n\n    With pip.\n\n=== "uv"\n\n    With uv.\n', ("pip:", "With pip.", "uv:", "With uv.")),
        (":::tip\nInside.\n:::\nAfter.\n", ("Inside.", "After.")),
        ("::: tip A title\n\nInside.\n\n:::\n", ("A title", "Inside.")),
        ("::::note[A label]{.x}\n:::tip\nInside.\n:::\n::::\n", ("A label", "Inside.")),
        ("> [!NOTE]\n> Inside.\n\nAfter.\n", ("Inside.", "After.")),
        ("- item\n\n    !!! note\n        Inside.\n", ("- item\n  Inside.",)),
        ("```\n!!! note\n:::tip\n```\n", ("```\n!!! note\n:::tip\n```",)),
        ("Really!!! note this ::: please.\n", ("Really!!! note this ::: please.",)),
    ],
)
def test_boxes_are_read_as_prose(text: str, blocks: tuple[str, ...]) -> None:
    assert _blocks(text) == blocks


def test_a_box_ends_where_its_indentation_ends() -> None:
    assert _sections("!!! note\n    Inside.\n\n# After\n\ntext\n") == [
        ("", (), ("Inside.",)),
        ("after", ("After",), ("text",)),
    ]


def test_repeated_headings_have_different_anchors() -> None:
    assert [anchor for anchor, _, _ in _sections("# A\n\n# A\n\n# A\n")] == ["a", "a-1", "a-2"]


def test_a_heading_that_looks_like_a_repeat_has_an_anchor_of_its_own() -> None:
    anchors = [anchor for anchor, _, _ in _sections("# A\n\n# A\n\n# A 1\n")]
    assert len(anchors) == len(set(anchors))


def test_a_heading_may_name_its_anchor() -> None:
    assert _sections("# Long heading {#short}\n\ntext\n") == [("short", ("Long heading",), ("text",))]


def test_a_page_is_titled_by_its_front_matter_then_its_heading_then_its_path() -> None:
    assert markdown.parse('---\ntitle: "Mine"\n---\n# A\n\nx\n', "p").title == "Mine"
    assert markdown.parse("# A\n\nx\n", "p").title == "A"
    assert markdown.parse("x\n", "p").title == "p"


def test_the_rendered_page_carries_the_anchors_of_its_sections() -> None:
    text = factories.GUIDE["foghorn.md"]
    anchors = {section.anchor for section in markdown.parse(text, "p").sections}
    assert anchors == set(re.findall(r'id="([^"]+)"', markdown.render(text)))


def test_raw_html_in_a_page_that_is_shown_is_text() -> None:
    html = markdown.render("# A\n\n<script>alert(1)</script>\n\n<b onclick=x>b</b> [x](javascript:alert(1))\n")
    assert "<script" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html


@given(st.text(alphabet='#-*`>|[](){}!_~ \n\tab1.:\\<&=?"/\r\x00'))
def test_no_markdown_breaks_the_parser(text: str) -> None:
    for section in markdown.parse(text, "page").sections:
        assert all(block.body.strip() for block in section.blocks)
    markdown.render(text)


def test_a_page_without_headings_is_one_section() -> None:
    assert markdown.parse("x\n", "p").sections == (Section("", (), (prose("x"),)),)


@pytest.mark.parametrize(
    "address",
    """javascript:x JaVaScRiPt:x vbscript:x data:text/html,x data:image/svg+xml,x blob:https://a/b filesystem:https://a/b
    view-source:https://a/ intent://a file:///a &#106;avascript:x javascript&colon;x""".split(),  # noqa: SIM905
)
@pytest.mark.parametrize("form", ["[text](<{}>)", "![text](<{}>)", "<{}>", "[text]\n\n[text]: <{}>"])
def test_a_page_links_only_what_may_be_followed(address: str, form: str) -> None:
    assert not re.search(r"<(?:a|img)\b", markdown.render(form.format(address)))


@pytest.mark.parametrize(
    "address", ["https://a.example/b", "//a.example", "/b", "../b", "#c", "?d", "mailto:e@f.example"]
)
def test_a_page_links_what_may_be_followed(address: str) -> None:
    assert f'href="{address}"' in markdown.render(f"[text]({address})")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Words[^1] and[^b].\n\n[^1]: First.\n[^b]: https://x.test/\n", ("Words and.", "First.", "https://x.test/")),
        (
            "Words[^1].\n\n[^1]: First\n    line.\n\n    Second.\n\nAfter.\n",
            ("Words.", "First line.", "Second.", "After."),
        ),
        ("- one[^1]\n\n  [^1]: Note.\n- two\n", ("- one\n  Note.\n- two",)),
        ("A class[^a-z] and `[^1]`.\n", ("A class[^a-z] and `[^1]`.",)),
        ("It was ~~red~~ blue.\n", ("It was red blue.",)),
    ],
)
def test_footnotes_and_struck_words_are_read_without_their_marks(text: str, blocks: tuple[str, ...]) -> None:
    [section] = markdown.parse(text, "x").sections
    assert tuple(block.body for block in section.blocks) == blocks


def test_a_mark_of_a_footnote_is_no_part_of_an_anchor() -> None:
    assert markdown.parse("# Words[^1] here\n\n[^1]: Note.\n", "x").sections[0].anchor == "words-here"
