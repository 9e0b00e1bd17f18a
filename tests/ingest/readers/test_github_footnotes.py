"""Footnotes below a page, as GitHub and those that follow it show them."""

from markdown_it import MarkdownIt

from chatkit.ingest.readers.github_footnotes import use_github_footnotes
from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.markdown import NOTES, parser

PARSER: MarkdownIt = use_github_footnotes(parser(raw_html=True))


def test_footnotes_stand_below_the_page_in_the_order_in_which_they_are_referred_to() -> None:
    text = "# A\n\nOne[^b], two[^a].\n\n[^a]: First\n    line.\n\n    More.\n\n[^b]: Second.\n\n[^c]: Unused.\n\nEnd.\n"
    sections = read_sections(str(PARSER.render(text, {"notes": frozenset(NOTES.findall(text))})))
    assert [(section.anchor, [block.body for block in section.blocks]) for section in sections] == [
        ("", ["One, two.", "End."]),
        ("user-content-fn-b", ["1. Second.\n2. First line.\n   More."]),
    ]


def test_a_page_without_references_has_no_footnotes() -> None:
    text = "Words.\n\n[^a]: Unused.\n"
    assert str(PARSER.render(text, {"notes": frozenset(NOTES.findall(text))})) == "<p>Words.</p>\n"
