"""SUMMARY.md: which pages it names, in which order, under which titles."""

from pathlib import PurePosixPath

from chatkit.ingest.readers.summary import chapters


def test_pages_come_in_order_with_their_titles_from_lists_and_between_them() -> None:
    text = (
        "# [Summary](not-a-page.md)\n\n[Preface](./preface.md)\n\n# Part `one`\n\n<!-- [Old](old.md) -->\n"
        '- [Own *name* of `it`](one.md)\n  - [Below](sub/../sub/two.md#part)\n* [A b](a%20b.md "title")\n'
        "- [Draft]()\n- [Elsewhere](https://example.com/x.md)\n\n---\n\n[Again](one.md)\n"
        "[Last][last]\n\n[last]: last.md\n"
    )
    assert {str(path): title for path, title in chapters(text).items()} == {
        "preface.md": "Preface",
        "one.md": "Own name of it",
        "sub/two.md": "Below",
        "a b.md": "A b",
        "last.md": "Last",
    }


def test_a_path_that_leads_out_of_the_folder_or_nowhere_names_no_page() -> None:
    assert chapters("- [Z](http://[)\n- [A](../a.md)\n- [B](/b.md)\n- [C](x/../../c.md)\n- [D](d.md)\n") == {
        PurePosixPath("d.md"): "D"
    }
