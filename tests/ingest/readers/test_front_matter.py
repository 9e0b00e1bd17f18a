"""Front matter: what a page says of itself at its top."""

import time

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


def test_aliases_of_aliases_are_not_followed_without_end() -> None:
    doubled = "".join(f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]\n" for number in range(1, 40))
    metadata, body = front_matter.split(f"---\ntitle: A  \na0: &a0 [x]\n{doubled}---\nBody\n")
    assert (metadata["title"], body) == ("A", "Body\n")
    assert isinstance(metadata["a39"], str)
    assert front_matter.split("---\na: &x [1]\nb: *x\n---\n")[0] == {"a": [1], "b": [1]}


def test_lines_that_are_no_yaml_take_no_longer_than_others() -> None:
    began = time.process_time()
    front_matter.split(f"---\ntitle: One: two{' ' * 200_000}x\n---\n")
    assert time.process_time() - began < 1
