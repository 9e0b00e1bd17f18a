"""What mdBook's includes put into a page, as mdBook 0.5 rendered the same lines."""

import time
from pathlib import PurePosixPath

import pytest

from chatkit.ingest.readers.mdbook.includes import MAX_CHARACTERS, Includes

FILES = {
    "a/lines.txt": "one\ntwo\nthree\n",
    "a/anchors.rs": (
        "fn first() {}\n// ANCHOR: all\nfn second() {\n// ANCHOR: inner\n    call();\n// ANCHOR_END: inner\n}\n"
        "// ANCHOR_END: all\nfn last() {}\n"
    ),
    "a/nested.md": "{{#include ../b/other.md}}\n",
    "b/other.md": "{{#include near.md}}",
    "b/near.md": "nested",
    "a/self.md": "again {{#include self.md}}",
    "a/twice.md": "{{#include twice.md}}{{#include twice.md}}" + "x" * 10_000,
    "a/template.md": "Hello [[#name]] of [[#place nowhere]]!",
}


def _files(path: PurePosixPath) -> str | None:
    parts = list[str]()
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return FILES.get("/".join(parts))


def _expanded(text: str) -> str:
    return Includes(_files).expand(text, PurePosixPath("a"))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("<{{#include lines.txt}}>", "<one\ntwo\nthree>"),
        ("{{ #include lines.txt:2 }}", "two"),
        ("{{#include lines.txt:2:}}", "two\nthree"),
        ("{{#include lines.txt::2}}", "one\ntwo"),
        ("{{#include lines.txt:2:2}}", "two"),
        ("{{#include lines.txt:9}}", ""),
        ("{{#include anchors.rs:all}}", "fn second() {\n    call();\n}"),
        ("{{#include anchors.rs:inner}}", "    call();"),
        ("{{#include anchors.rs:none}}", ""),
        ("{{#rustdoc_include lines.txt:2}}", "# one\ntwo\n# three"),
        (
            "{{#rustdoc_include anchors.rs:inner}}",
            "# fn first() {}\n# fn second() {\n    call();\n# }\n# fn last() {}",
        ),
        ("{{#playground lines.txt editable}}", "```rust,editable\none\ntwo\nthree\n```"),
        ("{{#include nested.md}}", "nested"),
        ("{{#template template.md name=Ada}}", "Hello Ada of nowhere!"),
        ("a {{#include missing.md}} b", "a  b"),
        ("{{#if x}} {{name}} {{#include}}", "{{#if x}} {{name}} {{#include}}"),
        ("\\{{#include lines.txt}} and {{#include lines.txt}}\n{{#include lines.txt:1}}", None),
        ("{{#title Two words}}text", "text"),
    ],
)
def test_a_link_is_replaced_by_what_it_names(text: str, expanded: str | None) -> None:
    """What is escaped reaches to the last brackets of its line."""
    if expanded is None:
        expanded = "{{#include lines.txt}} and {{#include lines.txt}}\none"
    assert _expanded(text) == expanded


def test_a_file_that_includes_itself_ends() -> None:
    assert _expanded("{{#include self.md}}").count("again") == 10


def test_files_that_multiply_each_other_end_within_the_limit() -> None:
    assert len(_expanded("{{#include twice.md}}" * 300)) < 2 * MAX_CHARACTERS


@pytest.mark.parametrize("opened", ["{{#include ", "\\{{#include a", "{{", "{{#include a\n", "{{ ", "{{#title {{"])
def test_a_hundred_thousand_links_that_stay_open_are_passed_over_at_once(opened: str) -> None:
    began = time.process_time()
    _expanded(opened * 100_000)
    assert time.process_time() - began < 2
