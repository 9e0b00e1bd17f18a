"""Blocks of code, as generators and their themes frame them: the code, its language and its title, and nothing else."""

import pytest

from chatkit.ingest.readers.html.page import read_sections


def _blocks(markup: str) -> str:
    return "\n\n".join(block.body for section in read_sections(markup) for block in section.blocks)


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        # VitePress.
        (
            '<div class="language-js line-numbers-mode"><button title="Copy Code"></button><span class="lang">js</span>'
            '<pre class="shiki"><code><span class="line">a</span></code></pre>'
            '<div class="line-numbers-wrapper" aria-hidden="true"><span>1</span></div></div>',
            "```js\na\n```",
        ),
        # Expressive Code, of Starlight.
        (
            '<div class="expressive-code"><figure class="frame"><figcaption><span class="title">a.js</span>'
            "</figcaption>"
            '<pre data-language="js"><code><div class="ec-line"><div class="gutter"><div class="ln">1</div></div>'
            '<div class="code">a</div></div><div class="ec-line"><div class="code">b</div></div></code></pre>'
            '<div class="copy"><button>Copy</button></div></figure></div>',
            "a.js:\n\n```js\na\nb\n```",
        ),
        # Docusaurus.
        (
            '<div class="language-js codeBlockContainer_x theme-code-block"><div class="codeBlockTitle_y">a.js'
            "</div><div>"
            '<pre class="prism-code language-js"><code><span class="token-line">a<br></span></code></pre></div></div>',
            "a.js:\n\n```js\na\n```",
        ),
        # Material for MkDocs.
        (
            '<div class="language-sh highlight"><table class="highlighttable"><tr><th colspan=2 class="filename">'
            '<span class="filename">a.sh</span></th></tr><tr><td class="linenos"><div class="linenodiv"><pre><span>'
            '</span><span>1</span>\n</pre></div></td><td class="code"><div><pre><code>a</code></pre></div>'
            "</table></div>",
            "a.sh:\n\n```sh\na\n```",
        ),
        # Sphinx.
        (
            '<div class="literal-block-wrapper docutils"><div class="code-block-caption">'
            '<span class="caption-text">a.py'
            '</span><a class="headerlink" href="#x">\u00b6</a></div><div class="highlight-default notranslate"><div '
            'class="highlight"><pre><span class="linenos">1</span>a</pre></div></div></div>',
            "a.py:\n\n```\na\n```",
        ),
        # Hugo, with styles in place of classes.
        (
            '<div class="highlight"><div style="x"><table style="y"><tr><td style="z"><pre><code><span>1\n'
            "</span><span>2"
            '</span></code></pre></td><td><pre><code class="language-go" data-lang="go">a\nb</code></pre></td></table>',
            "```go\na\nb\n```",
        ),
        (
            '<div class="highlight"><pre><code class="language-go"><span style="display:flex"><span style="user-select:'
            'none">1</span><span>a</span></span></code></pre></div>',
            "```go\na\n```",
        ),
        # Jekyll.
        (
            '<figure class="highlight"><pre><code class="language-ruby" data-lang="ruby"><table class="rouge-table">'
            '<tr><td class="gutter gl"><pre class="lineno">1\n2\n</pre></td><td class="code"><pre>a\nb\n</pre></td>'
            "</table></code></pre></figure>",
            "```ruby\na\nb\n```",
        ),
        # Asciidoctor, of Antora.
        (
            '<div class="listingblock"><div class="title">a.yml</div><div class="content">'
            '<pre class="highlightjs"><code '
            'class="language-yaml hljs" data-lang="yaml">a <i class="conum" data-value="1"></i></code></pre>'
            "</div></div>",
            "a.yml:\n\n```yaml\na\n```",
        ),
    ],
)
def test_code_is_read_without_what_its_frame_says(markup: str, code: str) -> None:
    assert _blocks(markup) == code


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<div class=highlight><pre>a</pre><p>b</p><pre>c</pre></div>", "```\na\n```\n\nb\n\n```\nc\n```"),
        (f"<div class=code><p>{'Words. ' * 40}</p><pre>a</pre></div>", f"{'Words. ' * 40}".strip() + "\n\n```\na\n```"),
        ("<table><tr><td>Words<td><pre>a</pre></table>", "Words\n\n```\na\n```"),
        ("<figure><img src=a><figcaption>Words</figcaption></figure>", "Words"),
    ],
)
def test_what_holds_more_than_one_block_of_code_is_no_frame(markup: str, blocks: str) -> None:
    assert _blocks(markup) == blocks
