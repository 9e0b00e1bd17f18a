"""The shortcodes of Hugo: what readers see of them, with the site's own templates and without."""

import re
from html import unescape

import pytest

from chatkit.ingest.readers.hugo.functions import Parameters
from chatkit.ingest.readers.hugo.goldmark import Goldmark
from chatkit.ingest.readers.hugo.includes import expand
from chatkit.ingest.readers.hugo.shortcodes import PageShortcodes, SiteShortcodes
from chatkit.ingest.readers.hugo.tags import Shortcode, parse
from tests.growth import takes_time_by_size

MARKDOWN = Goldmark()


def _html(text: str, site: SiteShortcodes | None = None, language: str = "en") -> str:
    page = PageShortcodes(
        site or SiteShortcodes(), {"title": "Page", "own": "Mine"}, language, lambda name: f"/{name}", MARKDOWN.to_html
    )
    return page.fill(MARKDOWN.to_html(page.markdown(text)))


def _words(text: str, site: SiteShortcodes | None = None) -> str:
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", _html(text, site))).split())


def _own(**templates: str) -> SiteShortcodes:
    texts = {"en": {"next": "What comes next"}, "de": {"next": "Was nun"}}
    return SiteShortcodes(templates, Parameters({"release": "2_4_0", "deep": {"one": "1"}}), texts, "Site")


def _found(text: str) -> list[Shortcode]:
    return [one for one in parse(text) if isinstance(one, Shortcode)]


def test_values_are_read_with_and_without_names_and_quotes() -> None:
    one, two = _found('{{< fig src=a/b.png alt="say \\"x\\"" >}}{{% tab `raw "x"` 2 %}}')
    assert (one.name, one.named) == ("fig", {"src": "a/b.png", "alt": 'say "x"'})
    assert (two.name, two.positional, two.is_markdown) == ("tab", ('raw "x"', "2"), True)


def test_pairs_nest_and_what_nothing_closes_stands_alone() -> None:
    (outer,) = _found("{{< a >}}x{{< b >}}y{{% c %}}z{{% /c %}}{{< b/ >}}{{< /a >}}{{< /none >}}")
    inside = [child for child in outer.children or [] if isinstance(child, Shortcode)]
    assert [(one.name, one.children) for one in inside] == [("b", None), ("c", ["z"]), ("b", None)]


def test_a_shortcode_that_is_only_shown_is_text() -> None:
    assert _words('Write {{</* note "x" */>}} or {{%/* /note */%}}.') == "Write {{< note “x” >}} or {{% /note %}}."


def test_a_line_break_in_a_tag_is_space() -> None:
    assert _words('{{< note\n  title="T"\n>}}\nin\n{{< /note >}}') == "T in"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{{< note >}}\n**Bold** word.\n{{< /note >}}', "Bold word."),
        ('{{% alert title="Mind" color="warning" %}}\nWords.\n{{% /alert %}}', "Mind Words."),
        ('{{< tab "macOS" >}}\nOne.\n{{< /tab >}}\n{{% tab name="X" %}}\nTwo.\n{{% /tab %}}', "macOS: One. X: Two."),
        ('{{% notice warning "Look out" %}}\nWords.\n{{% /notice %}}', "Look out Words."),
        ('{{< expand "Show more" >}}\nWords.\n{{< /expand >}}', "Show more Words."),
        ('{{< hint danger >}}\nWords.\n{{< /hint >}}', "Words."),
        ('Press {{< kbd >}}Ctrl{{< /kbd >}} now, {{< icon name="rss" >}} please.', "Press Ctrl now, please."),
        ('{{< card link="/x" title="Title" subtitle="More" >}}', "Title: More"),
        ('A {{< glossary_tooltip text="pod" term_id="pod" >}} runs.', "A pod runs."),
        ('{{< figure src="a.png" title="T" caption="A *picture*" >}}', "T A picture"),
        ('{{< youtube abc >}}{{< gist a b >}}', ""),
        ("{{% comment %}}not shown{{% /comment %}}", ""),
        ('Since {{< param "own" >}} and {{% param own %}}.', "Since Mine and Mine."),
        ("> {{< note >}}\n> Quoted.\n> {{< /note >}}\n> More.", "Quoted. More."),
    ],
)  # fmt: skip
def test_a_shortcode_without_a_template_shows_its_words(text: str, words: str) -> None:
    assert _words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "{{< highlight go \"linenos=table\" >}}\n# no heading\n    x := `a` * 2\n{{< /highlight >}}",
        "{{< code lang=\"go\" >}}\n# no heading\n    x := `a` * 2\n{{< /code >}}",
        "{{< code >}}\n```go\n# no heading\n    x := `a` * 2\n```\n{{< /code >}}",
        "{{% tab codelang=\"go\" %}}\n# no heading\n    x := `a` * 2\n{{% /tab %}}",
        "{{< tabpane >}}{{< tab lang=\"go\" >}}\n# no heading\n    x := `a` * 2\n{{< /tab >}}{{< /tabpane >}}",
    ],
)  # fmt: skip
def test_what_wraps_code_is_one_block_of_code(text: str) -> None:
    code = '<pre><code class="language-go"># no heading\n    x := `a` * 2'
    assert code in _html(f"Before:\n\n{text}\n\nafter")


def test_code_in_a_list_stays_in_its_item() -> None:
    text = "1. One\n\n   {{< highlight sh >}}\n# x\n{{< /highlight >}}\n\n2. Two\n"
    assert re.sub(r"\s+", "", _html(text)).count("<ol>") == 1


def test_a_box_in_a_list_stays_in_its_item() -> None:
    assert _html("1. One\n\n   {{< note >}}\n   Boxed.\n   {{< /note >}}\n\n2. Two\n").count("<ol") == 1


def test_shortcodes_in_code_are_values_or_as_they_are_shown() -> None:
    site = _own(release="{{ site.Params.release }}")
    text = "```sh\nrun {{< release >}} {{</* release */>}} *x*\n```\n"
    assert "run 2_4_0 {{&lt; release &gt;}} *x*" in _html(text, site)


@pytest.mark.parametrize(
    ("template", "text", "shown"),
    [
        ('{{ .Get 0 }}', '{{< own "a_b_c & d" >}}', "a_b_c &amp; d"),
        ('{{ .Get "x" | default "none" }}', "{{< own >}}", "none"),
        ("<b>{{ .Inner | markdownify }}</b>", "{{< own >}}an *inner*{{< /own >}}", "<b>an <em>inner</em></b>"),
        ('{{ with .Get "x" }}<i>{{ . }}</i>{{ else }}no{{ end }}', '{{< own x="1" >}}', "<i>1</i>"),
        ('{{ if eq (.Get 0) "a" }}A{{ else if .Get 1 }}B{{ else }}C{{ end }}', '{{< own "z" "y" >}}', "B"),
        ('{{ $x := printf "%s-%s" (.Get 0) "z" }}{{ $x | upper }}', "{{< own q >}}", "Q-Z"),
        ("{{- /* a note */ -}} {{ .Site.Params.Release }} {{ $.Page.Title }}", "{{< own >}}", "2_4_0 Page"),
        ("{{ site.Params.deep.one }}{{ T \"next\" }}", "{{< own >}}", "1What comes next"),
        ("{{ .Inner }}", "{{% own %}}**bold**{{% /own %}}", "<strong>bold</strong>"),
        ("{{ .Inner }}", "{{< own >}}**bold**{{< /own >}}", "**bold**"),
    ],
)  # fmt: skip
def test_a_site_s_own_template_says_what_is_shown(template: str, text: str, shown: str) -> None:
    assert re.sub(r"</?p>|\s+$", "", _html(text, _own(own=template))) == shown


@pytest.mark.parametrize(
    "template",
    [
        "{{ range .Params }}<b>{{ . }}</b>{{ end }}<div>{{ .Inner | markdownify }}</div>",
        '{{ partial "x" . }}{{ .Inner | markdownify }}',
        '{{ $r := resources.GetRemote "https://x.example" }}{{ .Inner | markdownify }}',
        "{{ .Unknown }}{{ .Inner | markdownify }}",
        "{{ if }}{{ .Inner | markdownify }}",
    ],
)  # fmt: skip
def test_a_template_that_uses_more_than_is_known_leaves_the_words(template: str) -> None:
    assert _words('{{< own title="T" >}}\n*in*\n{{< /own >}}', _own(own=template)) == "T in"


def test_a_template_that_highlights_what_it_wraps_makes_code() -> None:
    site = _own(own='{{ $x := trim .Inner "\\n" }}<table><td>{{ highlight $x (.Get "lang") "" }}</td></table>')
    assert _html("{{< own lang=sh >}}\n# a\n{{< /own >}}", site) == '<pre><code class="language-sh"># a</code></pre>\n'


def test_code_in_a_box_keeps_its_empty_lines() -> None:
    site = _own(own="**Box** {{ .Inner | markdownify }}")
    text = "{{% own %}}\n```sh\na\n\n# b\n```\n{{% /own %}}\n"
    assert '<pre><code class="language-sh">a\n\n# b\n</code></pre>' in _html(text, site)


def test_what_an_inline_shortcode_wraps_is_a_template_and_no_text() -> None:
    assert _words("A {{< now.inline >}}{{ site.Params.release }}{{< /now.inline >}} b", _own()) == "A b"


def test_nested_templates_show_each_other() -> None:
    site = _own(tabs="<div>{{ .Inner }}</div>", tab="<p>{{ .Get 0 }}</p>{{ .Inner | markdownify }}")
    text = "{{< tabs >}}\n{{< tab One >}}**a**{{< /tab >}}\n{{< /tabs >}}\n"
    assert re.sub(r"\s", "", _html(text, site)) == "<div><p>One</p><strong>a</strong></div>"


def test_a_shortcode_in_a_heading_makes_the_id_that_hugo_makes() -> None:
    site = _own(own="{{ .Get 0 }}")
    assert 'id="hahahugoshortcodes1hbhb-b">A b</h2>' in _html('x {{< own "0" >}}\n\n## {{< own "A" >}} b\n', site)
    assert _html('## {{% own "A" %}} b\n', site) == '<h2 id="a-b">A b</h2>\n'
    assert 'id="hahahugoshortcodes0hbhb-b"><em>A</em> b</h2>' in _html("## {{< badge >}}*A*{{< /badge >}} b\n")


def test_files_are_put_in_as_text_or_as_code() -> None:
    files = {"note.md": "---\nt: 1\n---\nOne {{< x >}}.\n", "a.yaml": "# a: {{< b >}}\n"}
    assert expand('A {{< include "note.md" >}} B', {}, files.get) == "A One {{< x >}}. B"
    shown = _html(expand('{{< readfile file="a.yaml" code="true" lang="yaml" >}}', {}, files.get))
    assert shown == '<pre><code class="language-yaml"># a: {{&lt; b &gt;}}</code></pre>\n'
    assert expand('{{< include "gone.md" >}}', {}, files.get) == '{{< include "gone.md" >}}'
    own = {"put": '{{ .Get 0 | readFile | safeHTML }}'}  # fmt: skip
    assert expand('```\n{{% put "a.yaml" %}}\n```', own, files.get) == "```\n# a: {{< b >}}\n```"


def test_files_that_include_each_other_end() -> None:
    assert len(expand('{{% include "a.md" %}}', {}, {"a.md": 'x {{% include "a.md" %}}'}.get)) < 200


@pytest.mark.parametrize(
    "part",
    ["{{<", '{{< a "', '{{<"\\"', "{{< a `", "{{</*", "{{< a >}}", "{{< /a >}}", "{{< a >}}x{{< /a >}}"],
)
def test_a_page_takes_time_by_its_length(part: str) -> None:
    page = PageShortcodes(SiteShortcodes(), {}, "en", str, MARKDOWN.to_html)
    assert takes_time_by_size(lambda size: page.markdown(part * (size // len(part))), 400_000)
