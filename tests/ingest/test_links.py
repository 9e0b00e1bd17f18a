"""Links of a page: to the site's own pages by the addresses that readers get, and nowhere else."""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatkit.ingest import chunking
from chatkit.ingest.chunking import Chunk
from chatkit.ingest.document import Document, Link
from chatkit.ingest.folder import Folder
from chatkit.ingest.links import resolve_below
from chatkit.ingest.outcomes import Parsed
from chatkit.ingest.readers.html.page import read_sections
from chatkit.search import retrieval
from chatkit.search.passages import Block, BlockKind, Unit, read_blocks
from tests import factories

SITE = "https://docs.example.com/guide/"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("../setup/#port", f"{SITE}a/setup/#port"),
        ("#one two", f"{SITE}a/b/#one%20two"),
        ("/guide/x?v=2#y", f"{SITE}x?v=2#y"),
        ("HTTPS://Docs.Example.com:443/guide/v1.2", f"{SITE}v1.2"),
        ("https://docs.example.com/guide", SITE),
        ("//docs.example.com/guide/x", f"{SITE}x"),
        ("x(1)_[2]", f"{SITE}a/b/x(1)_%5B2%5D"),
    ],
)
def test_a_link_below_the_base_url_stays(link: str, url: str) -> None:
    assert resolve_below(SITE, f"{SITE}a/b/", link) == url
    path, page = SITE.removeprefix("https://docs.example.com"), "/guide/a/b/"
    expected = None if "//" in link else url.removeprefix("https://docs.example.com")
    assert resolve_below(path, page, link) == expected


@pytest.mark.parametrize(
    "link",
    [
        *("https://example.com/guide/", "/blog", "../../../x", "/guide/../x", "https://docs.example.com/guide/../x"),
        *("https://docs.example.com/guidebook", "http://docs.example.com/guide/", "https://u@docs.example.com/guide/"),
        *("javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x"),
        *("mailto:a@example.com", "tel:1", "//example.com", "\\\\example.com", "/\\example.com", "http://[", "#"),
        *("a.zip", "pic.png", "setup.py", "{{url}}", "%7B%7Burl%7D%7D", "x" * 1_000),
    ],
)
@pytest.mark.parametrize("base_url", [SITE, "/guide/"])
def test_a_link_that_leads_elsewhere_or_to_no_page_is_none(base_url: str, link: str) -> None:
    assert resolve_below(base_url, f"{base_url}a/", link) is None


@pytest.mark.parametrize("link", ["//example.com/", "/x/..//example.com", "/\\example.com", "https://example.com/"])
def test_a_site_at_the_root_of_its_host_links_to_no_other_host(link: str) -> None:
    found = resolve_below("/", "/a", link)
    assert found is None or (found[0] == "/" and found[1] not in "/\\")


def _shown(folder: Path, pages: Mapping[str, str], base_url: str | None, generator: str = "auto") -> str:
    """Return the Markdown that shows the last page of a folder."""
    source = Folder(factories.write_pages(folder, pages), base_url, generator)
    *_, page = [outcome for outcome in source.pages({}) if isinstance(outcome, Parsed)]
    return _markdown(page.passages)


def _markdown(passages: Iterable[Chunk]) -> str:
    found = [block for chunk in passages for block in read_blocks(json.loads(json.dumps(chunk.blocks)), chunk.body)]
    return "\n\n".join(block.markdown for block in found)


def test_links_of_plain_markdown_lead_to_files_and_to_addresses(tmp_path: Path) -> None:
    text = (
        "# Z\n\n[a](../b/my%20page.md#x), [b](setup), [c](setup.html), [d](deep/), [e](/x/setup), [f](#z), [g](../), "
        "[h](gone.md), [i](gone), [j](setup.txt), [k](/y), [l](mailto:a@b.c), <a href=javascript:x>m</a>, "
        "[n](../../x.md)"
    )
    pages = {"a.md": "", "b/my page.md": "", "z/deep/index.md": "", "z/setup.md": "", "z/setup.txt": "", "z/z.md": text}
    assert _shown(tmp_path, pages | {"index.md": "", "z/zz.md": text}, "/x/") == (
        "[a](/x/b/my%20page#x), [b](/x/z/setup), [c](/x/z/setup), [d](/x/z/deep), [e](/x/setup), [f](/x/z/zz#z), "
        "[g](/x/), h, i, j, k, l, m, n"
    )


@pytest.mark.parametrize("base_url", ["/x/", "https://example.com/x/", None])
def test_links_of_mkdocs_lead_where_it_publishes_pages(tmp_path: Path, base_url: str | None) -> None:
    text = (
        "# Z\n\n[a](../b/setup.md#port), [b](../b/README.md), [c](../b/setup/#port), [d](#z), [e](../index.md), "
        "[f](https://example.com/x/b/), [g](../draft.md), [h](gone.md), [i](LICENSE), [j](../../up.md), [k]({{ url }})"
    )
    settings = "site_url: https://example.com/x\nexclude_docs: draft.md\n"
    pages = {"index.md": "", "b/setup.md": "", "b/README.md": "", "draft.md": "", "z/LICENSE": "", "z/z.md": text}
    factories.write_pages(tmp_path, {"mkdocs.yml": settings})
    base = base_url or "https://example.com/x/"
    # An address is relative to the page's own, as everywhere.
    assert _shown(tmp_path / "docs", pages, base_url) == (
        f"[a]({base}b/setup/#port), [b]({base}b/), [c]({base}z/b/setup/#port), [d]({base}z/z/#z), [e]({base}), "
        f"[f]({base}b/), g, h, i, j, k"
    )


def test_links_of_mkdocs_without_directories_lead_to_files(tmp_path: Path) -> None:
    factories.write_pages(tmp_path, {"mkdocs.yml": "use_directory_urls: false\n"})
    pages = {"a/b.md": "", "z.md": "# Z\n\n[a](a/b.md#c) and [b](a/b.html).\n"}
    assert _shown(tmp_path / "docs", pages, "/x/") == "[a](/x/a/b.html#c) and [b](/x/a/b.html)."


def test_links_of_docusaurus_lead_where_front_matter_puts_pages(tmp_path: Path) -> None:
    text = (
        "# Z\n\n[a](./01-first.md#x), [b](/b/02-slug.mdx), [c](b/02-slug.mdx), [d](/docs/b/02-slug.mdx), [e](first), "
        "[f](draft.md), [g](_part.mdx), [h](/docs/new), [i](../blog/x.md), <Link to='first'>j</Link>, [k](first?a=b#c)"
    )
    pages = {
        "b/02-slug.mdx": "---\nslug: /new\n---\n",
        "z/01-first.md": "---\nid: one\n---\n",
        "z/_part.mdx": "",
        "z/draft.md": "---\ndraft: true\n---\n",
        "z/z.md": "",
        "z/zz.md": text,
    }
    assert _shown(tmp_path / "docs", pages, "https://example.com/docs/", "docusaurus") == (
        "[a](https://example.com/docs/z/one#x), [b](https://example.com/docs/new), [c](https://example.com/docs/new), "
        "[d](https://example.com/docs/new), [e](https://example.com/docs/z/first), f, g, "
        "[h](https://example.com/docs/new), i, j, [k](https://example.com/docs/z/first?a=b#c)"
    )


def test_links_of_built_pages_are_relative_to_where_they_stand(tmp_path: Path) -> None:
    head = '<base href="../"><link rel=canonical href="https://example.com/x/z">'
    text = '<main><p><a href="setup.html#a">a</a> <a href="/x/b/">b</a> <a href="/c">c</a> <a href="d.md">d</a></main>'
    pages = {"z/index.html": f"<html><head>{head}</head>{text}</html>"}
    base = "https://example.com/x/"
    assert _shown(tmp_path, pages, base) == f"[a]({base}setup.html#a) [b]({base}b/) c d"


def _of_html(markup: str) -> str:
    sections = read_sections(markup)
    document = Document("Page", sections).with_links(lambda link: link if link.startswith("/") else None)
    return _markdown(chunking.chunks("/page", document))


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>Set <a href=/p> the port </a>.</p>", "Set [the port](/p) ."),
        ("<p><a href=/p>a</a><a href=/q>b</a> <a href=/r> </a><a>c</a>", "[a](/p)[b](/q) c"),
        ("<p><a href=/p><code>a[0]_b</code></a> <code><a href=/q>c`d</a></code>", "[`a[0]_b`](/p) [`` c`d ``](/q)"),
        ("<p><a href=/p>See <code>x</code> and <em>y</em></a>", "[See `x` and y](/p)"),
        ("<p>Wow!<a href=/p>a]*b* <i></a>", r"Wow\![a\]\*b\*](/p)"),
        ("<p><a href='/p_(x) y\n\\|`'>a</a>", "[a](/p_%28x%29%20y%0A%5C%7C%60)"),
        ("<p>a ` <a href=/p>b` c</a> <a href=/p>d ` e</a>", "a ` b` c d ` e"),
        ("<p>See <a href=/p>this. That</a> too.", "See [this.](/p) [That](/p) too."),
        ("<p>- <a href=/p># a</a>", r"\- [# a](/p)"),
        ("<a href=/p><div>One.</div><h2>Two</h2><p>Three.</p></a>", "[One.](/p)\n\n[Three.](/p)"),
        ("<a href=/p>a <img alt=b></a><img alt=c><a href=x>d</a>", "[a](/p) d"),
        ("<h2><a href=/p>Heading</a></h2><p>a", "a"),
        ("<blockquote><p>[!NOTE] a <a href=/p>b</a></p></blockquote>", "a [b](/p)"),
        ("<ul><li>a <a href=/p>b</a><p><a href=/q>c</a></p><ol><li><a href=/r>d</a></ol></ul>",
         "- a [b](/p)\n  [c](/q)\n  1. [d](/r)"),
        ("<table><caption><a href=/p>a</a></caption><tr><th><a href=/q>b</a><tr><td>c|d<td>e|<a href=/r>f|g</a>",
         "[a](/p)\n\n| [b](/q) |  |\n| --- | --- |\n| c\\|d | e\\|[f\\|g](/r) |"),
        ("<pre>a <a href=/p>b</a></pre>", "```\na b\n```"),
    ],
)  # fmt: skip
def test_a_link_stays_one_in_what_is_shown(markup: str, shown: str) -> None:
    assert _of_html(markup) == shown


def test_a_long_paragraph_keeps_its_links_where_it_is_cut() -> None:
    sentences = [f'Here is {"so " * 20}<a href="/p{number}">number {number}</a>.' for number in range(40)]
    shown = _of_html(f"<p>{' '.join(sentences)}</p>")
    assert "\n\n" in shown
    assert re.findall(r"\[number (\d+)\]\(/p(\d+)\)\.", shown) == [(str(number),) * 2 for number in range(40)]


TEXT = st.text(alphabet="ab .:`*_[]()<>!|\\#-1", max_size=12)
LINKED = st.lists(st.tuples(TEXT, st.none() | st.just("/p"), st.booleans()), min_size=1, max_size=6)
MARKUP = {
    "prose": "<p>%s</p>",
    "list": "<ul><li>%s<li>x</ul>",
    "table": "<table><tr><th>h<th>%s<tr><td>%s<td>x</table>",
}


@given(LINKED, st.sampled_from(sorted(MARKUP)))
def test_what_is_shown_reads_as_its_page_with_and_without_links(
    parts: list[tuple[str, str | None, bool]], kind: str
) -> None:
    inner = ""
    for text, link, is_code in parts:
        words = f"<code>{escape(text)}</code>" if is_code else escape(text)
        inner += f'<a href="{link}">{words}</a>' if link else words
    markup = MARKUP[kind].replace("%s", inner)
    document = Document("Page", read_sections(markup))
    linked, unlinked = (chunking.chunks("/page", document.with_links(resolve)) for resolve in (str, lambda link: None))
    assert [chunk.body for chunk in linked] == [chunk.body for chunk in unlinked]
    for chunk, plain in zip(linked, unlinked, strict=True):
        blocks, without = read_blocks(chunk.blocks, chunk.body), read_blocks(plain.blocks, plain.body)
        assert [block.texts for block in blocks] == [block.texts for block in without]
        assert [_read(block.markdown) for block in blocks] == [_read(block.markdown) for block in without]


def _read(markdown: str) -> list[str]:
    """Return what CommonMark shows of a block, code and words told apart, without its links."""
    inline = [token for token in MarkdownIt("commonmark").enable("table").parse(markdown) if token.type == "inline"]
    return [
        "".join(f"{'`' * (child.type == 'code_inline')}{child.content}" for child in token.children or [])
        for token in inline
    ]


def test_a_page_says_which_links_it_has() -> None:
    sections = read_sections(
        "<p>See <a href=/p>the <code>port</code></a> and <a href=x>x</a>.<ul><li><a href=/q>q</a></ul>"
    )
    found = Document("Page", sections).with_links(lambda link: link if link.startswith("/") else None)
    assert found.links == (Link("the port", "/p"), Link("q", "/q"))


def test_a_link_is_found_on_each_database_and_is_no_word_of_its_passage(app: Flask, tmp_path: Path) -> None:
    pages = {"setup.md": "# Setup\n\nx\n", "a.md": "# Lamp\n\nSee [the lamp](setup.md#x) there.\n"}
    factories.index(app, tmp_path / "docs", pages)
    with app.app_context():
        [found] = retrieval.search("lamp", 5)
    assert found.blocks == (
        Block(BlockKind.PROSE, (Unit("See [the lamp](/guide/setup#x) there.", (("See the lamp there.",),)),)),
    )
    assert found.body == "See the lamp there."
    assert "setup" not in found.stems
