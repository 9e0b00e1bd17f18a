"""Titles of code that a comment names, as Expressive Code 0.41 takes them from the same code."""

import pytest
from markdown_it import MarkdownIt

from chatkit.ingest.readers.starlight.expressive_code import use_expressive_code

PARSER = use_expressive_code(MarkdownIt())


def _read(code: str, info: str = "js") -> tuple[str, str]:
    [fence] = PARSER.parse(f"~~~{info}\n{code}~~~\n")
    return fence.info, fence.content


@pytest.mark.parametrize(
    ("code", "info", "title", "left"),
    [
        ("// src/a.js\nlet a\n", "js", "src/a.js", "let a\n"),
        ("let a\n// a.ts\n\nlet b\n", "js", "a.ts", "let a\nlet b\n"),
        ("# File name: site.toml\na = 1\n", "toml", "site.toml", "a = 1\n"),
        ("<!-- index.html -->\n<p>\n", "html", "index.html", "<p>\n"),
        ("# ~/.profile\nexport A=1\n", "sh", "~/.profile", "export A=1\n"),
        ("---\n// a.astro\n---\n<p>\n", "astro", "a.astro", "<p>\n"),
        ("/* a.css */\na {}\n", "css", "a.css", "a {}\n"),
    ],
)
def test_a_comment_that_names_the_file_is_the_title(code: str, info: str, title: str, left: str) -> None:
    assert _read(code, info) == (f'{info} title="{title}"', left)


@pytest.mark.parametrize(
    ("code", "info"),
    [
        ("// a.css\n", "js"),
        ("// Words about it.\n", "js"),
        ("#!/bin/sh\n", "sh"),
        ("// https://example.com/a.js\n", "js"),
        ("1\n2\n3\n4\n// a.js\n", "js"),
        ("// a.js\n", 'js title="b.js"'),
        ("// ...\n", "js"),
        ("// @filename: a.js\n", "js"),
    ],
)
def test_any_other_comment_is_left_alone(code: str, info: str) -> None:
    assert _read(code, info) == (info, code)
