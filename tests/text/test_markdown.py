"""Markdown as text: words that mean nothing but themselves, code that stays code."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatkit.text import markdown


def _shown(text: str) -> str:
    """Return what CommonMark shows of a paragraph."""
    [_, inline, _] = MarkdownIt("commonmark").parse(text)
    return "".join(child.content if child.content else "\n" for child in inline.children or [])


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        ("a *b* [c](d) <e>", r"a \*b\* \[c\](d) \<e>"),
        ("snake_case and _one_ and __init__", r"snake_case and \_one\_ and \_\_init\_\_"),
        ("`*a*` and *b*", r"`*a*` and \*b\*"),
        ("a `lone mark and *b*", r"a `lone mark and \*b\*"),
        (r"C:\`*a*`", r"C:\\`*a*`"),
    ],
)
def test_words_are_escaped_and_code_is_not(words: str, escaped: str) -> None:
    assert markdown.escape_markdown(words) == escaped


@given(st.lists(st.text(alphabet="ab*_[]<>\\#+-.1 ", min_size=1, max_size=20), min_size=1, max_size=4).map("`x`".join))
def test_escaped_words_show_themselves(text: str) -> None:
    words = " ".join(f"x {text}".split())
    assert _shown(markdown.escape_markdown(words)) == markdown.plain_text(words)


@pytest.mark.parametrize("words", ["# a", "- a", "> a", "1. a", "12) a", "+ a"])
def test_what_opens_a_block_is_escaped_at_the_beginning_of_a_paragraph(words: str) -> None:
    assert _shown(markdown.escape_paragraph(words)) == words


@pytest.mark.parametrize(
    ("words", "plain"),
    [("Set `A_B` now", "Set A_B now"), ("`` a`b ``", "a`b"), ("a ` b", "a ` b"), ("`a``b`", "a``b"), ("", "")],
)
def test_plain_text_has_no_marks_of_code(words: str, plain: str) -> None:
    assert markdown.plain_text(words) == plain


@given(st.text(alphabet="`a \\"))
def test_the_marks_are_blanked_in_place(text: str) -> None:
    assert len(markdown.blank_marks(text)) == len(text)


def test_endless_marks_are_read_at_once() -> None:
    began = time.process_time()
    markdown.plain_text(" ".join("`" * length for length in range(1, 1_501)))
    assert time.process_time() - began < 2


def test_a_fence_is_longer_than_any_inside() -> None:
    assert markdown.fence(["a", "````"], "md") == ("`````md", "`````")


def test_a_title_is_text_in_a_link() -> None:
    assert markdown.link("[A] `b` _c_", "/a (b)") == r"[\[A\] \`b\` \_c\_](/a%20%28b%29)"
