"""An answer's Markdown is read in the room as its reader saw it, and nothing of it loads or runs."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from chatkit.owner import prose
from tests.browser import hostile

ANSWER = """These sections come nearest.

1. [Oil `lamps`](/guide/lamps#oil:~:text=Trim%20it.)

   Trim the **wick** of oil\\_lamps weekly. [1]

2. [Fog](https://docs.example.com/fog?a=1&b=2 "Fog")

```sh
sound --now <loud>
```

## After

| a | b |
|---|--:|
| `x \\| y` | *z* |
"""
TEXTS = [*hostile.MARKUP, *hostile.DIRECTIONS, *hostile.ADDRESSES, *hostile.NAMES]
WRAPPINGS = (
    "{}",
    "[words]({})",
    "![words]({})",
    "[{}](https://docs.example.com)",
    "| {} |\n|---|\n| {} |",
    "```{}\n{}",
)
TAGS = {
    "a",
    "br",
    "code",
    "div",
    "em",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {"href", "rel", "class", "role", "aria-label", "tabindex", "scope", "start"}
# What a hurried reader of Markdown takes long for.
LONG = (
    "[" * 8_000,
    "*_" * 2_000 + "a",
    "[a](https://b.example) " * 300,
    "- " * 4_000,
    "|" * 4_000 + "\n-",
    "x" + "`" * 8_000,
)
COLUMNS = 256
HEAD, ROWS = f"{'|a' * COLUMNS}|\n{'|-' * COLUMNS}|\n", "|x |\n" * COLUMNS
# Tables whose lines leave nearly all their cells out.
SPARSE = (
    HEAD + ROWS,
    (HEAD + ROWS).replace("\n", "\r"),
    f"{'a|' * COLUMNS}a\n \t{'-:|' * COLUMNS}-\n" + "x\u2028\n" + ROWS,
    "1. " + (HEAD + ROWS).replace("\n", "\n   "),
    HEAD + "|-|\n" + ROWS,
    f"{'|a' * 40}|\n{'|-' * 40}|\n{'x' * 30}\n\n".replace("x", "x\n") * 20,
)


def test_an_answer_is_the_html_that_its_reader_saw() -> None:
    tree = LexborHTMLParser(prose.render(ANSWER))
    assert next(item.text().split() for item in tree.css("ol > li"))[:3] == ["Oil", "lamps", "Trim"]
    assert [node.text() for node in tree.css("code")] == ["lamps", "sound --now <loud>\n", "x | y"]
    assert [node.text() for node in tree.css("strong")] == ["wick", "After"]
    [link] = tree.css("a")
    assert link.attributes == {"href": "https://docs.example.com/fog?a=1&b=2", "rel": "noopener noreferrer nofollow"}


def test_the_words_of_an_answer_stand_in_one_line_without_marks() -> None:
    assert prose.plain(ANSWER) == (
        "These sections come nearest. Oil lamps · Trim the wick of oil_lamps weekly. [1] · Fog · sound --now <loud>"
        " · After · a · b · x | y · z"
    )
    assert prose.plain("") == prose.plain("\n\n") == ""


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_hostile_text_becomes_nothing_but_text_and_links_to_the_web(wrapping: str) -> None:
    for text in TEXTS:
        tree = LexborHTMLParser(f"<main>{prose.render(wrapping.replace('{}', text))}</main>")
        for node in tree.css("main *"):
            assert node.tag in TAGS, (text, node.html)
            assert node.attributes.keys() <= ATTRIBUTES, (text, node.html)
            if node.tag == "a":
                assert re.match(r"https?://\w", node.attributes["href"] or ""), (text, node.html)
                assert node.attributes["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize("text", LONG)
def test_no_text_is_left_out_however_it_is_nested(text: str) -> None:
    letters = re.findall(r"\w", LexborHTMLParser(prose.render(f"{text} end")).text())
    assert letters[-3:] == ["e", "n", "d"]
    letters = re.findall(r"\w", prose.plain(f"{text[:3_000]} end"))
    assert letters[-3:] == ["e", "n", "d"]


@pytest.mark.parametrize("text", SPARSE)
def test_a_table_that_leaves_its_cells_out_becomes_no_long_page(text: str) -> None:
    page = prose.render(f"{text}\n\nend")
    assert (len(page) < 20 * prose.MAX_CELLS, "end" in page) == (True, True)


def test_a_table_that_anybody_would_write_is_one() -> None:
    row = "| x " * 12 + "|\n"
    page = LexborHTMLParser(prose.render(f"{row}{'|---' * 12}|\n{row * 100}"))
    assert len(page.css("td")) == 1_200


def test_of_a_long_answer_the_first_words_are_read_for_a_line() -> None:
    assert prose.plain("word " * 100_000).split() == ["word"] * 800
