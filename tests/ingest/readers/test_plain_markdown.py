"""Plain Markdown: its addresses, and MDX among it."""

from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.readers.plain_markdown import PlainMarkdown, page_slug


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


def test_tags_and_imports_are_no_text_in_mdx() -> None:
    text = "import A from './a'\n\n# Title\n\n<A>\n\nWords {1 + 1}.\n\n</A>\n"
    _, page = PlainMarkdown(Path()).parse(PurePosixPath("a.mdx"), text)
    assert (page.title, [section.anchor for section in page.sections]) == ("Title", ["title"])
    assert [block.body for section in page.sections for block in section.blocks] == ["Words ."]
