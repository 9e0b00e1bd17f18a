"""Markdown as mdBook 0.5 renders it: what it renders of the same lines is what stands here."""

import pytest

from chatkit.ingest.document import Section
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.mdbook.markdown import id_from_content, to_html
from tests.growth import takes_time_by_size


def _sections(text: str, smart: bool = True) -> tuple[Section, ...]:
    return read_sections(to_html(text, smart, {"python": "~"}))


def _blocks(text: str, smart: bool = True) -> list[str]:
    return [block.body for section in _sections(text, smart) for block in section.blocks]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ('# Chapter\'s "one" -- `--flag` ::', "chapters-one----flag-"),
        ("## A ... b --- c", "a--b--c"),
        ("## `std::vec<T>` & <b>bold</b> x {.cls}", "stdvect--bold-x"),
        ("## Ünï çödé 中文 हिन्दी x́", "ünï-çödé-中文-हिनदी-x"),
        ("Setext head\nsecond line\n===", "setext-head-second-line"),
        ("### Img ![alt text](a.png) pic", "img--pic"),
        ("## Own {#own .cls}", "own"),
        ("## Note[^a]\n\n[^a]: A note.", "note1"),
    ],
)
def test_a_heading_has_the_id_mdbook_gives_it(heading: str, anchor: str) -> None:
    assert _sections(heading)[0].anchor == anchor


def test_repeats_are_counted_with_terms_and_without_ids_that_headings_name_themselves() -> None:
    text = "## Foo {#own}\n\n## Foo\n\n## own\n\nFoo\n: A term.\n\n## Foo\n\n## Foo-1\n"
    assert [section.anchor for section in _sections(text)] == ["own", "foo", "own", "foo-2", "foo-1-1"]


def test_an_attribute_that_is_no_id_is_no_word_of_the_heading() -> None:
    assert _sections("## Words {.cls key=value}\n")[0].headings == ("Words",)


def test_lines_of_rust_are_hidden_as_mdbook_hides_them() -> None:
    text = "```rust,ignore\n# fn main() {\nlet x = 1;\n## shown\n#[derive(Debug)]\n    # hidden\n#\n# }\n```\n"
    assert _blocks(text) == ["```rust\nlet x = 1;\n# shown\n#[derive(Debug)]\n```"]


@pytest.mark.parametrize(("info", "hidden"), [("python", "~"), ("python,hidelines=!!", "!!"), ("sh hidelines=#", "#")])
def test_lines_of_other_languages_are_hidden_by_their_prefix(info: str, hidden: str) -> None:
    language = info.split(",")[0].split(" ")[0]
    assert _blocks(f"```{info}\n{hidden}one\n two\n  {hidden}three\n```\n") == [f"```{language}\n two\n```"]


def test_a_sign_in_code_of_another_language_is_part_of_it() -> None:
    assert _blocks("```sh\n# a comment\n## another\n```\n") == ["```sh\n# a comment\n## another\n```"]


def test_punctuation_is_typographic_but_in_code_and_unless_the_book_says_no() -> None:
    text = "He said \"it's `--x` -- ('no')...\" and ---- -----\n"
    assert _blocks(text) == ["He said “it’s `--x` – (‘no’)…” and –– —–"]
    assert _blocks(text, smart=False) == ["He said \"it's `--x` -- ('no')...\" and ---- -----"]


def test_footnotes_stand_at_the_end_in_the_order_of_their_marks() -> None:
    text = "One.[^b] Two.[^a]\n\n[^a]: First *note*.\n\n[^b]:\n    Second.\n\n    More.\n\n[^c]: Unused.\n\nLast.\n"
    assert _blocks(text) == ["One. Two.", "Last.", "1. Second.\n   More.\n2. First note."]


def test_boxes_tasks_terms_and_details_are_their_words() -> None:
    text = (
        '<div class="warning">\n\nHot *glass*.\n\n</div>\n\n> [!NOTE]\n> Words.\n\n- [ ] open\n- [x] done\n\n'
        "Term\n: What it is.\n\n<details>\n<summary>More</summary>\n\nHidden at first.\n\n</details>\n"
    )
    blocks = ["Hot glass.", "Words.", "- open\n- done", "Term", "What it is.", "More", "Hidden at first."]
    assert _blocks(text) == blocks


def test_an_id_keeps_letters_digits_and_vowel_signs_of_every_script() -> None:
    assert id_from_content("  ศูนย์ ½ Ⅷ ⓐ_é́ ⚠️") == "ศูนย-½-ⅷ-ⓐ_é-"


@pytest.mark.parametrize("opened", ["[^", "{", "## a {\n", '"', "- [ ", "--", "[^a]: x\n"])
def test_a_long_page_of_what_stays_open_is_read_in_time(opened: str) -> None:
    assert takes_time_by_size(lambda size: _sections(opened * size), 20_000)
