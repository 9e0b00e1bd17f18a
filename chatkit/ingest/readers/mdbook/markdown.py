"""Markdown as mdBook renders it: pulldown-cmark's extensions, the ids of headings, lines of code that are hidden."""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from chatkit.ingest.readers.anchors import CIRCLED
from chatkit.ingest.readers.typography import set_punctuation

# No name of a footnote is longer, so what is not closed costs little.
FOOTNOTE_MARK = re.compile(r"\[\^[^\s\[\]]{1,200}\]")
TASK = re.compile(r"\[[ xX]\]\s+")
# A line of Rust that is hidden, or that shows a `#` because it has two.
RUST_HIDDEN = re.compile(r"\s*#(?: .*)?")
RUST_ESCAPED = re.compile(r"(\s*)##(.*)")
INFO_SEPARATOR = re.compile(r"[ \t,]+")
# What Unicode calls alphabetic beside letters, which Python does not tell: most signs that combine in these classes,
# those of living scripts that do so and are not, and those that do not and are. Found by asking mdBook about each.
ALPHABETIC_CLASSES = {0, *range(10, 36), 103}
NOT_ALPHABETIC = re.compile(
    "[\u034f\u0e47\u0e4c\u0e4e\u0ecc\u17c9-\u17d1\u17d3\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
ALPHABETIC = re.compile(
    "[\u0345\u0363-\u036f\u0610-\u0617\u0653-\u0657\u0659-\u065f\u06d6-\u06dc\u06e1-\u06e4\u06e7\u06e8\u06ed\u0711"
    "\u0730-\u073f\u0c55\u0c56\u0e3a\u0eb8\u0eb9\u0f71-\u0f7d\u0f80-\u0f83]"
)


def to_html(body: str, smart_punctuation: bool, hidden_by: Mapping[str, str]) -> str:
    """Return a page as HTML; ``hidden_by`` is with what a hidden line begins, for each language of code."""
    using = _parser()
    env = {"smart": smart_punctuation, "hidden_by": hidden_by}
    tokens = using.parse(body, env)
    _give_ids(tokens)
    return str(using.renderer.render(tokens, using.options, env))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    made.use(footnote_plugin, inline=False).use(deflist_plugin)
    made.inline.ruler.at("footnote_ref", _footnote_ref)
    made.core.ruler.after("block", "mdbook_attributes", _attributes)
    made.core.ruler.after("inline", "mdbook_words", _words)
    made.add_render_rule("fence", _fence)
    made.add_render_rule("footnote_ref", lambda *_: "")
    made.add_render_rule("footnote_anchor", lambda *_: "")
    made.add_render_rule("footnote_block_open", lambda *_: '<hr>\n<ol class="footnote-definition">\n')
    made.add_render_rule("footnote_block_close", lambda *_: "</ol>\n")
    made.add_render_rule("footnote_open", _footnote_open)
    return made


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    return FOOTNOTE_MARK.match(state.src, state.pos) is not None and footnote_ref(state, silent)


def _footnote_open(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<li id="footnote-{escape(str(tokens[index].meta.get("label", "")))}">'


def _attributes(state: StateCore) -> None:
    """Take `{#id .class key=value}` off the end of headings."""
    for opening, inline in itertools.pairwise(state.tokens):
        if opening.type != "heading_open" or not inline.content.endswith("}"):
            continue
        start = inline.content.rfind("{")
        if start < 0 or "}" in inline.content[start:-1]:
            continue
        for attribute in inline.content[start + 1 : -1].split():
            if attribute.startswith("#") and len(attribute) > 1:
                opening.attrSet("id", attribute[1:])
        inline.content = inline.content[:start].rstrip()


def _words(state: StateCore) -> None:
    """Take the boxes off tasks, and set typographic punctuation."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.children:
            first = inline.children[0]
            first.content = TASK.sub("", first.content, count=1) if TASK.match(first.content) else first.content
    for token in state.tokens if state.env["smart"] else ():
        set_punctuation(token.children or [])


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: EnvType) -> str:
    """Show a block of code without the lines that mdBook hides."""
    language, *words = [*filter(None, INFO_SEPARATOR.split(tokens[index].info)), ""]
    prefix = next((word.removeprefix("hidelines=") for word in words if word.startswith("hidelines=")), None)
    prefix = env["hidden_by"].get(language) if prefix is None else prefix
    lines = tokens[index].content.split("\n")
    if language == "rust":
        lines = [RUST_ESCAPED.sub(r"\1#\2", line) for line in lines if not RUST_HIDDEN.fullmatch(line)]
    elif prefix:
        lines = [line for line in lines if not line.lstrip().startswith(prefix)]
    named = f' class="language-{escape(language)}"' if language else ""
    return f"<pre><code{named}>{escape(chr(10).join(lines))}</code></pre>\n"


def _give_ids(tokens: Sequence[Token]) -> None:
    """Give each heading and each term its id; one that a heading names itself counts for no other."""
    seen, repeats = set[str](), Counter[str]()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type in {"heading_open", "dt_open"} and opening.attrGet("id") is None:
            base = id_from_content(_text(inline.children or []))
            anchor = base
            while anchor in seen:
                repeats[base] += 1
                anchor = f"{base}-{repeats[base]}"
            seen.add(anchor)
            opening.attrSet("id", anchor)


def _text(inline: Sequence[Token]) -> str:
    """Return the words of a heading: no tags, no pictures, but code and the numbers of footnotes."""
    parts = list[str]()
    for token in inline:
        if token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append("\n")
        elif token.type == "footnote_ref":
            parts.append(str(token.meta["id"] + 1))
    return "".join(parts)


def id_from_content(heading: str) -> str:
    """Return a heading's id: letters, digits, `_` and `-`, each space a hyphen, everything else left out."""
    kept = ("-" if char.isspace() else char for char in heading.strip().lower() if _is_kept(char))
    return "".join(kept)


def _is_kept(char: str) -> bool:
    if char.isalnum() or char.isspace() or char in "_-" or CIRCLED.match(char):
        return True
    if unicodedata.category(char) not in {"Mn", "Mc"} or NOT_ALPHABETIC.match(char):
        return False
    return unicodedata.combining(char) in ALPHABETIC_CLASSES or ALPHABETIC.match(char) is not None
