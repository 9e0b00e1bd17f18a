"""Markdown as goldmark renders it: each id is what Hugo 0.111 (``source``) or 0.168 (``words``) made of the heading."""

import re

import pytest

from chatkit.ingest.readers.hugo.goldmark import Goldmark
from chatkit.ingest.readers.hugo.goldmark_ids import heading_slug
from tests.growth import takes_time_by_size

OLD, NEW = Goldmark(emoji=True), Goldmark(emoji=True, reads_source=False)


def _ids(text: str, using: Goldmark = OLD) -> list[str]:
    return re.findall(r'<h\d id="([^"]*)"', using.to_html(text))


@pytest.mark.parametrize(
    ("heading", "source", "words"),
    [
        ("Plain Heading", "plain-heading", "plain-heading"),
        ("`code` and *emph* __x__", "code-and-emph-__x__", "code-and-emph-x"),
        ("[Link](https://example.com/a) here", "linkhttpsexamplecoma-here", "link-here"),
        ("Emoji :smile: x", "emoji--x", "emoji-smile-x"),
        ("Ünïcode Straße", "ünïcode-straße", "ünïcode-straße"),
        ('What\'s "this" & that — dash', "whats-this--that--dash", "whats-this--that--dash"),
        ("a  b   c", "a--b---c", "a--b---c"),
        ("1.2.3 Version!", "123-version", "123-version"),
        ("&amp; entity &copy;", "amp-entity-copy", "-entity-"),
        ("<b>bold</b> tag", "bboldb-tag", "bold-tag"),
        ("---", "---", "heading"),
        ("!!!", "heading", "heading"),
        ("Escaped \\* star \\_ x", "escaped--star-_-x", "escaped--star-_-x"),
        ("Own -- typographer...", "own----typographer", "own--typographer"),
        ("日本語 見出し", "日本語-見出し", "日本語-見出し"),
        ("x¹ ½ Ⅷ ²", "x---", "x---"),
        ("Tab\ttab", "tabtab", "tabtab"),
        ("![alt](x.png) pic", "altxpng-pic", "alt-pic"),
        ("Custom {#own .c}", "own", "own"),
        ("Spaced { #sp }", "sp", "sp"),
        ("Dotted {#a.b}", "a.b", "a.b"),
        ('Others {foo="bar" #q}', "q", "q"),
        ("Class {.cls}", "class", "class"),
        ("No attribute {x}", "no-attribute-x", "no-attribute-x"),
        ("Closed ##", "closed", "closed"),
        ("**a_b and c** d", "a_b-and-c-d", "a_-d"),
        ("**From 'x' to y**", "from-x-to-y", "from"),
        ("[`code` and more](/x) y", "code-and-morex-y", "code-y"),
    ],
)
def test_a_heading_has_the_id_that_hugo_gives_it(heading: str, source: str, words: str) -> None:
    assert (_ids(f"## {heading}\n"), _ids(f"## {heading}\n", NEW)) == ([source], [words])


def test_the_last_line_of_a_heading_makes_its_id() -> None:
    assert _ids("Setext line one\nline two\n---\n") == _ids("Setext line one\nline two\n---\n", NEW) == ["line-two"]


def test_repeats_are_counted_beside_the_ids_that_headings_name_themselves() -> None:
    text = "## Dup {#dup}\n## dup\n## Dup\n## Other {#dup-3}\n## Dup\n## Again {#dup}\n"
    assert _ids(text) == ["dup", "dup-1", "dup-2", "dup-3", "dup-4", "dup"]


@pytest.mark.parametrize(
    ("id_type", "slug"), [("github", "über_uns-0-2---x²"), ("github-ascii", "uber_uns-0-2---x"), ("blackfriday", "x")]
)
def test_each_type_of_ids_has_its_rule(id_type: str, slug: str) -> None:
    made = {"github": "über_uns-0-2---x", "github-ascii": "uber_uns-0-2---x", "blackfriday": "über-uns-0-2-x²"}
    assert heading_slug("Über_uns 0-2 - x²", id_type) == made[id_type]


def test_ids_may_be_switched_off_but_for_those_that_are_named() -> None:
    assert _ids("## A\n## B {#b}\n", Goldmark(has_ids=False)) == ["b"]


def test_tags_are_left_out_unless_the_site_allows_them() -> None:
    text = "<div>gone</div>\n\na <b>bold</b> word\n"
    assert OLD.to_html(text) == "<p>a bold word</p>\n"
    assert Goldmark(raw_html=True).to_html(text) == "<div>gone</div>\n<p>a <b>bold</b> word</p>\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"It\'s slower," people say -- but it works...', "“It’s slower,” people say – but it works…"),
        ("the '90s and 'twas --- << x >>", "the ’90s and ’twas — « x »"),
        ('5" and "a **"b"** c"', "5&quot; and “a <strong>“b”</strong> c”"),
        ('`"code" -- x`', "<code>&quot;code&quot; -- x</code>"),
        ("a 'quoted' word", "a ‘quoted’ word"),
    ],
)
def test_signs_are_set_as_goldmark_sets_them(text: str, shown: str) -> None:
    assert OLD.to_html(text) == f"<p>{shown}</p>\n"


def test_signs_stay_where_the_site_wants_them_to() -> None:
    assert Goldmark(signs={}).to_html("It's -- so...") == "<p>It's -- so...</p>\n"


def test_options_of_code_and_lines_of_attributes_are_no_text() -> None:
    html = Goldmark(block_attributes=True).to_html('- item\n{.steps}\n\n```go{hl_lines=[1]}\n# x\n```\n{class="y"}\n')
    assert html == '<ul>\n<li>item</li>\n</ul>\n<pre><code class="language-go"># x\n</code></pre>\n'


def test_the_name_of_a_file_announces_its_code() -> None:
    html = OLD.to_html('```toml {filename="hugo.toml",linenos=table}\n# x\n```\n')
    assert html == '<p>hugo.toml:</p>\n<pre><code class="language-toml"># x\n</code></pre>\n'


def test_formulas_stay_as_they_are_where_the_site_says_so() -> None:
    math = Goldmark(verbatim=(("$$", "$$"), ("\\(", "\\)")))
    assert math.to_html("a \\(x_1 * y_2\\) *b* $$c\n_d_$$ \\(e_\n") == (
        "<p>a \\(x_1 * y_2\\) <em>b</em> $$c\n_d_$$ (e_</p>\n"
    )


def test_the_boxes_of_tasks_are_no_text() -> None:
    html = OLD.to_html("- [x] done\n- [ ] open\n- [y] kept\n\n[x] kept\n")
    assert re.findall(r">([^<>\n]+)<", html) == ["done", "open", "[y] kept", "[x] kept"]


def test_definitions_and_footnotes_are_lists() -> None:
    html = OLD.to_html("Term\n: Words[^1].\n\n[^1]: Note.\n")
    assert [part in html for part in ("<dt>Term</dt>", "<dd>Words.</dd>", '<li id="fn:1">')] == [True] * 3


@pytest.mark.parametrize(
    "part", ["# a\n", "[^a", "\"'", "{#a ", ":a", "--", "a\n: b\n", "## x {.a}\n", "<b>", "{{</*", "$", "\\("]
)
def test_a_page_takes_time_by_its_length(part: str) -> None:
    goldmark = Goldmark(emoji=True, block_attributes=True, verbatim=(("$", "$$"), ("\\(", "\\)")))
    assert takes_time_by_size(lambda size: goldmark.to_html(part * (size // len(part))), 40_000)
