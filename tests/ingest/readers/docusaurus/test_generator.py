"""Docusaurus's pages: addresses, anchors and words as Docusaurus 3 built them from the same files."""

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ingest.document import Document
from chatkit.ingest.readers.docusaurus.generator import Docusaurus
from tests.growth import takes_time_by_size

SITE = Docusaurus(Path("docs"))


def _address(path: str, front_matter: str = "") -> str:
    matter, _ = SITE.parse(PurePosixPath(path), f"---\n{front_matter}\n---\n# A\n")
    return SITE.address(PurePosixPath(path), matter)


def _parse(text: str) -> Document:
    return SITE.parse(PurePosixPath("fallback.md"), text)[1]


def _blocks(text: str) -> list[str]:
    return [block.body for section in _parse(text).sections for block in section.blocks]


def _anchors(text: str) -> list[str]:
    return [section.anchor for section in _parse(text).sections]


@pytest.mark.parametrize(
    ("path", "front_matter", "address"),
    [
        ("01-intro.md", "title: Intro", "intro"),
        ("02-guides/index.md", "", "guides/"),
        ("02-guides/03-deep/README.mdx", "", "guides/deep/"),
        ("tutorial/tutorial.md", "", "tutorial/"),
        ("02-guides/01-first.md", "id: custom-id", "guides/custom-id"),
        ("02-guides/02-second.md", "slug: relative-slug", "guides/relative-slug"),
        ("02-guides/03-deep/a.md", "slug: ../up", "guides/up"),
        ("02-guides/03-deep/b.md", "slug: /absolute/slug", "absolute/slug"),
        ("02-guides/03-deep/c.md", "slug: /trailing/", "trailing/"),
        ("home.md", "slug: /", ""),
        ("2024-05-01-news/1.0-release.md", "", "2024-05-01-news/1.0-release"),
        ("2024-05-01-news/7 - spaced name.md", "", "2024-05-01-news/spaced name"),
    ],
)
def test_a_file_has_the_address_docusaurus_gives_it(path: str, front_matter: str, address: str) -> None:
    assert _address(path, front_matter) == address


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## What's New in v2.0?", "whats-new-in-v20"),
        ("## A  double  space", "a--double--space"),
        ("## `--maxWorkers=<num>|<string>`", "--maxworkersnumstring"),
        ("## `code_span()` and *emph* and **strong**", "code_span-and-emph-and-strong"),
        ("## [Link text](https://example.com) here", "link-text-here"),
        ("## Custom one {#my-Custom_id}", "my-Custom_id"),
        ("## <b>Bold</b> tag", "bold-tag"),
        ("## Version {1 + 1} x", "version-1--1-x"),
        ("## 100% _under_score_ snake_case", "100-under_score-snake_case"),
        ("## ![alt text](a.png) pic", "alt-text-pic"),
        ("## &amp; entity &copy; ok", "-entity--ok"),
        ("yy\nSetext heading\n---", "yysetext-heading"),
        ("## `names` \\[array&lt;string&gt;]", "names-arraystring"),
        ("## Badge <Badge>new</Badge>", "badge-new"),
        ("## Ends with <Icon name='a' />", "ends-with-"),
        ("## Commented {/* #own-id */}", "own-id"),
    ],
)
def test_a_heading_has_the_anchor_docusaurus_gives_it(heading: str, anchor: str) -> None:
    assert _anchors(f"{heading}\n\ntext\n") == ["", anchor]


def test_repeats_are_counted_and_a_named_anchor_is_not() -> None:
    text = "## Dup\n\n## Dup\n\n## Dup-1\n\n## Custom {#dup}\n\n## Dup\n"
    assert _anchors(text) == ["", "dup", "dup-1", "dup-1-1", "dup", "dup-2"]


def test_a_first_level_heading_has_no_anchor_but_counts() -> None:
    assert _anchors("# Setup\n\ntext\n\n## Setup\n\nmore\n") == ["", "setup-1"]


def test_modules_comments_and_expressions_are_left_out() -> None:
    text = (
        "import Tabs from '@theme/Tabs';\nimport {\n  A,\n\n  B,\n} from 'x';\n\n"
        "export const answer = {\n\n  value: 42,\n};\n\n"
        "{/* a comment\n\n over lines */}\n<!-- another\n\n-->\nWords {answer.value}{' '}stay {'and'} {`these`}.\n"
    )
    assert _blocks(text) == ["Words stay and these."]


def test_prose_that_begins_like_a_module_is_prose() -> None:
    assert _blocks("import your data first.\n\nexport it later.\n") == ["import your data first.", "export it later."]


def test_what_tags_hold_is_read_and_their_indentation_is_no_code() -> None:
    text = (
        '<Tabs groupId="os">\n<TabItem value="apple" label="Apple">\n\n    Prose about apples.\n\n</TabItem>\n'
        '  <TabItem value="orange">\n  Orange prose with `code`.\n  </TabItem>\n</Tabs>\n'
    )
    assert _blocks(text) == ["Apple:", "Prose about apples.", "orange:", "Orange prose with `code`."]


def test_a_tag_may_have_lines_braces_and_brackets_within() -> None:
    text = 'before\n<Card\n  style={{width: a > b ? \'>\' : `}`}}\n  title="1 > 2"\n/>\nafter <Icon name="a>b" />end\n'
    assert _blocks(text) == ["before", "1 > 2", "after end"]


def test_what_only_looks_like_a_tag_or_a_brace_is_text() -> None:
    assert _blocks("If a < b and c > d { then.\n\n5 <6 is true.\n") == ["If a < b and c > d { then.", "5 <6 is true."]


def test_code_is_left_alone() -> None:
    text = "```jsx {1}\nimport A from 'a';\n\n<A>{b}</A>\n:::tip\n```\n\nUse `<A>{b}</A>` here.\n"
    assert _blocks(text) == ["```jsx\nimport A from 'a';\n\n<A>{b}</A>\n:::tip\n```", "Use `<A>{b}</A>` here."]


def test_the_title_of_code_announces_it() -> None:
    assert _blocks('```js title="src/<a>.js" {1}\na\n```\n') == ["src/<a>.js:", "```js\na\n```"]


OPENED = (
    "{",
    "<a {",
    '<a b="',
    "{\n",
    "> <!--\n\n",
    "<A title={`",
    "<A a={<",
    "{`a`",
    "export const a = {\n\n",
    "* <a {\n",
)


@pytest.mark.parametrize("opened", OPENED)
def test_what_stays_open_is_read_in_a_time_that_grows_with_its_size(opened: str) -> None:
    assert takes_time_by_size(lambda size: _parse(opened * (size // len(opened))), 16_000)


def test_elements_of_html_mean_what_they_mean() -> None:
    text = (
        "<table>\n  <tbody>\n    <tr><th>Jar</th><th>Full</th></tr>\n    <tr><td>S</td><td>*1*</td></tr>\n  </tbody>\n"
        '</table>\n\n<h2 id="own">By hand</h2>\n\n<details>\n<summary>More</summary>\n\nInside.\n</details>\n\n'
        '<style>{`a { b }`}</style>\n\nSee <a href="x">there</a><br />now.\n'
    )
    assert _anchors(text) == ["", "own"]
    assert _blocks(text) == ["| Jar | Full |\n| --- | --- |\n| S | 1 |", "More", "Inside.", "See there now."]


def test_components_that_hold_code_are_code() -> None:
    text = '<CodeBlock language="js" title="a.js">\n{`const a = "\\n";\nuse(a);`}\n</CodeBlock>\n\n{"Words"}\n'
    assert _blocks(text) == ["a.js:", '```js\nconst a = "\n";\nuse(a);\n```', "Words"]


def test_the_names_of_tabs_may_stand_in_their_values() -> None:
    text = (
        "<Tabs values={[{label: 'Mac OS', value: 'mac'}, {value: \"win\", label: \"Windows\"}]}>\n"
        '<TabItem value="mac">\n\nA.\n\n</TabItem>\n<TabItem value="win">\n\nB.\n\n</TabItem>\n</Tabs>\n'
    )
    assert _blocks(text) == ["Mac OS:", "A.", "Windows:", "B."]


def test_a_constant_stands_for_its_name_but_not_in_anchors() -> None:
    text = "export const minutes = 10\nexport const unit = 'min';\n\n## In {minutes}\n\nIt takes {minutes} {unit}.\n"
    assert _anchors(text) == ["", "in-minutes"]
    assert _blocks(text) == ["It takes 10 min."]


def test_what_makes_lines_of_code_stand_out_is_no_code() -> None:
    text = "```js\n// highlight-next-line\na()\n/* highlight-start */\nb()\n# highlight-end\n```\n"
    assert _blocks(text) == ["```js\na()\nb()\n```"]


def test_mdx_that_is_hidden_from_other_readers_is_read() -> None:
    text = "```mdx-code-block\nimport A from 'a'\n\n<A>\n```\n\nWords.\n\n```mdx-code-block\n</A>\n```\n"
    expanded = SITE.expand(PurePosixPath("a.md"), text)
    assert _blocks(expanded) == ["Words."]


def test_a_title_that_is_hidden_stands_nowhere_but_in_the_title() -> None:
    page = _parse("---\ntitle: Mine\nhide_title: true\n---\nWords.\n")
    assert (page.title, [section.headings for section in page.sections]) == ("Mine", [()])


def test_boxes_are_prose_and_their_headings_are_headings() -> None:
    text = ":::tip[Custom *title*]\n\nInside **tip**\n\n## Heading in tip\n\n:::\n\n:::warning\nPlain.\n:::\n"
    assert _blocks(text) == ["Custom title", "Inside tip", "Plain."]
    assert _anchors(text) == ["", "heading-in-tip"]


def test_the_title_is_the_front_matters_then_the_headings_then_the_files() -> None:
    assert _parse("---\ntitle: Mine\n---\n# A\n").title == "Mine"
    assert _parse("# A\n").title == "A"
    assert SITE.parse(PurePosixPath("02-the-file.md"), "text\n")[1].title == "the-file"


def test_drafts_unlisted_pages_and_parts_of_other_pages_are_left_out() -> None:
    assert SITE.skip_reason(PurePosixPath("a.md"), {"draft": True})
    assert SITE.skip_reason(PurePosixPath("a.md"), {"unlisted": True})
    assert SITE.skip_reason(PurePosixPath("_parts/a.md"), {})
    assert SITE.skip_reason(PurePosixPath("a/_b.mdx"), {})
    assert SITE.skip_reason(PurePosixPath("a/b_c.md"), {}) is None


@given(st.text(alphabet="<>{}/=\"'`a A#-:!&\n\\*1"))
def test_no_mdx_breaks_the_parser(text: str) -> None:
    for section in _parse(text).sections:
        assert all(block.body.strip() for block in section.blocks)
