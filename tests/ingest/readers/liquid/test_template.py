"""Liquid's tags, expressions and filters, as Jekyll renders them."""

import time
from typing import Any

import pytest

from chatkit.ingest.readers.liquid import template

PAGE = {"title": "Setup", "n": 2, "tags": ["a", "b"], "parts": [{"name": "x", "big": True}, {"name": "y"}]}


class _Site:
    """A site with one include, one file beside the page and one post."""

    def included(self, name: str) -> str | None:
        return {"a.md": "[{{ include.x }}|{{ include.y }}]", "loop.md": "{% include loop.md %}."}.get(name)

    def included_beside(self, name: str) -> str | None:
        return "beside" if name == "b.md" else None

    def link(self, path: str) -> str | None:
        return f"/base/{path}"

    def post_link(self, name: str) -> str | None:
        return f"/base/posts/{name}"


def _render(text: str) -> str:
    scope: dict[str, Any] = {
        "page": PAGE,
        "site": {"baseurl": "/base", "url": "https://x.example", "data": lambda: {"k": 1}},
    }
    return template.render(text, scope, _Site())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ page.title }} {{ page.none }}{{ page.tags[1] }}{{ page.parts.first.name }}{{ site.data.k }}", "Setup bx1"),
        ("{{ 'a' | append: \"|b\" | upcase }} {{ page.tags | join: ', ' }} {{ nil | default: 'd' }}", "A|B a, b d"),
        ("{{ page.parts | map: 'name' | last }} {{ page.parts | where: 'big', true | size }}", "y 1"),
        ("{{ 7 | divided_by: 2 }} {{ 7.0 | divided_by: 2 }} {{ '3' | plus: 1 }} {{ 'x' | unknown: 1 }}", "3 3.5 4 x"),
        ("{{ '2026-03-05' | date: '%-d %B %Y' }} {{ '/a/' | relative_url }}", "5 March 2026 /base/a/"),
        ("{{ 'b' | absolute_url }} {{ 'http://c' | relative_url }}", "https://x.example/base/b http://c"),
        ("{% if page.n > 1 and page.title == 'Setup' %}yes{% else %}no{% endif %}", "yes"),
        ("{% if page.none or page.tags contains 'b' %}yes{% endif %}{% unless page.n == 2 %}no{% endunless %}", "yes"),
        ("{% if page.none %}a{% elsif page.n %}b{% else %}c{% endif %}", "b"),
        ("{% case page.n %}{% when 1 %}one{% when 2, 3 %}few{% else %}many{% endcase %}", "few"),
        ("{% for i in (1..5) limit: 2 offset: 1 %}{{ i }}{% unless forloop.last %}-{% endunless %}{% endfor %}", "2-3"),
        ("{% for i in page.tags %}{% if i == 'a' %}{% continue %}{% endif %}{{ i }}{% endfor %}", "b"),
        ("{% for i in page.none %}x{% else %}none{% endfor %}", "none"),
        ("{% assign a = 'x y' | split: ' ' %}{% capture b %}<{{ a[0] }}>{% endcapture %}{{ b }}", "<x>"),
        ("a {%- if true -%} b {%- endif -%} c", "abc"),
        ("{% raw %}{{ x }} {% if %}{% endraw %}{% comment %}{% if %}{% endcomment %}", "{{ x }} {% if %}"),
        ("{% include a.md\n  x='1 2'\n  y=page.title %}{% include none.md %}{% include %}", "[1 2|Setup]"),
        ("{% include_relative b.md %} {% link c.md %} {% post_url d %}", "beside /base/c.md /base/posts/d"),
        ("{% seo %}{% tabs one %}kept{% endtabs %}{% include_cached a.md x=1 %}", "kept[1|]"),
        ("{{ 'a' }", "{{ 'a' }"),
    ],
)  # fmt: skip
def test_a_template_says_what_jekyll_makes_of_it(text: str, shown: str) -> None:
    assert _render(text) == shown


def test_highlighted_code_stays_on_one_line_so_that_it_is_one_block_wherever_it_stands() -> None:
    shown = _render("- a\n  {% highlight ruby linenos %}\n# no <heading>\n\nputs 1\n{% endhighlight %}\n")
    assert shown == '- a\n  <pre><code class="language-ruby"># no &lt;heading&gt;&#10;&#10;puts 1</code></pre>\n'


def test_an_include_of_itself_ends() -> None:
    assert set(_render("{% include loop.md %}")) == {"."}


def test_loops_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="do not come to an end"):
        _render("{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}")


@pytest.mark.parametrize(
    "piece", ["{{", "{%", "{% if x %}", "{% raw %}", "{{ 'a", "{{ \"'", "{{ a.", "{% if a and", '{% x a="']
)
def test_a_page_of_endless_tags_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    began = time.process_time()
    _render(piece * (200_000 // len(piece)) + " %}}}")
    assert time.process_time() - began < 2
