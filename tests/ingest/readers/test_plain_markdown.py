"""Plain Markdown: its addresses."""

from pathlib import PurePosixPath

import pytest

from chatkit.ingest.readers.plain_markdown import page_slug


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("index.md", ""),
        ("a.md", "a"),
        ("a/b.md", "a/b"),
        ("a/index.md", "a"),
        ("reindex.md", "reindex"),
        ("v1.2.md", "v1.2"),
    ],
)
def test_a_file_of_plain_markdown_has_a_place_in_the_site(path: str, slug: str) -> None:
    assert page_slug(PurePosixPath(path)) == slug
