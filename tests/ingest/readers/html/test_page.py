"""HTML in: the main content under its real anchors, without what surrounds it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ingest.document import Section
from chatkit.ingest.readers.html.page import read_page, read_sections


def _bodies(section: Section) -> tuple[str, ...]:
    return tuple(block.body for block in section.blocks)


def _blocks(markup: str) -> list[str]:
    return [block.body for section in read_sections(markup) for block in section.blocks]


def _anchors(markup: str) -> list[str]:
    return [section.anchor for section in read_sections(markup) if section.headings]


PAGE = """<!doctype html><html><head><title>Setting up &ndash; Site</title>
<link rel="canonical" href="/docs/setup/"><meta name="robots" content="NOINDEX, follow"></head>
<body><header><a href="/">Site</a><h1>Site name</h1></header><nav><ul><li><a href="/a">Menu</a></ul></nav>
%s
<footer>Footer</footer><script>var a = "script"</script></body></html>"""


@pytest.mark.parametrize(
    "main",
    [
        "<main><h1 id=a>Setup</h1><p>Words.</p></main><aside>Aside</aside>",
        "<div role=main><h1 id=a>Setup</h1><p>Words.</p></div>",
        "<main><nav>Crumbs</nav><article><header><h1 id=a>Setup</h1></header>Words.</article><p>Next page</p></main>",
        "<article><h1 id=a>Setup</h1><p>Words.</p></article><p>Outside</p>",
        "<div><h1 id=a>Setup</h1><p>Words.</p></div>",
        "<div><header>Site <nav>Menu</nav></header><h1 id=a>Setup</h1><p>Words.</p></div>",
        "<div id=hd><h1><a href=/>Site</a></h1></div><h1 id=a>Setup</h1><div class=nav>Next</div><p>Words.</p>",
    ],
)
def test_only_the_main_content_is_read(main: str) -> None:
    head, document = read_page(PAGE % main, "fallback")
    assert document.title == "Setup"
    assert [(section.anchor, _bodies(section)) for section in document.sections] == [("a", ("Words.",))]
    assert (head.title, head.canonical, head.robots) == ("Setting up – Site", "/docs/setup/", "noindex, follow")
    assert set(head.links) == {"/", "/a"}


# What themes put around and into the content of a page, each in its own way.
THEMES = {
    "docsy": "<main role=main><nav aria-label=breadcrumb class=td-breadcrumbs><ol class=breadcrumb><li>x</ol>"
    "</nav><div "
    "class=td-content><h1 id=a>A</h1><header class=article-meta><p class=reading-time>3 minute read</p></header>"
    "<p>Words.</p><div class=feedback--question><h2 class=feedback--title>Feedback</h2><p>Was this page helpful?</p>"
    "</div><div class='text-muted td-page-meta__lastmod'>Last modified x</div></div></main>",
    "hugo-book": "<main><aside class=book-menu><nav>x</nav></aside><div class=book-page><header class=book-header><h3>x"
    "</h3></header><article class='markdown book-article'><h1 id=a>A<a class=anchor href='#a'>#</a></h1><p>Words.</p>"
    "</article><footer class=book-footer><a href=x>Edit this page</a></footer></div><aside class=book-toc><nav>x</nav>"
    "</aside></main>",
    "just-the-docs": "<div class=main><div id=main-header>x</div><div class=main-content-wrap>"
    "<nav aria-label=Breadcrumb "
    "class=breadcrumb-nav><ol class=breadcrumb-nav-list><li>x</ol></nav><div id=main-content class=main-content><main>"
    "<h1 id=a><a href='#a' class=anchor-heading aria-labelledby=a><svg><use href='#x'></use></svg></a> A </h1>"
    "<ol id=markdown-toc><li><a href='#b'>B c</a></ol><p>Words.</p></main><footer>x</footer></div></div></div>",
    "antora": "<main class=article><div class=toolbar role=navigation><nav class=breadcrumbs><ul><li>x</ul></nav><div "
    "class=edit-this-page><a href=x>Edit this Page</a></div></div><div class=content><aside class='toc sidebar'><div "
    "class=toc-menu></div></aside><article class=doc><h1 class=page id=a>A</h1><div class=paragraph><p>Words.</p></div>"
    "<nav class=pagination><span class=next><a href=x>x</a></span></nav></article></div></main>",
    "docusaurus": "<main><div class=row><div class=col><div class=theme-doc-version-banner role=alert>x</div><article>"
    "<nav class='theme-doc-breadcrumbs breadcrumbsContainer_x' aria-label=Breadcrumbs><ul><li>x</ul></nav><span "
    "class='theme-doc-version-badge badge badge--secondary'>Version: x</span><div class='tocCollapsible_y "
    "theme-doc-toc-mobile'><button>On this page</button></div><div class='theme-doc-markdown markdown'>"
    "<header><h1 id=a>A"
    "</h1></header><p>Words.</p></div><footer class=theme-doc-footer>Edit this page</footer></article><nav "
    "class=pagination-nav>x</nav></div></div></main>",
    "nextra": "<article><div class=nextra-breadcrumb><span>x</span></div><main data-pagefind-body><h1 id=a>A"
    "<a href='#a' "
    "class=subheading-anchor aria-label='Permalink for this section'></a></h1><p>Words.</p></main></article>",
    "gitbook": "<main><header><nav aria-label=Breadcrumb><ol><li>x</ol></nav><h1 id=a>A</h1></header><div><p>Words.</p>"
    "</div><div><a href=x rel=next>Next x</a></div><div><p>Was this helpful?</p><button>x</button></div></main>",
    "material": "<main class=md-main><div class=md-content><article class='md-content__inner md-typeset'><a href=x "
    "title='Edit this page' class=md-content__button><svg></svg></a><h1 id=a>A"
    "<a class=headerlink href='#a'>\u00b6</a></h1>"
    "<p>Words.</p><aside class=md-source-file hidden>x</aside></article></div></main>",
    "read-the-docs": "<section class=wy-nav-content-wrap><div role=navigation aria-label='Page navigation'><ul "
    "class=wy-breadcrumbs><li>x</ul></div><div role=main class=document><section id=a><h1>A"
    "<a class=headerlink href='#a' "
    "title=x>\uf0c1</a></h1><p>Words.</p></section></div><footer>x</footer></section>",
    "minima": "<header class=site-header>x</header><main class=page-content aria-label=Content><article class=post>"
    "<header class=post-header><h1 id=a class=post-title>A</h1></header><div class=post-content><p>Words.</p></div>"
    "</article></main><footer class=site-footer>x</footer>",
}


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_that_a_theme_says_beside_the_content_is_read(theme: str) -> None:
    document = read_page(f"<html><body>{THEMES[theme]}</body></html>", "fallback")[1]
    assert document.title == "A"
    assert [(section.anchor, _bodies(section)) for section in document.sections] == [("a", ("Words.",))]


def test_a_page_that_shows_boxes_of_several_things_is_read_whole() -> None:
    page = "<h1>Home</h1><p>Welcome.</p><article><h2>One</h2><p>Box.</p></article>"
    assert read_page(page, "")[1].title == "Home"


def test_a_page_without_headings_is_titled_by_its_title_or_else_its_path() -> None:
    assert read_page(PAGE % "<main>Words.</main>", "fallback")[1].title == "Setting up – Site"
    assert read_page("<p>Words.</p>", "fallback")[1].title == "fallback"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<template><p>x</p></template>",
        "<noscript>x</noscript>",
        "<svg><text>x</text></svg>",
        "<button>x</button>",
        "<form><input value=x></form>",
        "<!-- x -->",
        "<p hidden>x</p>",
        "<span aria-hidden=true>x</span>",
        '<p style="color: red; display : none">x</p>',
        '<span class="a sr-only">x</span>',
        "<div role=navigation>x</div>",
        "<ul role=tablist><li role=tab>x</ul>",
        "<aside><nav><a href=/>x</a></nav></aside>",
        '<ul class=toc><li><a href="#a">x</a><ul><li><a href="#b">x</a></ul></ul>',
        '<sup><a href="#fn1">x</a></sup>',
        '<a href="#fn1" role=doc-noteref>x</a>',
        '<span class="label"><a role=doc-backlink href="#r">1</a>x</span>',
        '<div class="toctree-wrapper compound"><p class=caption>x</p><ul><li><a href=a.html>x x</a></ul></div>',
        '<details class="toc"><summary>x</summary><ul><li><a href="#a">x x x</a></ul></details>',
        '<ol class=breadcrumb><li><a href="/">x</a></ol>',
        '<div class="pagination-links"><a href="/" rel=next>x</a></div>',
        '<a class="edit-this-page" href="https://example.com/edit">x</a>',
        '<a class="skip-link" href="#main">x</a>',
        '<span class="screen-reader-text">x</span>',
        "<div data-pagefind-ignore>x</div>",
    ],
)
def test_what_is_not_there_to_read_is_left_out(hidden: str) -> None:
    assert _blocks(f"<p>Before.</p>{hidden}<p>After.</p>") == ["Before.", "After."]


def test_the_tabs_that_are_not_chosen_are_read() -> None:
    panels = "<div role=tabpanel>First.</div><div role=tabpanel hidden>Second.</div>"
    assert _blocks(panels) == ["First.", "Second."]


@pytest.mark.parametrize(
    ("heading", "anchor", "words"),
    [
        ('<h2 id="a-b">A b</h2>', "a-b", "A b"),
        ('<h2 id=x>A <a class="headerlink" href="#x" title="Link">¶</a></h2>', "x", "A"),
        ('<h2>A<a class="hash-link" href="#%C3%BC">&#8203;</a></h2>', "ü", "A"),
        ('<section id="s"><h2>A</h2></section>', "s", "A"),
        ('<div id="s">\n <h2>A</h2></div>', "s", "A"),
        ('<h2><a name="old"></a>A</h2>', "old", "A"),
        ("<h2 id=x>A <span class=sr-only>Section titled A</span><code>b()</code></h2>", "x", "A `b()`"),
        ('<h2 id=x><a href="#x">A linked heading</a></h2>', "x", "A linked heading"),
        ('<h2><a class="toc-backref" href="#id1">A</a><a class="headerlink" href="#a">¶</a></h2>', "a", "A"),
        ('<section id="s"><h2><a href="#id1" role="doc-backlink">A</a></h2></section>', "s", "A"),
        ("<h2>A</h2>", "", "A"),
        ('<h2 id=x>A <span class="sl-badge default">New</span></h2>', "x", "A"),
        ('<h2 id=x>A <span class="VPBadge tip">beta</span><i class="sd-badge">x</i></h2>', "x", "A"),
    ],
)
def test_a_heading_has_its_own_anchor_and_words(heading: str, anchor: str, words: str) -> None:
    [section] = read_sections(heading)
    assert (section.anchor, section.headings) == (anchor, (words,))


def test_a_heading_without_an_anchor_leads_to_the_one_before() -> None:
    assert _anchors("<h1 id=a>A</h1><h2>B</h2><div id=c>text<h2>C</h2></div>") == ["a", "a", "a"]


def test_headings_count_wherever_they_stand() -> None:
    assert _anchors("<div><div class=tip><h2 id=a>A</h2></div></div><blockquote><h3 id=b>B</h3></blockquote>") == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("markup", "block"),
    [
        ("<p>One\n  <b>two</b><br>three&nbsp;<i>four</i>\u200b</p>", "One two three four"),
        ("<pre><code class='hljs language-py'>a = 1\n\n  b</code></pre>", "```py\na = 1\n\n  b\n```"),
        ('<div class="highlight-sh notranslate"><div class=highlight><pre>a</pre></div></div>', "```sh\na\n```"),
        ("<pre><code><span>a</span><br><span>b</span><br></code></pre>", "```\na\nb\n```"),
        ("<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```"),
        (
            '<pre><code><span class="boring">fn main() {\n</span>a\n<span class="boring">}</span></code></pre>',
            "```\na\n```",
        ),
        ("<pre><button>Copy</button><code>a</code></pre>", "```\na\n```"),
        ("<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>", "```\na\nb\n```"),
        ("<p>Use <code>a  b</code> and <code>`c`</code>.</p>", "Use `a b` and `` `c` ``."),
        ("<ol start=3><li>a<li><p>b</p><p>c</p></ol>", "3. a\n4. b\n   c"),
        ("<ul><li>a<ol><li>b<pre>c\n d</pre></ol><li>e</ul>", "- a\n  1. b\n     ```\n     c\n      d\n     ```\n- e"),
        ("<ul><li><h3>A</h3>b</ul>", "- A\n  b"),
        ("<table><tr><th>a<th>b|c<tr><td>1<br>2<td></table>", "| a | b\\|c |\n| --- | --- |\n| 1 2 |  |"),
        ("<table><tr><td colspan=2>a<tr><td>b<td>c</table>", "| a |  |\n| --- | --- |\n| b | c |"),
        ("<div>Loose text</div>", "Loose text"),
        ("<dl><dt>Term</dt><dd>Meaning</dd></dl>", "Term\n\nMeaning"),
        ('<dl><dt id=x>call(a)<a href="#x">¶</a></dt><dd>Meaning</dd></dl>', "call(a)\n\nMeaning"),
        ("<details><summary>More</summary>Inner</details>", "More\n\nInner"),
        ("<div class=admonition><p class=admonition-title>Note</p><p>Words.</p></div>", "Words."),
        ("<label>pip</label><p>Words.</p>", "pip:\n\nWords."),
        ('<aside aria-label="My own"><p aria-hidden=true>My own</p><p>Words.</p></aside>', "My own\n\nWords."),
        ('<aside aria-label="Note"><p aria-hidden=true>Note</p><p>Words.</p></aside>', "Words."),
        ("<table><tr><td><i>!</i><td><div><p>One.</p><p>Two.</p></div></table>", "!\n\nOne.\n\nTwo."),
        ("<ul><ul><li>a</ul><li>b<li>c</ul>", "  - a\n- b\n- c"),
        ("<p><img alt=picture src=a.png> Words <a href=/x>linked</a>.</p>", "Words linked."),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "| a | b |\n| --- | --- |"),
    ],
)
def test_content_becomes_markdown(markup: str, block: str) -> None:
    assert "\n\n".join(_blocks(markup)) == block


@pytest.mark.parametrize(
    ("page", "is_template"),
    [
        ('{% extends "base.html" %}<h1>A</h1>', True),
        ('<h1>A</h1><a href="{% url %}">B</a><pre>{% c %}</pre>', True),
        ("<h1>A</h1><p>Write <code>{% a %}</code>:</p><pre><code>{% b %}</code></pre>", False),
    ],
)
def test_a_template_is_known_by_its_marks_outside_code(page: str, is_template: bool) -> None:
    assert read_page(page, "")[0].is_template == is_template


def test_nesting_without_end_is_read_without_end() -> None:
    for tag in ("div", "b", "ul><li", "blockquote"):
        assert "deep" in " ".join(_blocks(f"<{tag}>" * 3_000 + "deep"))


@pytest.mark.parametrize(
    "notes",
    [
        # As Python-Markdown and as remark make them.
        '<div class="footnote"><hr><ol><li id="fn:1"><p>Note.&#160;<a class="footnote-backref" href="#fnref:1">&#8617;'
        "</a></p></li></ol></div>",
        '<section class="footnotes"><h2 class="sr-only" id="l">Footnotes</h2><ol><li id="fn:1"><p>Note. '
        '<a href="#r">↩</a> <a href="#r-2">↩<sup>2</sup></a></p></li></ol></section>',
    ],
)
def test_footnotes_are_a_section_of_the_page_and_not_of_its_last_heading(notes: str) -> None:
    *_, last, found = read_sections(f"<h1 id=a>A</h1><p>a</p><h2 id=b>B</h2><p>b</p>{notes}")
    assert (last.headings, _bodies(last)) == (("A", "B"), ("b",))
    assert (found.anchor, found.headings, _bodies(found)) == ("fn:1", (), ("1. Note.",))


def test_nesting_that_would_take_minutes_is_refused_at_once() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="nested too deep"):
        read_page("<div>" * 60_000, "")
    assert time.process_time() - began < 2


@given(st.text(alphabet="<>/=\"'& abhpliudtre1!-\n\x00"))
def test_no_html_breaks_the_parser(text: str) -> None:
    for section in read_sections(text):
        assert all(block.body.strip() and "\x00" not in block.body for block in section.blocks)
    read_page(text, "fallback")


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ('<h2 id=a><span class="section-number">1.2. </span>A</h2><p>B</p>', ["B"]),
        ('<figure><figcaption><span class="caption-number">Fig. 1 </span>A moon</figcaption></figure>', ["A moon"]),
        ('<div class="math"><span class="eqno">(1)</span>\\[a\\]</div>', ["\\[a\\]"]),
        ('<p>def a()<a href="_modules/a.html"><span class="viewcode-link">[source]</span></a></p>', ["def a()"]),
        ('<details class="hide"><summary>Show code</summary><p>A</p></details>', ["A"]),
        ("<details><summary>Why</summary><p>A</p></details>", ["Why", "A"]),
        ('<div class="admonition seealso"><p class="admonition-title">See also</p><p>A</p></div>', ["A"]),
        ('<div class="highlight-myst-ansi"><pre>a</pre></div>', ["```\na\n```"]),
        ('<div class="highlight-ipython3"><pre>a</pre></div>', ["```python\na\n```"]),
    ],
)
def test_what_sphinx_counts_and_folds_up_is_not_read(markup: str, blocks: list[str]) -> None:
    assert _blocks(markup) == blocks
    assert all("1.2" not in heading for section in read_sections(markup) for heading in section.headings)


def test_footnotes_of_sphinx_are_a_section_of_the_page() -> None:
    note = (
        '<aside class="footnote" id="{0}" role="doc-footnote"><span class="label">[<a role="doc-backlink">1</a>]</span>'
    )
    notes = "".join(f"{note.format(name)}<p>{name}</p></aside>" for name in ("one", "two"))
    page = f'<h1 id=a>A</h1><h2 id=b>B</h2><p>Words</p><aside class="footnote-list">{notes}</aside>'
    assert [(one.anchor, _bodies(one)) for one in read_sections(page)[1:]] == [
        ("b", ("Words",)),
        ("one", ("one", "two")),
    ]


@pytest.mark.parametrize(
    ("markup", "is_made"),
    [
        ('<head><link rel="index" title="Index" href="#"></head>', True),
        ('<head><link rel="index" title="Index" href="genindex.html"></head>', False),
        ('<div class="modindex-jumpbox"></div>', True),
        ('<pre><a class="viewcode-back" href="a.html">[docs]</a>def a()</pre>', True),
    ],
)
def test_an_index_that_sphinx_made_is_known(markup: str, is_made: bool) -> None:
    assert read_page(markup, "a")[0].is_generated_index is is_made


def test_items_that_begin_with_headings_are_sections() -> None:
    page = (
        "<ol><li><h3 id=a>One</h3><p>First.</p></li><li><div><h3 id=b>Two</h3></div><ul><li>x</li></ul></li></ol>"
        "<ul><li><h3>No anchor</h3>Words</li></ul>"
    )
    assert [(section.anchor, [block.body for block in section.blocks]) for section in read_sections(page)] == [
        ("a", ["First."]),
        ("b", ["- x", "- No anchor\n  Words"]),
    ]
