"""Front matter: what a page says of itself at its top."""

import pytest

from chatkit.ingest.readers import front_matter


@pytest.mark.parametrize(
    ("text", "matter", "rest"),
    [
        ("---\r\ntitle: 'A: b'\r\n---\r\nx", {"title": "A: b"}, "x"),
        ("---\n---\nx", {}, "x"),
        ("---\ntitle: a: b\nslug: /c\n---\nx", {"title": "a: b", "slug": "/c"}, "x"),
        ("---\n- [\n---\nx", {}, "x"),
        ("---\n&a [*a, *a]\n---\nx", {}, "---\n&a [*a, *a]\n---\nx"),
        ("---\nprose between two rules\n---\nx", {}, "---\nprose between two rules\n---\nx"),
        ("\ufeff---\nslug: /a\n...\nx", {"slug": "/a"}, "x"),
        ("text\n---\na: b\n---\n", {}, "text\n---\na: b\n---\n"),
    ],
)
def test_front_matter_is_yaml_at_the_top(text: str, matter: dict[str, str], rest: str) -> None:
    assert front_matter.split(text) == (matter, rest)


def test_front_matter_makes_no_object() -> None:
    matter, _ = front_matter.split("---\ntitle: !!python/object/apply:os.getcwd []\n---\n")
    assert matter == {"title": "!!python/object/apply:os.getcwd []"}


@pytest.mark.parametrize(
    ("value", "text"),
    [("2024-05-01", "2024-05-01"), ('"a\\0b"', "ab"), ("[a]", None), ("", None), ("7", "7")],
)
def test_a_value_of_front_matter_is_text_that_a_database_takes(value: str, text: str | None) -> None:
    matter, _ = front_matter.split(f"---\ntitle: {value}\n---\n")
    assert front_matter.string(matter, "title") == text
